"""A service in a process of its own, what to send to it, and how to see what it did."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from shared.bus.amqp_link import Link
from shared.bus.amqp_messages import Delivery, Outgoing
from shared.bus.topology import COMMANDS, ROUTING_COMMANDS
from shared.contracts.envelope import encode
from shared.contracts.events import PostUnreachable
from shared.trace import new_traceparent

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PATIENCE = 60.0


def until(true: Callable[[], object]) -> None:
    """Wait for it; fail where it does not come true."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def probe(post: str, id: UUID | None = None) -> Outgoing:
    """A good message for the service, which does what ``post`` says."""
    id = id or uuid4()
    message = PostUnreachable(at=NOW, ticket_id=id, post=post, assignment=1)
    body = encode(message, id=id, source="test", time=NOW, subject=str(id), traceparent=new_traceparent())
    return Outgoing(COMMANDS, ROUTING_COMMANDS, body, str(id))


@dataclass
class Service:
    """The process of ``service.py``."""

    uri: str
    home: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("service.py")), self.uri, str(self.home)]
        with (self.home / "log").open("ab") as log:
            self.processes.append(subprocess.Popen(command, stderr=log, start_new_session=True))

    def end(self, number: signal.Signals) -> int:
        """The exit status after this signal."""
        os.kill(self.processes[-1].pid, number)
        return self.processes[-1].wait(PATIENCE)

    @property
    def log(self) -> str:
        return (self.home / "log").read_text()

    def lines(self, event: str) -> list[dict[str, str]]:
        """What was logged of this event."""
        lines = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def rows(self, table: str, columns: str) -> list[tuple[str, ...]]:
        try:
            with sqlite3.connect(self.home / "routing.db", timeout=30) as connection:
                return connection.execute(f"select {columns} from {table}").fetchall()
        except sqlite3.OperationalError:
            return []  # not yet made

    def handled(self) -> list[str]:
        return sorted(post for (post,) in self.rows("handled", "post"))

    def parked(self) -> list[tuple[str, ...]]:
        return self.rows("parked", "body, queue, reason")


def collect(link: Link, number: int) -> list[Delivery]:
    """So many messages from the queue that ``link`` consumes, acknowledged."""
    found: list[Delivery] = []
    until(lambda: found.extend(link.take(number, 0.1)) or len(found) >= number)
    link.ack(found[-1].tag, multiple=True)
    return found
