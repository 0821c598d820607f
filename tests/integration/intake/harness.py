"""Intake under uvicorn in a thread, on a real broker, with a client."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pika
import uvicorn

from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from shared.bus import topology
from shared.contracts.base import Message
from shared.contracts.envelope import Envelope, decode
from tests.builders import a_directory
from tests.integration.intake.standin import StandIn
from tests.ports import free_port

JSON = {"Content-Type": "application/json"}
QUEUES = (topology.ROUTING_COMMANDS, topology.RECORDS_REPORTERS, topology.RECORDS_TRAIL)


@dataclass
class Served:
    """``client`` talks to a running intake; ``secret`` signs its tokens."""

    client: httpx2.Client
    settings: IntakeSettings

    @property
    def secret(self) -> bytes:
        return self.settings.key("secret")

    def submit(self, *, key: str | None = None, **fields: Any) -> httpx2.Response:
        body = {"door_code": "D-U", "description": "楼道灯不亮", **fields}
        return self.client.post("/api/v1/tickets", json=body, headers={"Idempotency-Key": key} if key else {})

    def until(self, path: str, status: int) -> httpx2.Response:
        for _ in range(600):
            answer = self.client.get(path)
            if answer.status_code == status:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"{path}: still {answer.status_code}, {answer.text}")

    def until_stands(self, **expected: Any) -> dict[str, Any]:
        """What ``/readyz`` tells, as soon as it tells this."""
        for _ in range(1200):
            told: dict[str, Any] = self.client.get("/readyz").json()
            if told.items() >= expected.items():
                return told
            time.sleep(0.05)
        raise AssertionError(f"still {told}")


@contextmanager
def serving(settings: IntakeSettings) -> Iterator[Served]:
    """An intake of its own, ready or not."""
    config = uvicorn.Config(create_app(settings), port=settings.port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with httpx2.Client(base_url=settings.base_url, timeout=30, trust_env=False) as client:
        while not server.started:
            time.sleep(0.01)
        yield Served(client, settings)
        server.should_exit = True
        thread.join(20)


@contextmanager
def launched(settings: IntakeSettings) -> Iterator[tuple[Served, int]]:
    """An intake in a process of its own, and its pid; killed without warning at the end."""
    told = {
        "LOUMEN_HOME": str(settings.home),
        "LOUMEN_PORT": str(settings.port),
        "AMQP_URI": settings.amqp_uri,
        **({"LOUMEN_METRICS_PORT": str(settings.metrics_port)} if settings.metrics_port else {}),
    }
    program = [sys.executable, "-m", "services.intake"]
    process = subprocess.Popen(program, env=os.environ | told, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        with httpx2.Client(base_url=settings.base_url, timeout=30, trust_env=False) as client:
            _await_answer(client)
            yield Served(client, settings), process.pid
    finally:
        process.kill()
        process.wait()


def _await_answer(client: httpx2.Client) -> None:
    for _ in range(600):
        with suppress(httpx2.TransportError):
            client.get("/healthz")
            return
        time.sleep(0.05)
    raise AssertionError("intake does not answer")


def with_directory_on_disk(home: Path) -> None:
    """What intake keeps of an earlier run."""
    (home / "intake").mkdir()
    (home / "intake" / "directory.json").write_text(a_directory(1).model_dump_json())


def a_setting(home: Path, uri: str, **more: Any) -> IntakeSettings:
    return IntakeSettings(home=home, amqp_uri=uri, port=free_port(), directory_check_seconds=0.2, **more)


def with_directory(standin: StandIn, version: int = 1) -> None:
    """Let the stand-in for records have a directory."""
    standin.answers["records.directory_version"] = lambda: version
    standin.answers["records.directory"] = lambda: a_directory(version).model_dump(mode="json")


def waiting(uri: str) -> dict[str, list[tuple[Envelope, Message]]]:
    """What waits in the command queues, taken out of them."""
    connection = pika.BlockingConnection(pika.URLParameters(uri))
    channel = connection.channel()
    found: dict[str, list[tuple[Envelope, Message]]] = {queue: [] for queue in QUEUES}
    for queue in QUEUES:
        while (got := channel.basic_get(queue, auto_ack=True))[0] is not None:
            found[queue].append(decode(got[2]))
    connection.close()
    return found


def tickets(uri: str) -> list[dict[str, Any]]:
    """The tickets handed to routing since the last look."""
    return [json.loads(message.model_dump_json()) for _, message in waiting(uri)[topology.ROUTING_COMMANDS]]
