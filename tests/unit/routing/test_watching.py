"""Under supervision, and asked how it stands."""

from datetime import timedelta

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.doing import do, refusal
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.ticking import tick
from shared.contracts.commands import By, Details
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal
from tests.acting import act_as, write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
DAY = timedelta(hours=24)
REPORTER = By(resident=Part.REPORTER)


def opened() -> Case:
    return open_case(a_submission(urgency="hard"), TOWN, MONDAY_10, write).case


def change(case: Case, action: Action, at=MONDAY_10, part=Part.ABOVE, **details) -> Change:
    outcome = act_as(part, case, action, TOWN, at, **details)
    assert isinstance(outcome, Change), outcome
    return outcome


def asked_by_a_resident(case: Case, at=MONDAY_10) -> Change | Refusal:
    return do(case, Action.REMIND, standings(case, REPORTER, TOWN, at), Details(), None, TOWN, at)


def test_a_level_above_watches():
    """With a reason, once, and whoever owns it later is watched as well; no clock moves."""
    case = opened()
    assert act_as(Part.ABOVE, case, Action.SUPERVISE, TOWN, MONDAY_10, text=None) is Refusal.TEXT_MISSING

    watched = change(case, Action.SUPERVISE)

    assert [event.name for event in watched.events] == [EventType.SUPERVISED]
    assert watched.case.due_at == case.due_at
    assert act_as(Part.ABOVE, watched.case, Action.SUPERVISE, TOWN, MONDAY_10) is Refusal.ALREADY
    assert tick(watched.case, TOWN, case.due_at).case.ticket.supervised


def test_the_owner_does_not_supervise_himself():
    """It is for the levels above."""
    assert act_as(Part.OWNER, opened(), Action.SUPERVISE, TOWN, MONDAY_10) is Refusal.NOT_YOUR_PART


def test_whoever_waits_may_ask_how_it_stands():
    """The level above or the resident; the clock is not moved, and there is no climb."""
    for asked in (change(opened(), Action.REMIND, text=None), asked_by_a_resident(opened())):
        assert isinstance(asked, Change)
        assert [(event.name, event.reason) for event in asked.events] == [(EventType.REMINDED, Reason.ASKED_FOR)]
        assert (asked.case.due_at, asked.case.ticket.reminded_at) == (opened().due_at, MONDAY_10)


@pytest.mark.parametrize(("after", "refused"), [(DAY - timedelta(seconds=1), Refusal.TOO_SOON), (DAY, None)])
def test_once_a_day_for_all_of_them_together(after, refused):
    """Whoever asked last: within a day nobody asks again."""
    case = change(change(opened(), Action.REMIND).case, Action.ACCEPT, part=Part.OWNER).case

    [who] = standings(case, REPORTER, TOWN, MONDAY_10)
    assert refusal(case, Action.REMIND, who, TOWN, MONDAY_10 + after) is refused


def test_an_owner_asks_his_handler():
    """Himself he need not ask, and a handler has nobody to ask."""
    assert act_as(Part.OWNER, opened(), Action.REMIND, TOWN, MONDAY_10) is Refusal.NOTHING_TO_DO

    case = change(opened(), Action.ESCALATE, part=Part.OWNER).case

    assert change(case, Action.REMIND, part=Part.OWNER).case.ticket.reminded_at == MONDAY_10
    assert act_as(Part.HANDLER, case, Action.REMIND, TOWN, MONDAY_10) is Refusal.NOT_YOUR_PART


def test_what_stands_still_is_not_asked_for():
    """Nobody owes work until the review date."""
    paused = change(opened(), Action.DELIBERATE, part=Part.OWNER, until=MONDAY_10 + DAY).case

    assert asked_by_a_resident(paused) is Refusal.WRONG_STATUS
