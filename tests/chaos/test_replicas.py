"""Two of each service on PostgreSQL: whatever dies, stands still or is away, nothing is lost, nobody waits for it."""

import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from tests.chaos.residents import Residents
from tests.chaos.story import Story
from tests.chaos.unruly import IN_FLIGHT, Unruly, order_standstill, unruly_system
from tests.own_broker import Broker, own_broker
from tests.own_postgres import Postgres, own_postgres
from tests.system import eventually

SERVICES = ("intake", "routing", "records", "notify")
SOME = 8
"""Issues that are taken between one misfortune and the next."""
A_SECOND = 6
AWAY_SECONDS = 60.0
"""Longer than the longest pause between two tries of a service (10 s), than a lease, and than most limits of ours."""
GIVEN_UP_SECONDS = 30.0
"""The broker gives up a silent process after two to three heartbeats (``topology.HEARTBEAT``), another replica ends its
transaction sooner (``db.STANDSTILL_SECONDS``), and notify's lease is shorter here."""
DONE_SECONDS = 30.0
"""For the others to do what it had in hand, and this machine to be slow."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with own_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with own_postgres() as postgres:
        yield postgres


@pytest.fixture(scope="module")
def story(broker: Broker, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    home = tmp_path_factory.mktemp("replicas") / "home"
    with unruly_system(home, broker.uri, postgres.url, replicas=2) as system:
        yield Story(system)


@contextmanager
def residents(story: Story) -> Iterator[Residents]:
    """They hand in issues while the block runs; what was taken goes into the story."""
    with Residents(story.system.doors, a_second=A_SECOND) as residents:
        residents.wait_for(SOME)
        yield residents
        residents.wait_for(SOME)
    story.taken += residents.taken


def standing(door: str) -> dict[str, Any]:
    return dict(requests.get(f"{door}/readyz", timeout=10).json())


def spooled(doors: Sequence[str]) -> int:
    return max(standing(door).get("spooled") or 0 for door in doors)


@contextmanager
def standing_still(system: Unruly, seams: Mapping[str, str]) -> Iterator[list[str]]:
    """One replica of each of these services has stopped at its seam; they go on when the block ends."""
    stops = [order_standstill(system.local.home, service, seam) for service, seam in seams.items()]
    eventually(lambda: not any(stop.exists() for stop in stops))
    stopped = [eventually(lambda service=service: system.stopped(service)) for service in seams]
    try:
        yield stopped
    finally:
        for name in stopped:
            os.kill(system.pid(name), signal.SIGCONT)


def log_lengths(system: Unruly, names: Iterable[str]) -> dict[str, int]:
    return {name: len(system.log(name)) for name in names}


def until_broker_lost(system: Unruly, before: Mapping[str, int]) -> None:
    """Each has found since then that it has no connection to the broker any more."""
    for name, length in before.items():
        eventually(lambda name=name, length=length: "broker away" in system.log(name)[length:])


def test_killed_one_after_the_other(story: Story) -> None:
    """SIGKILL of each replica in turn."""
    with residents(story) as handing_in:
        for service in SERVICES:
            for replica in story.system.replicas(service):
                handing_in.wait_for(SOME)
                story.system.kill(replica)
    assert story.new_doubles() <= 2 * IN_FLIGHT


def test_the_broker_is_restarted(story: Story, broker: Broker) -> None:
    """And an intake stands still in the midst of forwarding: the other forwards what both have spooled."""
    with residents(story) as handing_in:
        with standing_still(story.system, {"intake": "while it forwards"}) as [stopped]:
            [door] = [door for door in story.system.doors if door != story.system.door(stopped)]
            broker.stop()
            eventually(lambda: spooled([door]) > SOME)
            broker.start()
            eventually(lambda: standing(door).items() >= {"broker": "connected", "spooled": 0}.items())
        handing_in.wait_for(SOME)
    assert story.new_doubles() == 0


def test_the_broker_stands_still(story: Story, broker: Broker) -> None:
    """Until everybody has given it up: its connections stay, and it answers nothing."""
    with residents(story) as handing_in:
        everybody = [name for service in SERVICES for name in story.system.replicas(service)]
        before = log_lengths(story.system, everybody)
        with broker.paused():
            until_broker_lost(story.system, before)
            assert spooled(story.system.doors) > SOME
        eventually(lambda: spooled(story.system.doors) == 0)
        handing_in.wait_for(SOME)
    assert story.new_doubles() == 0


def test_the_database_is_restarted_and_away(story: Story, postgres: Postgres) -> None:
    """Killed, and then stopped for a minute: issues are taken all the time, and done when it is back."""
    with residents(story) as handing_in:
        postgres.kill()
        handing_in.wait_for(SOME)
        postgres.stop()
        away = time.monotonic()
        handing_in.wait_for(SOME)
        time.sleep(max(away + AWAY_SECONDS - time.monotonic(), 0))
        postgres.start()
    assert story.new_doubles() <= IN_FLIGHT


STOPPED_AT = {
    "intake": "between the two publishes",
    "routing": "committed, not published",
    "records": "in the record's transaction",
    "notify": "while it claims",
}


def test_a_replica_of_each_stands_still(story: Story) -> None:
    """The others do its work in a stated time; when it goes on it finds that its turn is over, and takes new work."""
    with ExitStack() as stack:
        with residents(story):
            stopped = stack.enter_context(standing_still(story.system, STOPPED_AT))
        assert story.new_doubles(within=GIVEN_UP_SECONDS + DONE_SECONDS) <= IN_FLIGHT
        before = log_lengths(story.system, stopped)
    until_broker_lost(story.system, before)
    assert story.new_doubles() <= IN_FLIGHT
