"""A running system to measure: its programs on a broker and a database, and what can be seen of it from outside."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests

from deploy.local.ports import LOOPBACK
from deploy.local.processes import Program, holder, wait_until
from deploy.local.supervisor import running
from tests.bench.servers import Servers

SETTLE_SECONDS = 180
LOOK_SECONDS = 1.0


@dataclass
class System:
    """The door is at ``port``, the sink that hears the messages at + 1 and + 2.

    ``measured`` names the programs that do the work. ``recorded`` is SQL: how many tickets are recorded, when the last
    was, and how many events are. ``channels``: by which everybody is told.
    """

    servers: Servers
    home: Path
    port: int
    amqp_uri: str
    database_url: str
    doors: Sequence[str]
    programs: Mapping[str, Program]
    measured: Sequence[str]
    recorded: str
    channels: Sequence[str] = ("webhook",)
    _running: dict[str, ExitStack] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pids(self) -> Path:
        return self.home / "pids"

    def start(self, *names: str) -> None:
        for name in names:
            self._running[name] = stack = ExitStack()
            stack.enter_context(running([self.programs[name]], self.pids))

    def stop(self, *names: str) -> None:
        for name in names:
            self._running.pop(name).close()

    def stop_all(self) -> None:
        self.stop(*reversed(self._running))

    def ask(self, sql: str, *parameters: object) -> Any:
        """The first row."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(sql.encode(), parameters).fetchone()

    def told(self, channel: str = "webhook") -> dict[str, float]:
        """Ticket id to the moment, in Unix seconds, of the first message about it."""
        return dict(requests.get(f"http://{LOOPBACK}:{self.port + 1}/{channel}", timeout=60).json())

    def settle(self, expected: int = 0) -> tuple[int, float]:
        """Wait until so many tickets at least are recorded and told, and no more events come.

        How many tickets there are, and the moment when the last was recorded and told, in Unix seconds.
        """
        seen: list[tuple[int, ...]] = [()]

        def quiet() -> bool:
            time.sleep(LOOK_SECONDS)
            recorded, _, events = self.ask(self.recorded)
            told = [len(self.told(channel)) for channel in self.channels]
            seen.append((recorded, *told, events))
            return recorded >= expected and set(told) == {recorded} and seen[-1] == seen[-2]

        assert wait_until(quiet, SETTLE_SECONDS), seen[-1]
        recorded, last, _ = self.ask(self.recorded)
        told_at = (moment for channel in self.channels for moment in self.told(channel).values())
        return recorded, max(told_at, default=0.0) if last is None else max(last.timestamp(), *told_at)

    def cpu(self) -> dict[str, float]:
        """CPU seconds until now of each running program, the broker and the database included."""
        own = {name: process(self.pids, name) for name in (*self.measured, "sink")}
        theirs = {name: process(self.servers.pids, name) for name in ("rabbitmq", "postgres")}
        return {name: _cpu_seconds(each) for name, each in {**own, **theirs}.items()}

    def memory(self) -> dict[str, float]:
        """Megabytes (PSS: its own, and its share of what it has with others) of each measured program."""
        return {name: _memory_mb(process(self.pids, name)) for name in self.measured}


def process(pids: Path, name: str) -> psutil.Process:
    """The running program of that name."""
    assert wait_until(lambda: holder(pids / name) is not None, 30), name
    return psutil.Process(holder(pids / name))


def _cpu_seconds(root: psutil.Process) -> float:
    """Of a process and all below it, those that have ended included."""
    return sum(sum(each.cpu_times()[:4]) for each in [root, *root.children(recursive=True)])


def _memory_mb(root: psutil.Process) -> float:
    return sum(each.memory_full_info().pss for each in [root, *root.children(recursive=True)]) / 1e6
