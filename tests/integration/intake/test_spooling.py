"""The broker away: tickets wait on intake's own disk, and reach the queues when it is back."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.intake.settings import IntakeSettings
from shared import ids
from shared.bus import topology
from tests.integration.intake.harness import (
    Served,
    a_setting,
    launched,
    serving,
    tickets,
    waiting,
    with_directory_on_disk,
)
from tests.relay import Relay

PHONE = "13812345678"


@pytest.fixture
def line(vhost: str) -> Iterator[Relay]:
    """The line to a broker that runs all the time; cut at first."""
    relay = Relay(vhost)
    yield relay
    relay.close()


@pytest.fixture
def home(home: Path) -> Path:
    """With keys and a directory, as an earlier run leaves it."""
    with_directory_on_disk(home)
    return home


@pytest.fixture
def intake(home: Path, line: Relay) -> Iterator[Served]:
    with serving(a_setting(home, line.uri, call_timeout_seconds=0.5)) as served:
        yield served


def follow(intake: Served, receipt: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {receipt['tracking_token']}"}
    return intake.client.get(f"/api/v1/tickets/{receipt['code']}", headers=headers)


def test_a_ticket_is_taken_while_the_broker_is_away(intake: Served, line: Relay, vhost: str) -> None:
    """202 with the receipt that 201 would have; both messages stand in the queues once the line is mended."""
    answer = intake.submit(description=f"漏水, 打 {PHONE}", key="k")
    assert answer.status_code == 202
    receipt = answer.json()
    assert (receipt["status"], receipt["code"]) == ("submitted", ids.normalize_code(receipt["code"]))
    assert intake.submit(door_code="no-such-door").status_code == 422
    line.open()
    intake.until_stands(broker="connected", spooled=0)
    found = waiting(vhost)
    [(_, reporter)] = found[topology.RECORDS_REPORTERS]
    [(envelope, ticket)] = found[topology.ROUTING_COMMANDS]
    assert (reporter.description, ticket.reporter_ref) == (f"漏水, 打 {PHONE}", reporter.reporter_ref)
    assert envelope.subject == receipt["id"]


def test_it_stays_ready_and_tells_how_it_stands(intake: Served, line: Relay) -> None:
    """Ready with the broker away: how many wait, and how long; nobody waits once it is back."""
    assert intake.until_stands(status="ready", broker="away", spooled=0)["oldest_seconds"] is None
    intake.submit()
    intake.submit()
    assert intake.until_stands(status="ready", broker="away", spooled=2, parked=0)["oldest_seconds"] > 0
    line.open()
    assert intake.until_stands(broker="connected", spooled=0)["oldest_seconds"] is None


def test_a_repeat_gets_the_same_ticket(intake: Served, line: Relay, vhost: str) -> None:
    """202 while it waits, 201 once the broker takes it; the same receipt, one row, one message id."""
    first, second = intake.submit(key="k"), intake.submit(key="k")
    assert (first.status_code, second.status_code) == (202, 202)
    intake.until_stands(spooled=1)
    line.open()
    intake.until_stands(broker="connected", spooled=0)
    third = intake.submit(key="k")
    assert third.status_code == 201
    assert first.json() == second.json() == third.json()
    assert len({envelope.id for envelope, _ in waiting(vhost)[topology.ROUTING_COMMANDS]}) == 1


def test_the_line_cut_and_mended(intake: Served, line: Relay, vhost: str) -> None:
    """201 before, 202 in between, 201 again after: everything arrives, what waited in its order."""
    line.open()
    intake.until_stands(broker="connected")
    before = intake.submit()
    assert before.status_code == 201
    line.close()
    intake.until_stands(broker="away")
    between = [intake.submit(description=f"第 {number} 件") for number in range(150)]
    assert {answer.status_code for answer in between} == {202}
    line.open()
    intake.until_stands(broker="connected", spooled=0)
    after = intake.submit()
    assert after.status_code == 201
    said = [answer.json()["id"] for answer in (before, *between, after)]
    assert [ticket["ticket_id"] for ticket in tickets(vhost)] == said


def test_the_reporter_sees_a_ticket_that_waits_here(intake: Served) -> None:
    """As submitted, at its place, on the page as well; of another ticket nothing is guessed."""
    receipt = intake.submit().json()
    answer = follow(intake, receipt)
    assert (answer.status_code, answer.json()["status"]) == (200, "submitted")
    assert answer.json()["place"]["name"] == "丽园小区1号楼1单元"
    assert intake.client.get(receipt["links"]["page"]).status_code == 200
    assert intake.client.get(f"/api/v1/tickets/{receipt['code']}").status_code == 503
    other = ids.TrackingToken(ticket_id=uuid4(), door_code="D-U")
    unknown = {"code": ids.ticket_code(other.ticket_id), "tracking_token": ids.sign_tracking(intake.secret, other)}
    assert (follow(intake, unknown).status_code, follow(intake, unknown).json()["code"]) == (503, "broker_away")


def test_nobody_else_can_read_what_waits(intake: Served) -> None:
    """The files are their owner's alone, and hold no name, number or word in the clear."""
    intake.submit(description=f"漏水, 打 {PHONE}", reporter={"name": "某居民", "email": "resident@loumen.example"})
    files = list((intake.settings.home / "intake").glob("spool.db*"))
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    kept = b"".join(file.read_bytes() for file in files)
    assert b"spooled" in kept
    for secret in (PHONE, "某居民", "resident@", "漏水"):
        assert secret.encode() not in kept


