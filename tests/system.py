"""The whole system as its users meet it: over HTTP, through the messages that reach them, and by the clock."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from os import kill
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import requests

from deploy.local.processes import holder
from deploy.local.system import DEMO_DIRECTORY, Local, services_running
from shared.clock import set_clock
from tests.ports import three_free_ports

T = TypeVar("T")

PATIENCE = 60
"""Seconds that a machine may take for what should take none."""


@dataclass(frozen=True)
class Filed:
    """A ticket as its reporter holds it."""

    code: str
    token: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class System:
    """A running system."""

    local: Local
    environment: Mapping[str, str]

    def submit(self, door_code: str = "LY1-01-2", description: str = "楼道灯不亮", **more: Any) -> requests.Response:
        """What a phone at a door sends; a key of its own where none is named."""
        key = more.pop("key", None) or str(uuid4())
        body = {"door_code": door_code, "description": description, "category": "lighting", **more}
        return requests.post(
            f"{self.local.url}/api/v1/tickets", json=body, headers={"Idempotency-Key": key}, timeout=PATIENCE
        )

    def file(self, *args: Any, **more: Any) -> Filed:
        """A submission that was taken, by the broker or, while intake does not have it, on intake's disk."""
        answer = self.submit(*args, **more)
        assert answer.status_code in (201, 202), answer.text
        return Filed(answer.json()["code"], answer.json()["tracking_token"], answer.json())

    def ticket(self, filed: Filed) -> dict[str, Any]:
        """The reporter's view."""
        headers = {"Authorization": f"Bearer {filed.token}"}
        answer = requests.get(f"{self.local.url}/api/v1/tickets/{filed.code}", headers=headers, timeout=PATIENCE)
        answer.raise_for_status()
        return dict(answer.json())

    def wait_for(self, filed: Filed, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The ticket as soon as the condition holds of it."""
        return eventually(lambda: next((seen for seen in [self.ticket(filed)] if condition(seen)), None))

    def messages(self, **query: str) -> list[dict[str, Any]]:
        """What reached people, newest first."""
        answer = requests.get(f"{self.local.catcher_url}/messages", params=query, timeout=PATIENCE)
        answer.raise_for_status()
        return list(answer.json())

    def link(self, filed: Filed, to: str) -> str:
        """The newest action token that a person (a part of the address) was sent for a ticket."""

        def newest() -> str | None:
            mails = self.messages(channel="email", ticket=filed.code)
            links = (link for mail in mails if to in mail["to"] for link in mail["links"])
            return next((link.rpartition("/a/")[2] for link in links if "/a/" in link), None)

        return eventually(newest)

    def act(self, token: str, action: str, **more: Any) -> requests.Response:
        url = f"{self.local.url}/api/v1/actions/{token}"
        return requests.post(url, json={"action": action, **more}, timeout=PATIENCE)

    def forward(self, **span: float) -> None:
        """Let time pass, e.g. ``hours=5``."""
        set_clock(self.local.home / "clock.json", forward=timedelta(**span))

    def kill(self, service: str) -> None:
        """SIGKILL; the supervisor starts it again. Returns when the new process is there."""
        pid_file = self.local.pids / service
        old = eventually(lambda: holder(pid_file))
        kill(old, signal.SIGKILL)
        eventually(lambda: holder(pid_file) not in (None, old))

    def loumen(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line."""
        command = [str(Path(sys.executable).with_name("loumen")), *arguments]
        return subprocess.run(command, env=dict(self.environment), capture_output=True, text=True, check=False)


@contextmanager
def running_system(
    home: Path, amqp_uri: str, database_url: str | None, directory: Path = DEMO_DIRECTORY
) -> Iterator[System]:
    """A system of its own on a broker and a database that run already; its logs stand in ``home/logs``."""
    local = Local(home, three_free_ports(), amqp_uri=amqp_uri, database_url=database_url, directory=directory)
    with services_running(local, amqp_uri, quiet=True) as environment:
        yield System(local, environment)


def eventually(look: Callable[[], T | bool | None], seconds: float = PATIENCE) -> T:
    """What ``look`` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found  # type: ignore[return-value]
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.1)


def steps(ticket: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The rungs climbed: from, to, why."""
    climbs = (entry for entry in ticket["timeline"] if entry["type"] == "escalated")
    return [(entry["from_level"], entry["level"], entry["reason"]) for entry in climbs]


CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")
