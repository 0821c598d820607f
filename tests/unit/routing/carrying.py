"""Tickets carried along the chain, told in short words: opened, and what is done with them."""

from datetime import UTC, datetime, timedelta

from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from shared.contracts.vocabulary import Action, EventType
from tests.acting import act, write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()


def opened(town=TOWN, **differences) -> Case:
    return open_case(a_submission(**differences), town, MONDAY_10, write).case


def do(case: Case, action: Action, now: datetime, *, who="owner", text="说明", town=TOWN, **details):
    return act(case, action, getattr(case.ticket, who), town, now, text, **details)


def done(case: Case, action: Action, now: datetime = MONDAY_10, **more) -> Case:
    change = do(case, action, now, **more)
    assert isinstance(change, Change), change
    return change.case


def names(change: Change) -> list[EventType]:
    return [event.name for event in change.events]


def shanghai(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)
