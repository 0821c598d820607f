"""A nameko entrypoint that takes messages in batches: up to 200, or what came within 5 ms."""

from collections.abc import Callable
from functools import partial
from typing import Any

import eventlet
from kombu import Queue
from nameko.messaging import Consumer

from tests.bench.floors.link import QUORUM

BATCH = 200
LINGER = 0.005


class Batches(Consumer):
    """The method gets the bodies, one batch at a time, which is acknowledged at once when it returns."""

    def __init__(self, queue: str) -> None:
        super().__init__(Queue(queue, durable=True, queue_arguments=QUORUM))
        self.held: list[Any] = []
        self.working = False

    def handle_message(self, _body: object, message: Any) -> None:
        self.held.append(message)
        if not self.working:
            self.working = True
            eventlet.spawn_after(LINGER, self.fire)

    def fire(self) -> None:
        batch = self.held[:BATCH]
        del self.held[:BATCH]
        bodies = [message.body for message in batch]
        self.container.spawn_worker(self, (bodies,), {}, handle_result=partial(self.done, batch))

    def done(self, batch: list[Any], _context: object, result: object, exc_info: object) -> tuple[object, object]:
        batch[-1].ack(multiple=True)
        if self.held:
            eventlet.spawn(self.fire)
        else:
            self.working = False
        return result, exc_info


def batches(queue: str) -> Callable[[Any], Any]:
    return Batches.decorator(queue)
