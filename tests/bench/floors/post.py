"""The bare POST: six fields, one channel, mandatory, its own confirm awaited; one worker, uvloop, httptools.

``python -m tests.bench.floors.post``; ``LOUMEN_PORT`` and ``AMQP_URI`` in the environment.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from pika import BasicProperties, URLParameters
from pika.adapters.asyncio_connection import AsyncioConnection
from pydantic import BaseModel

from tests.bench.floors.link import SUBMITTED

PROPERTIES = BasicProperties(content_type="application/json", delivery_mode=2)


class Submission(BaseModel):
    door_code: str
    description: str
    kind: str
    category: str
    source: str
    anonymous: bool


class Ticket(Submission):
    id: str


class Publisher:
    def __init__(self) -> None:
        self.ready = asyncio.get_running_loop().create_future()
        self.waiting: dict[int, asyncio.Future[None]] = {}
        self.tag = 0
        parameters = URLParameters(os.environ["AMQP_URI"])
        AsyncioConnection(parameters, lambda connection: connection.channel(on_open_callback=self.opened))

    def opened(self, channel: Any) -> None:
        self.channel = channel
        channel.confirm_delivery(self.confirmed, callback=lambda _: self.ready.set_result(None))

    def confirmed(self, frame: Any) -> None:
        tag = frame.method.delivery_tag
        tags = [each for each in self.waiting if each <= tag] if frame.method.multiple else [tag]
        for each in tags:
            self.waiting.pop(each).set_result(None)

    async def publish(self, body: bytes) -> None:
        self.tag += 1
        done = self.waiting[self.tag] = asyncio.get_running_loop().create_future()
        self.channel.basic_publish("", SUBMITTED, body, PROPERTIES, mandatory=True)
        await done


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    app.state.publisher = Publisher()
    await app.state.publisher.ready
    yield


app = FastAPI(lifespan=running)


@app.post("/api/v1/tickets", status_code=201)
async def submit(new: Submission) -> Ticket:
    ticket = Ticket(id=str(uuid4()), **new.model_dump())
    await app.state.publisher.publish(ticket.model_dump_json().encode())
    return ticket


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["LOUMEN_PORT"]), access_log=False, log_level="warning")
