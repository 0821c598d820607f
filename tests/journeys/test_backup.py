"""An installation is backed up while it works, lost, and put back elsewhere, also on the other database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from shared.bus.topology import ROUTING_COMMANDS
from tests.integration.intake.photo_makers import a_jpeg
from tests.journeys.steps import MONDAY, all_told, begin_on_a_monday, happened, move_to, put
from tests.journeys.test_photos import opens, uploaded
from tests.system import Filed, System, eventually, running_system, steps

PROPERTY = "liyuan-1-property-1"


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
    """A resident reports and reports while the block runs; what was taken in."""
    over, taken = Event(), list[Filed]()

    def report() -> None:
        while not over.is_set():
            taken.append(system.file(description=f"第 {len(taken)} 件"))
            over.wait(0.05)

    with ThreadPoolExecutor(1) as resident:
        reporting = resident.submit(report)
        try:
            yield taken
        finally:
            over.set()
        reporting.result()


@pytest.mark.parametrize(("before", "after"), [("sqlite", "sqlite"), ("postgres", "postgres"), ("sqlite", "postgres")])
def test_everything_is_there_again(
    before: str, after: str, tmp_path: Path, vhost: str, another_vhost: str, request: pytest.FixtureRequest
) -> None:
    """Taken in the middle of work, put back on an empty machine: the record is whole, links and photos work, clocks run
    on, nobody is told twice, and whatever was answered before is there.
    """
    databases = {"sqlite": lambda _: None, "postgres": request.getfixturevalue}
    archive = tmp_path / "loumen.tar"
    old, new = tmp_path / "old", tmp_path / "new"
    begin_on_a_monday(old)
    with running_system(old, vhost, databases[before]("postgres_database")) as system:
        move_to(system, MONDAY, 10)
        photo = uploaded(system, a_jpeg(40))
        waiting, working = system.file(photos=[photo]), system.file(description="门禁坏了")
        accept, resolve = system.link(waiting, PROPERTY), system.link(working, PROPERTY)
        assert system.act(resolve, "accept").status_code == 200
        told = all_told(system, waiting)
        put(system, ROUTING_COMMANDS, b"not json")
        parked = eventually(lambda: system.loumen("parked", "list").stdout)
        with busy(system) as taken:
            eventually(lambda: len(taken) > 5)
            answered = list(taken)
            made = system.loumen("backup", str(archive))
            assert made.returncode == 0, made.stderr
        assert "未入台账" not in made.stderr
        assert archive.stat().st_mode & 0o777 == 0o600

    database = databases[after]("another_database")
    restored(archive, new, another_vhost, database)
    with running_system(new, another_vhost, database) as system:
        for each in answered:
            system.wait_for(each, lambda seen: seen["owner"] is not None)
        assert system.loumen("parked", "list").stdout == parked
        assert all(opens(system, photo) for photo in system.ticket(waiting)["photos"])
        assert [each["id"] for each in all_told(system, waiting)] == [each["id"] for each in told]
        assert not system.messages(ticket=waiting.code)
        assert system.act(accept, "accept").status_code == 200
        assert system.act(resolve, "resolve", text="修好了").status_code == 200
        assert happened(system.wait_for(working, lambda seen: seen["status"] == "resolved"))[-1] == "resolved"
        number = parked.split()[0]
        assert system.loumen("parked", "drop", number).returncode == 0
        system.forward(days=7)
        late = system.wait_for(waiting, lambda seen: seen["level"] == "community")
        assert [step[2] for step in steps(late)] == ["resolve_overdue"]
        audit = system.loumen("audit")
        assert audit.returncode == 0, audit.stdout + audit.stderr
