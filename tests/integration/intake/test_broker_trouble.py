"""A broker that restarts, stands still or takes nothing: nobody waits for long, and nothing is lost."""

from collections.abc import Iterator

import pytest

from shared.bus import topology
from shared.settings import ensure_keys
from tests.integration.intake.harness import Served, a_setting, serving, waiting, with_directory_on_disk
from tests.own_broker import Broker, own_broker


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with own_broker(tmp_path_factory.mktemp("own-broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def intake(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that lives through all of it."""
    home = tmp_path_factory.mktemp("intake")
    ensure_keys(home)
    with_directory_on_disk(home)
    with serving(a_setting(home, broker.uri, confirm_timeout_seconds=0.5, call_timeout_seconds=0.5)) as served:
        yield served


def said(intake: Served, status: int, times: int) -> list[str]:
    """The ids of so many tickets handed in, each answered with that status."""
    answers = [intake.submit() for _ in range(times)]
    assert [answer.status_code for answer in answers] == [status] * times
    return [answer.json()["id"] for answer in answers]


def arrived(broker: Broker) -> list[str]:
    """The tickets in the queue, without repeats: those have the same message id."""
    found = waiting(broker.uri)[topology.ROUTING_COMMANDS]
    assert len({envelope.id for envelope, _ in found}) == len({message.ticket_id for _, message in found})
    return list(dict.fromkeys(str(message.ticket_id) for _, message in found))


def test_a_broker_that_restarts(broker: Broker, intake: Served) -> None:
    """What was confirmed is on its disk, what came while it was away on ours: all of it is there, in order."""
    intake.until_stands(broker="connected")
    before = said(intake, 201, 3)
    broker.stop()
    intake.until_stands(broker="away", status="ready")
    between = said(intake, 202, 30)
    broker.start()
    intake.until_stands(broker="connected", spooled=0)
    assert arrived(broker) == before + between


def test_a_broker_that_stands_still(broker: Broker, intake: Served) -> None:
    """The first one waits for its confirm, then is kept here; that the broker has it too makes no second ticket."""
    intake.until_stands(broker="connected", spooled=0)
    arrived(broker)
    with broker.paused():
        still = said(intake, 202, 5)
        intake.until_stands(broker="away", status="ready", spooled=5)
    intake.until_stands(broker="connected", spooled=0)
    after = said(intake, 201, 1)
    assert arrived(broker) == still + after


def test_a_broker_that_takes_nothing(broker: Broker, intake: Served) -> None:
    """Out of memory or disk it blocks publishers: tickets are kept here until it takes them again."""
    intake.until_stands(broker="connected", spooled=0)
    with broker.blocked():
        still = said(intake, 202, 5)
        intake.until_stands(broker="away", status="ready", spooled=5)
    intake.until_stands(broker="connected", spooled=0)
    assert arrived(broker) == still
