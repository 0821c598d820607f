"""What the audit makes of things under way: routing and records are played, the broker and its queues are real."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from services.audit.rules import Flaw
from services.audit.walk import Report, audit
from services.intake import store
from shared.bus.asyncio import connected
from shared.bus.topology import COMMANDS, ROUTING_COMMANDS
from shared.contracts.events import TicketEvent
from shared.contracts.queries import Backlog, Chain, Head
from shared.db import transaction
from tests.integration.cli.conftest import System
from tests.integration.intake.standin import StandIn
from tests.stories import KEY, a_story, at, recorded

STORY = a_story()[:5]
ID = STORY[0].ticket.id


@pytest.fixture
def standin(vhost: str) -> Iterator[StandIn]:
    with StandIn(vhost) as standin:
        for service in ("routing", "notify", "records"):
            standin.answers[f"{service}.backlog"] = lambda: Backlog(directory_version=1).model_dump(mode="json")
        standin.answers |= {"routing.heads": _all(lambda: None), "records.chains": _all(lambda: None)}
        standin.answers |= {"records.trail_head": lambda: None, "records.trail_links": lambda **_: []}
        yield standin


def head(event: TicketEvent) -> dict[str, Any]:
    return Head(ticket=event.ticket, hash=event.hash, due_at=at(60)).model_dump(mode="json")


def chain(events: list[TicketEvent]) -> dict[str, Any]:
    return Chain(
        ticket_id=ID,
        events=tuple(recorded(event) for event in events),
        ticket=events[-1].ticket,
        columns_agree=True,
    ).model_dump(mode="json")


def _all(one: Callable[[], dict[str, Any] | None]) -> Callable[..., list[dict[str, Any]]]:
    """The one ticket there is, page by page."""

    def page(after: str | None, limit: int) -> list[dict[str, Any]]:
        assert limit
        found = one() if after != str(ID) else None
        return [found] if found else []

    return page


def audited(uri: str, older_than_seconds: float) -> Report:
    async def run() -> Report:
        async with connected(uri) as bus:
            return await audit(bus, KEY, older_than_seconds, lambda _: None, lambda _: None)

    return asyncio.run(run())


def test_a_busy_ticket_is_not_blamed(vhost: str, standin: StandIn) -> None:
    """Records is behind at each look, and has what was there at the first: nothing is missing."""
    looks = count(2)
    seen = [0]

    def newer() -> dict[str, Any]:
        seen[0] = min(next(looks), 5)
        return head(STORY[seen[0] - 1])

    standin.answers["routing.heads"] = _all(newer)
    standin.answers["records.chains"] = _all(lambda: chain(STORY[: seen[0] - 1]))
    assert audited(vhost, 1).breaches == []


def test_what_never_arrives_is_a_breach_however_busy_the_ticket_is(vhost: str, standin: StandIn) -> None:
    """Routing goes on, records stays where it was: what was there at first sight is still missing."""
    looks = count(3)
    standin.answers["routing.heads"] = _all(lambda: head(STORY[min(next(looks), 5) - 1]))
    standin.answers["records.chains"] = _all(lambda: chain(STORY[:2]))
    assert [breach.flaw for breach in audited(vhost, 1).breaches] == [Flaw.HEAD]


def test_a_queue_that_nobody_takes_from_is_a_breach(vhost: str, standin: StandIn) -> None:
    """Messages that wait longer than stated are told by the name of their queue, with their number."""

    async def publish() -> None:
        async with connected(vhost) as bus:
            for number in range(3):
                await bus.publish(COMMANDS, ROUTING_COMMANDS, b"waits", message_id=str(number))

    asyncio.run(publish())
    assert standin.is_alive()
    [breach] = audited(vhost, 1).breaches
    assert (breach.flaw, breach.subject, breach.details) == (Flaw.QUEUE_FULL, ROUTING_COMMANDS, {"waiting": 3})


def test_a_directory_that_is_taken_over_late_is_no_breach(vhost: str, standin: StandIn) -> None:
    """Notify is behind at first and then not; routing stays behind, and is told."""
    looks = count(0)

    def versions(service: str) -> int:
        return {"routing": 1, "records": 2, "notify": min(next(looks), 2) if service == "notify" else 0}[service]

    for service in ("routing", "notify", "records"):
        standin.answers[f"{service}.backlog"] = lambda service=service: Backlog(
            directory_version=versions(service)
        ).model_dump(mode="json")
    [breach] = audited(vhost, 3).breaches
    assert (breach.flaw, breach.subject) == (Flaw.DIRECTORY_BEHIND, "routing")


def test_what_any_process_has_in_hand_for_long_is_a_breach(vhost: str, standin: StandIn) -> None:
    """Of two processes of a service one has had messages in hand for an hour: it is told, whoever else answers."""
    with StandIn(vhost) as other:
        for service in ("routing", "notify", "records"):
            told = Backlog(directory_version=1, oldest_in_hand_seconds=3600 if service == "notify" else None)
            other.answers[f"{service}.backlog"] = lambda told=told: told.model_dump(mode="json")
        for name in ("routing.heads", "records.chains", "records.trail_head", "records.trail_links"):
            other.answers[name] = standin.answers[name]
        [breach] = audited(vhost, 60).breaches
    assert (breach.flaw, breach.subject) == (Flaw.IN_HAND_OLD, "notify")


def test_what_an_intake_that_is_gone_has_spooled_is_a_breach(home: Path, vhost: str, standin: StandIn) -> None:
    """No intake runs: what one has left on the disk is told, and nothing once it has been forwarded."""
    assert standin.is_alive()
    installation = System(home, vhost, None)
    assert installation.loumen("audit").returncode == 0
    with transaction(store.open_file(home / "intake")) as connection:
        store.add(connection, [store.Sealed(ID, at(0), b"sealed")])
    told = installation.loumen("audit")
    assert (told.returncode, told.stdout.split(":")[0]) == (1, "intake spool_old")
    with transaction(store.open_file(home / "intake")) as connection:
        store.drop(connection, [1])
    assert installation.loumen("audit").returncode == 0


def test_provisional_deadlines_are_counted(vhost: str, standin: StandIn) -> None:
    """An open ticket whose deadline lies beyond the known holidays is a note, and no breach."""
    ticket = STORY[0].ticket.model_copy(update={"provisional": True})
    told = Head(ticket=ticket, hash=STORY[0].hash, due_at=at(100)).model_dump(mode="json")
    standin.answers["routing.heads"] = _all(lambda: told)
    standin.answers["records.chains"] = _all(lambda: chain(STORY[:1]))
    report = audited(vhost, 0)
    assert report.provisional == 1
