"""An installation is backed up while it works, lost, and put back elsewhere, also on the other database."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from shared.bus.topology import ROUTING_COMMANDS
from tests.integration.intake.photo_makers import a_jpeg
from tests.journeys.steps import MONDAY, all_told, begin_on_a_monday, happened, move_to, put
from tests.journeys.test_photos import opens, uploaded
from tests.system import Filed, System, eventually, running_system, steps

PROPERTY = "liyuan-1-property-1"
ELSEWHERE = ("CH1-01-1", "CH2-01-1", "XY1-01-1", "XY2-01-1", "ZY1-01-1", "BH1-01-1") * 2
"""Doors of other groups: a bot takes 20 messages a minute."""

Fresh = Callable[[], AbstractContextManager[str]]


def restored(archive: Path, home: Path, amqp_uri: str, database_url: str | None) -> Path:
    """The archive, put back into a new home and an empty database."""
    database = {"DATABASE_URL": database_url} if database_url else {}
    environment = {**os.environ, "LOUMEN_HOME": str(home), "AMQP_URI": amqp_uri, **database}
    command = (str(Path(sys.executable).with_name("loumen")), "restore", str(archive))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@contextmanager
def busy(system: System) -> Iterator[list[Filed]]:
    """A resident reports one thing after the other while the block runs; what was taken in."""
    over, taken = Event(), list[Filed]()

    def report() -> None:
        for door in ELSEWHERE:
            taken.append(system.file(door))
            over.wait(0.25)

    with ThreadPoolExecutor(1) as resident:
        reporting = resident.submit(report)
        try:
            yield taken
        finally:
            over.set()
        reporting.result()


@dataclass(frozen=True)
class Left:
    """What was there when the backup was begun: two tickets with a link to act on each, whom the first was told to,
    the list of parked messages, and what residents had an answer to."""

    waiting: Filed
    working: Filed
    accept: str
    resolve: str
    told: list[str]
    parked: str
    answered: list[Filed]


@pytest.mark.timeout(600)
def test_everything_is_there_again(
    tmp_path: Path, fresh_vhost: Fresh, postgres_database: str, another_database: str
) -> None:
    """Taken in the middle of work and put back on an empty machine, from SQLite to SQLite, on to PostgreSQL, and from
    there to another: the record is whole, links and photos work, clocks run on, nobody is told twice, and whatever was
    answered before is there.
    """
    archive, left = tmp_path / "loumen.tar", None
    begin_on_a_monday(tmp_path / "0")
    for number, database in enumerate((None, None, postgres_database, another_database)):
        home = tmp_path / str(number)
        with fresh_vhost() as vhost:
            if left:
                restored(archive, home, vhost, database)
            with running_system(home, vhost, database) as system:
                if left:
                    assert_all_is_there(system, left)
                if database != another_database:
                    left = leave(system, archive)


def leave(system: System, archive: Path) -> Left:
    """Some work, and a backup in the middle of more."""
    move_to(system, MONDAY, 10)
    waiting, working = system.file(photos=[uploaded(system, a_jpeg(40))]), system.file(description="门禁坏了")
    accept, resolve = system.link(waiting, PROPERTY), system.link(working, PROPERTY)
    assert system.act(resolve, "accept").status_code == 200
    told = [each["id"] for each in all_told(system, waiting)]
    put(system, ROUTING_COMMANDS, b"not json")
    parked = eventually(lambda: system.loumen("parked", "list").stdout)
    with busy(system) as taken:
        eventually(lambda: len(taken) > 5)
        answered = list(taken)
        made = system.loumen("backup", str(archive))
        assert made.returncode == 0, made.stderr
    assert "未入台账" not in made.stderr
    assert archive.stat().st_mode & 0o777 == 0o600
    return Left(waiting, working, accept, resolve, told, parked, answered)


def assert_all_is_there(system: System, left: Left) -> None:
    for each in left.answered:
        system.wait_for(each, lambda seen: seen["owner"] is not None)
    assert system.loumen("parked", "list").stdout == left.parked
    assert all(opens(system, photo) for photo in system.ticket(left.waiting)["photos"])
    assert [each["id"] for each in all_told(system, left.waiting)] == left.told
    assert not system.messages(ticket=left.waiting.code)
    assert system.act(left.accept, "accept").status_code == 200
    assert system.act(left.resolve, "resolve", text="修好了").status_code == 200
    assert happened(system.wait_for(left.working, lambda seen: seen["status"] == "resolved"))[-1] == "resolved"
    assert system.loumen("parked", "drop", left.parked.split()[0]).returncode == 0
    system.forward(days=7)
    late = system.wait_for(left.waiting, lambda seen: seen["level"] == "community")
    assert [step[2] for step in steps(late)] == ["resolve_overdue"]
    audit = system.loumen("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