@contextmanager
def all_launched(settings: Sequence[IntakeSettings]) -> Iterator[list[Served]]:
    with ExitStack() as stack:
        yield [stack.enter_context(launched(each))[0] for each in settings]


@pytest.mark.parametrize("doors", [1, 2])
def test_a_killed_intake_leaves_nothing_behind(doors: int, home: Path, line: Relay, vhost: str) -> None:
    """SIGKILL while tickets wait: the next start forwards them, and several processes share the work without harm."""
    settings = [a_setting(home, line.uri) for _ in range(doors)]
    with all_launched(settings) as first:
        said = [first[number % doors].submit(description=f"第 {number} 件").json()["id"] for number in range(40)]
    with all_launched(settings) as second:
        said += [second[0].submit(description="重启以后").json()["id"]]
        line.open()
        for each in second:
            each.until_stands(broker="connected", spooled=0)
    assert [ticket["ticket_id"] for ticket in tickets(vhost)] == said


def test_what_an_intake_has_spooled_that_is_gone_another_forwards(home: Path, line: Relay, vhost: str) -> None:
    """One that runs all along tells of it as of its own, and hands it over."""
    with all_launched([a_setting(home, line.uri)]) as [stays]:
        with all_launched([a_setting(home, line.uri)]) as [goes]:
            said = goes.submit().json()["id"]
        stays.until_stands(spooled=1)
        line.open()
        stays.until_stands(broker="connected", spooled=0)
    assert [ticket["ticket_id"] for ticket in tickets(vhost)] == [said]


def test_killed_between_confirm_and_forgetting(home: Path, line: Relay, vhost: str) -> None:
    """The file as it was before: the same messages go out again, with the same ids, which consumers drop."""
    settings = a_setting(home, line.uri)
    with serving(settings) as first:
        first.submit(description=f"打 {PHONE}")
    kept = (home / "intake" / "spool.db").read_bytes()
    line.open()
    for _ in range(2):
        (home / "intake" / "spool.db").write_bytes(kept)
        with serving(settings) as again:
            again.until_stands(broker="connected", spooled=0)
    found = waiting(vhost)
    for queue in (topology.RECORDS_REPORTERS, topology.ROUTING_COMMANDS):
        assert len(found[queue]) == 2
        assert len({envelope.id for envelope, _ in found[queue]}) == 1
