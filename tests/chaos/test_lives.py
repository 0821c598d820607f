"""Whatever happens to a system, in whatever order: every issue that was taken lives one life."""

from collections import Counter
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status
from tests.chaos.doing import cosign, sign_in, speak_up, two_at_once, work
from tests.chaos.lives import (
    COUNTED,
    Lives,
    act,
    file,
    file_again,
    kill,
    kill_broker,
    let_time_pass,
    throw_something_bad,
)
from tests.chaos.promises import Evidence, assert_nothing_lost, doubles
from tests.chaos.residents import Residents
from tests.chaos.unruly import IN_FLIGHT, unruly_system
from tests.fuzz.effort import SECONDS, SEED, TIMES
from tests.journeys.steps import ask, now
from tests.own_broker import Broker
from tests.system import System, eventually

SERVICES = ("intake", "routing", "records", "notify")
STEPS = [
    *(file,) * 8,
    *(file_again,) * 3,
    *(act,) * 5,
    *(work,) * 20,
    *(speak_up,) * 8,
    *(cosign,) * 5,
    *(two_at_once,) * 5,
    *(let_time_pass,) * 2,
    *(throw_something_bad,) * 3,
    *(kill(service) for service in SERVICES),
    kill_broker,
]
"""In each round once, in an order drawn by lot."""


@pytest.mark.timeout(SECONDS)
def test_every_issue_lives_one_life(broker: Broker, tmp_path: Path, database_url: str | None) -> None:
    """While others hand in steadily, and at whatever moment services and the broker were killed: each issue that was
    taken is one ticket with one owner at each moment and a proven chain, who had to be told was told, and whatever was
    answered to have been done was done once."""
    random = Random(SEED)
    with unruly_system(tmp_path / "home", broker.uri, database_url) as system:
        lives = Lives(system, broker, random)
        try:
            sign_in(lives)
            lives.live([file] * 6)
            for _ in range(TIMES):
                with Residents(system.doors, a_second=3, most=60) as residents:
                    lives.live(random.sample(STEPS, len(STEPS)))
                lives.taken += residents.taken
            drop_the_bad(system, lives)
            move_to_morning(system)
            evidence = assert_nothing_lost(system, lives.taken)
        except Exception:
            print(*lives.story, sep="\n")
            raise
    assert doubles(evidence) <= TIMES * IN_FLIGHT
    assert_owned_at_each_moment(evidence)
    assert_done_once(evidence, lives)
    assert_agreed({chain.ticket.id: chain.ticket for chain in evidence.chains if chain.ticket})
    assert_reporters_told(evidence, lives)


def drop_the_bad(system: System, lives: Lives) -> None:
    """All of it was parked, and nothing else."""
    listed = eventually(lambda: ids if len(ids := parked(system)) >= len(lives.bad) else None)
    assert len(listed) == len(lives.bad)
    for id in listed:
        assert ask(system, "records", "drop_parked", id=id)


def parked(system: System) -> list[int]:
    return [each["id"] for each in ask(system, "records", "parked", limit=200)]


def move_to_morning(system: System) -> None:
    """Volunteers are told in their hours."""
    here = now(system)
    ten = datetime.combine(here.date() + timedelta(days=1), time(10), here.tzinfo)
    system.forward(seconds=(ten - here).total_seconds())


def assert_owned_at_each_moment(evidence: Evidence) -> None:
    for chain in evidence.chains:
        for each in chain.events[1:]:
            assert each.event["ticket"]["owner"], (each.version, each.type)


def assert_done_once(evidence: Evidence, lives: Lives) -> None:
    """Tasks are nobody's in these lives: what happens to them follows from their parents."""
    whole = [chain for chain in evidence.chains if chain.ticket and chain.ticket.parent is None]
    happened = Counter((chain.ticket_id, each.type.split(".")[2]) for chain in whole for each in chain.events)
    assert {key: count for key, count in happened.items() if key[1] in COUNTED.values()} == dict(lives.done)


def assert_agreed(tickets: dict[UUID, Ticket]) -> None:
    """What one ticket says of another is so, and nobody has two voices in one."""
    for id, ticket in tickets.items():
        assert (ticket.merged_into is not None) == (ticket.status is Status.MERGED)
        assert not ticket.merged_into or id in tickets[ticket.merged_into].absorbed
        assert all(tickets[each].merged_into == id for each in ticket.absorbed)
        assert not ticket.parent or id in [task.ticket_id for task in tickets[ticket.parent].tasks]
        for task in ticket.tasks:
            part = tickets[task.ticket_id]
            assert part.parent == id
            assert (task.ended_at is None) == part.status.is_open
            assert ticket.status.is_open or not part.status.is_open
        assert len({voice.household for voice in ticket.voices}) == len(ticket.voices)


def assert_reporters_told(evidence: Evidence, lives: Lives) -> None:
    """Of what is settled; where it was taken up anew meanwhile the news was old."""
    settled = {
        chain.ticket_id
        for chain in evidence.chains
        if chain.ticket and chain.ticket.status in (Status.RESOLVED, Status.CLOSED)
    }
    told = {message["to"] for message in evidence.received if message["channel"] == "email"}
    asked = {each.body["reporter"]["email"] for each in lives.taken if each.id in settled and "reporter" in each.body}
    assert asked <= told
