"""What comes back from whoever is not content, told as short stories on the pure domain."""

from datetime import timedelta

from services.routing.domain.case import Change
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.contracts.commands import By
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal, Status
from tests.acting import write
from tests.builders import MONDAY_10, a_submission, a_town
from tests.unit.routing.neighbours import (
    REPORTER,
    SOON,
    TOWN,
    cosigned,
    done,
    names,
    opened,
    reasons,
    rejected,
    resolved,
    tried,
)


def test_the_same_level_has_it_again_with_all_its_time():
    """Owner and work are the level's own, the limits count from the reopening, not from the opening."""
    first = opened()
    later = MONDAY_10 + timedelta(days=2)
    change = done(resolved(first), Action.REOPEN, REPORTER, later, text="又不亮了")

    ticket = change.case.ticket
    fresh = open_case(a_submission(submitted_at=later), TOWN, later, write).case
    assert names(change) == [EventType.REOPENED]
    assert (ticket.status, ticket.level, ticket.owner.post) == (Status.ASSIGNED, "unit", "K:property_manager")
    assert (ticket.accept_by, ticket.resolve_by) == (fresh.ticket.accept_by, fresh.ticket.resolve_by)
    assert change.case.due_at == ticket.accept_by
    assert ticket.owner.assignment > first.ticket.owner.assignment, "an old link works no more"
    assert (ticket.reopenings, ticket.resolved_at, ticket.closed_at) == (1, None, None)


def test_the_second_time_climbs():
    """A level that has not settled it twice does not get it a third time."""
    once = done(resolved(opened()), Action.REOPEN, REPORTER, text="又不亮了").case
    cosigner = By(resident=Part.COSIGNER, household="U-1")
    change = done(resolved(cosigned(once, [1], confirmed=1)), Action.REOPEN, cosigner, text="还是不亮")

    assert names(change) == [EventType.REOPENED, EventType.ESCALATED]
    assert reasons(change) == [Reason.REOPENED_AGAIN]
    assert (change.case.ticket.level, change.case.ticket.handler.post) == ("community", "K:property_manager")


def test_at_the_top_it_stays():
    """As often as it is reopened, with all its time again."""
    case = opened(category="conduct")
    case = tick(case, TOWN, case.due_at).case
    for count in (1, 2, 3):
        now = MONDAY_10 + timedelta(days=count)
        change = done(resolved(case, now), Action.REOPEN, REPORTER, now, text="没有解决")
        case = change.case
        assert names(change) == [EventType.REOPENED]
        assert (case.ticket.level, case.ticket.overdue) == ("subdistrict", False)
        assert case.due_at == case.ticket.accept_by > now


def test_within_its_window():
    """Ten days after it was closed, with words."""
    closed = done(resolved(opened()), Action.CONFIRM, REPORTER).case

    assert isinstance(tried(closed, Action.REOPEN, REPORTER, SOON + timedelta(days=9), text="又坏了"), Change)
    assert tried(closed, Action.REOPEN, REPORTER, SOON + timedelta(days=12), text="又坏了") is Refusal.TOO_LATE
    assert tried(closed, Action.REOPEN, REPORTER) is Refusal.TEXT_MISSING
    assert tried(opened(), Action.REOPEN, REPORTER, text="又坏了") is Refusal.WRONG_STATUS


def test_where_the_level_has_nobody_any_more():
    """It goes up at once, and says why."""
    town = a_town(vacant=frozenset({"K:property_manager"}))
    change = done(resolved(opened()), Action.REOPEN, REPORTER, text="又坏了", town=town)

    assert reasons(change) == [Reason.POST_VACANT]
    assert change.case.ticket.owner.post == "C:community_officer"


def test_an_appeal_goes_one_level_up():
    """Once, with words; by who reported it."""
    change = done(rejected(opened()), Action.APPEAL, REPORTER, text="这是公共区域")

    assert names(change) == [EventType.APPEALED, EventType.ESCALATED]
    assert reasons(change) == [Reason.APPEALED]
    ticket = change.case.ticket
    assert (ticket.status, ticket.level, ticket.appealed) == (Status.ASSIGNED, "community", True)
    assert ticket.accept_by > SOON
    assert tried(rejected(change.case), Action.APPEAL, REPORTER, text="再次") is Refusal.TOO_OFTEN
    assert tried(rejected(opened()), Action.APPEAL, REPORTER) is Refusal.TEXT_MISSING
    cosigner = By(resident=Part.COSIGNER, household="U-1")
    assert tried(rejected(cosigned(opened(), [1])), Action.APPEAL, cosigner, text="不服") is Refusal.NOT_YOUR_PART


def test_at_the_top_an_appeal_goes_to_the_top_again():
    """There is nobody above; it is looked at once more."""
    case = opened(category="conduct")
    case = rejected(tick(case, TOWN, case.due_at).case)
    change = done(case, Action.APPEAL, REPORTER, text="请再看一次")

    assert names(change) == [EventType.APPEALED]
    assert (change.case.ticket.level, change.case.ticket.status) == ("subdistrict", Status.ASSIGNED)
