"""The directory in force: from records, by event, and from disk when records is away."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pika
import pytest

from shared.bus import topology
from shared.contracts.directory import Directory, DirectoryChanged
from shared.contracts.envelope import CONTENT_TYPE, encode
from shared.trace import new_traceparent
from tests.builders import a_directory
from tests.integration.intake.harness import Served, a_setting, serving, with_directory
from tests.integration.intake.standin import StandIn


def renamed(version: int) -> Directory:
    """A version in which the unit has another name."""
    directory = a_directory(version)
    places = tuple(
        each.model_copy(update={"name": f"{version}单元"}) if each.code == "U" else each for each in directory.places
    )
    return directory.model_copy(update={"places": places})


@pytest.fixture
def records(vhost: str) -> Iterator[StandIn]:
    """On a virtual host of this test's own: a change is heard by every intake there."""
    with StandIn(vhost) as standin:
        with_directory(standin)
        yield standin


def say_changed(uri: str, directory: Directory) -> None:
    body = encode(
        DirectoryChanged(directory=directory),
        id=uuid4(),
        source="records",
        time=datetime.now(UTC),
        subject=None,
        traceparent=new_traceparent(),
    )
    with pika.BlockingConnection(pika.URLParameters(uri)) as connection:
        properties = pika.BasicProperties(content_type=CONTENT_TYPE)
        connection.channel().basic_publish(topology.EVENTS, DirectoryChanged.TYPE, body, properties)


def name_becomes(served: Served, name: str) -> bool:
    """Whether the place is called so within half a minute."""
    for _ in range(600):
        if served.client.get("/api/v1/places/D-U").json().get("name", "").endswith(name):
            return True
        time.sleep(0.05)
    return False


def test_before_the_first_directory_it_is_not_ready(home: Path, vhost: str, records: StandIn) -> None:
    """503 with what is missing, for readiness and for tickets; ready once records has one."""
    records.answers["records.directory_version"] = lambda: 0
    with serving(a_setting(home, vhost)) as fresh:
        ready = fresh.client.get("/readyz")
        assert ready.status_code == 503
        assert "directory" in ready.json()["missing"]
        answer = fresh.submit()
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        records.answers["records.directory_version"] = lambda: 1
        fresh.until("/readyz", 200)


def test_a_new_version_is_taken_over_by_event(home: Path, vhost: str, records: StandIn) -> None:
    """Without asking records; an older one, and an event that cannot be read, change nothing."""
    with serving(a_setting(home, vhost)) as served:
        served.until("/readyz", 200)
        say_changed(vhost, renamed(3))
        assert name_becomes(served, "3单元")
        say_changed(vhost, renamed(2))
        with pika.BlockingConnection(pika.URLParameters(vhost)) as connection:
            connection.channel().basic_publish(topology.EVENTS, DirectoryChanged.TYPE, b"{")
        say_changed(vhost, renamed(4))
        assert name_becomes(served, "4单元")


def test_a_missed_event_is_made_good_by_asking(home: Path, vhost: str, records: StandIn) -> None:
    """The version is checked now and then."""
    with serving(a_setting(home, vhost)) as served:
        served.until("/readyz", 200)
        records.answers["records.directory"] = lambda: renamed(7).model_dump(mode="json")
        records.answers["records.directory_version"] = lambda: 7
        assert name_becomes(served, "7单元")


def test_a_start_without_records_uses_the_copy_on_disk(home: Path, vhost: str, records: StandIn) -> None:
    """What was in force last time is in force again; a damaged copy is as good as none."""
    records.answers["records.directory"] = lambda: renamed(5).model_dump(mode="json")
    records.answers["records.directory_version"] = lambda: 5
    with serving(a_setting(home, vhost)) as served:
        served.until("/readyz", 200)
    records.answers.clear()
    with serving(a_setting(home, vhost, call_timeout_seconds=0.2)) as again:
        again.until("/readyz", 200)
        assert name_becomes(again, "5单元")
    (home / "intake" / "directory.json").write_text("{")
    with serving(a_setting(home, vhost, call_timeout_seconds=0.2)) as damaged:
        assert "directory" in damaged.client.get("/readyz").json()["missing"]
