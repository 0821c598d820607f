"""Residents who hand in issues steadily, and each again with the same key until it is taken."""

import csv
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Event
from types import TracebackType
from typing import Any
from uuid import UUID, uuid4

import requests

from deploy.local.system import DEMO_DIRECTORY
from tests.system import eventually

THREADS = 4
PATIENCE = 60.0
CATEGORIES = ("lighting", "clutter", "leak", "elderly", "accessibility")
"""Owned by property managers, grid workers, unit heads, community workers and officers."""
REPEATED = 7
"""Every so many is handed in once more after it was taken."""


@dataclass(frozen=True)
class Taken:
    """An issue that was answered with 201, or 202 while the broker was away."""

    key: str
    id: UUID
    code: str
    body: dict[str, Any]
    receipt: dict[str, Any]


class Residents:
    """Hand in issues while the block runs, about so many ``a_second``, at ``most`` so many.

    At the ``doors`` in turn, and at the next where one does not answer.
    """

    def __init__(self, doors: Sequence[str], *, a_second: float = 15, most: int = 1500) -> None:
        self._doors, self._pause, self._each = doors, THREADS / a_second, most // THREADS
        self._stopping = Event()
        self._pool = ThreadPoolExecutor(THREADS)
        self._lines: list[Future[None]] = []
        self.taken: list[Taken] = []

    def __enter__(self) -> "Residents":
        self._lines = [self._pool.submit(self._hand_in_many, line) for line in range(THREADS)]
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._stopping.set()
        self._pool.shutdown()
        for line in self._lines if kind is None else []:
            line.result()

    def wait_for(self, more: int) -> None:
        """Returns when so many more were taken."""
        enough = len(self.taken) + more
        eventually(lambda: len(self.taken) >= enough)

    def _hand_in_many(self, line: int) -> None:
        with requests.Session() as session:
            for number in range(line, line + self._each * THREADS, THREADS):
                if self._stopping.is_set():
                    break
                self.taken.append(self._hand_in(session, number))
                self._stopping.wait(self._pause)

    def _hand_in(self, session: requests.Session, number: int) -> Taken:
        key, body = str(uuid4()), issue(number)
        receipt = self._until_taken(session, number, key, body)
        if number % REPEATED == 0:
            assert self._until_taken(session, number + 1, key, body) == receipt
        return Taken(key, UUID(receipt["id"]), receipt["code"], body, receipt)

    def _until_taken(self, session: requests.Session, number: int, key: str, body: dict[str, Any]) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        for attempt in count(number):
            url = f"{self._doors[attempt % len(self._doors)]}/api/v1/tickets"
            try:
                answer = session.post(url, json=body, headers={"Idempotency-Key": key}, timeout=5)
            except requests.RequestException as away:
                problem = repr(away)
            else:
                if answer.status_code in (201, 202):
                    return dict(answer.json())
                problem = f"{answer.status_code} {answer.text}"
                assert answer.status_code == 503, problem
            assert time.monotonic() < end, problem
            time.sleep(0.2)
        raise AssertionError("never taken")


def issue(number: int) -> dict[str, Any]:
    """All doors and owners in turn; every second one says who reports."""
    body: dict[str, Any] = {
        "door_code": DOORS[number * 37 % len(DOORS)],
        "category": CATEGORIES[number % len(CATEGORIES)],
        "description": f"楼上漏水泡了楼顶 {number}",
    }
    if number % 2:
        body["reporter"] = {"name": "住户", "email": f"resident-{number}@loumen.example"}
    return body


def _doors() -> list[str]:
    with (DEMO_DIRECTORY / "places.csv").open(newline="") as file:
        return [row["door_code"] for row in csv.DictReader(file) if row["door_code"]]


DOORS = _doors()
