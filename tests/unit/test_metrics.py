"""What is counted of messages said and handled, and how a backlog becomes gauges."""

import threading
from collections.abc import Mapping

import pytest
from prometheus_client import REGISTRY, CollectorRegistry
from pytest import MonkeyPatch

from deploy.local.processes import wait_until
from shared import metrics
from shared.contracts.events import Step, TicketAssigned, TicketClosed, TicketEscalated, TicketEvent
from shared.contracts.vocabulary import Reason
from tests.stories import a_seat, a_ticket, at

STEPS = (
    Step(from_level="unit", level="community", reason=Reason.ASKED),
    Step(from_level="community", level="subdistrict", reason=Reason.POST_VACANT),
)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def climbs() -> list[float]:
    labels = [{"from_level": step.from_level, "level": step.level, "reason": step.reason.value} for step in STEPS]
    return [counted("loumen_climbs_total", **each) for each in labels]


def test_events_are_counted_by_type_and_level() -> None:
    """Of a transaction's events each type is counted at the level that the ticket is at, and each rung by itself."""
    before, climbed = counted("loumen_events_total", type="ticket.closed", level="subdistrict"), climbs()
    top = a_ticket(level="subdistrict")
    closed = TicketClosed(at=at(0), ticket=top, reason=Reason.CONFIRM_WINDOW_PASSED)
    metrics.count_said([TicketEscalated(at=at(0), ticket=top, steps=STEPS), closed, closed])

    assert counted("loumen_events_total", type="ticket.closed", level="subdistrict") == before + 2
    assert climbs() == [each + 1 for each in climbed]


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (TicketAssigned(at=at(0), ticket=a_ticket(version=2, owner=a_seat(assignment=1), provisional=True)), 1),
        (TicketAssigned(at=at(0), ticket=a_ticket(version=3, owner=a_seat(assignment=1), provisional=True)), 0),
        (TicketAssigned(at=at(0), ticket=a_ticket(version=2, owner=a_seat(assignment=1), provisional=False)), 0),
    ],
    ids=["a new owner", "the same owner", "a known deadline"],
)
def test_a_provisional_deadline_is_counted_once(event: TicketEvent, wanted: int) -> None:
    """When an owner gets it, and not with every event after that."""
    before = counted("loumen_provisional_deadlines_total")
    metrics.count_said([event])

    assert counted("loumen_provisional_deadlines_total") == before + wanted


def test_a_batch_of_two_hundred_is_two_hundred_messages() -> None:
    """Each has its share of the batch's time, so that their mean and their sum are what they say."""
    metrics.count_handled("a queue of this test", 200, 4.0)

    assert counted("loumen_messages_total", queue="a queue of this test", outcome="handled") == 200
    assert counted("loumen_message_seconds_count", queue="a queue of this test") == 200
    assert counted("loumen_message_seconds_sum", queue="a queue of this test") == pytest.approx(4.0)
    assert counted("loumen_message_seconds_bucket", queue="a queue of this test", le="0.025") == 200
    assert counted("loumen_message_seconds_bucket", queue="a queue of this test", le="0.01") == 0


def scraped(watch: metrics.Watch) -> Mapping[str, float]:
    """By name, and the channel where there is one."""
    registry = CollectorRegistry()
    registry.register(watch)
    samples = [sample for family in registry.collect() for sample in family.samples]
    return {"/".join([each.name, *each.labels.values()]): each.value for each in samples}


def test_a_backlog_becomes_gauges() -> None:
    """Each number under its name, deliveries by channel."""
    watch = metrics.Watch(lambda: {"oldest_due_seconds": 7, "oldest_delivery_seconds": {"email": 3.0, "wecom": 0.0}})

    assert scraped(watch) == {
        "loumen_database_up": 1,
        "loumen_oldest_due_seconds": 7,
        "loumen_oldest_delivery_seconds/email": 3,
        "loumen_oldest_delivery_seconds/wecom": 0,
    }


def test_a_database_that_is_away_is_said_to_be() -> None:
    """What cannot be looked up is left out rather than guessed."""

    def look() -> metrics.Standing:
        raise OSError("nobody there")

    assert scraped(metrics.Watch(look)) == {"loumen_database_up": 0}


def test_a_database_that_hangs_is_asked_by_one_scrape_alone(monkeypatch: MonkeyPatch) -> None:
    """The scrapes after it say at once that it is away, pile up nothing, and find it when it is back."""
    asked: list[int] = []
    back = threading.Event()

    def look() -> metrics.Standing:
        asked.append(1)
        back.wait(60)
        return {"parked_messages": 1}

    monkeypatch.setattr(metrics, "ANSWER_SECONDS", 0.01)
    watch = metrics.Watch(look)
    assert [scraped(watch) for _ in range(3)] == [{"loumen_database_up": 0}] * 3
    assert len(asked) == 1

    monkeypatch.setattr(metrics, "ANSWER_SECONDS", 60)
    back.set()
    assert wait_until(lambda: scraped(watch) == {"loumen_database_up": 1, "loumen_parked_messages": 1}, 60)
