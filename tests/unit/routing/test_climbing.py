"""What climbs, when and why, told as short stories on the pure domain."""

from datetime import UTC, timedelta

from services.routing.domain.ticking import tick, unreachable
from shared.contracts.events import PostUnreachable
from shared.contracts.vocabulary import Action, EventType, Reason, Status
from tests.builders import MONDAY_10
from tests.unit.routing.carrying import TOWN, done, names, opened, shanghai


def test_nobody_accepts():
    """Silence climbs rung by rung; the handler keeps the work, the waiting post never comes back as owner."""
    case = opened()

    change = tick(case, TOWN, case.due_at)

    ticket = change.case.ticket
    assert names(change) == [EventType.ESCALATED]
    assert change.events[0].steps[0].reason is Reason.ACCEPT_OVERDUE
    assert (ticket.owner.post, ticket.handler.post) == ("C:community_officer", "K:property_manager")
    assert ticket.status is Status.ASSIGNED


def test_past_its_outer_limit_it_goes_to_the_top_in_one_step():
    """When the time of all of them is over, the levels on the way are not asked one after the other."""
    case = opened(outer_limit=shanghai(2, 20))

    change = tick(case, TOWN, shanghai(2, 20))

    assert names(change) == [EventType.ESCALATED, EventType.OVERDUE]
    assert [step.level for step in change.events[0].steps] == ["community", "subdistrict"]
    assert change.case.ticket.handler.post == "K:property_manager"
    assert tick(change.case, TOWN, shanghai(2, 20)).events == ()


def test_a_clock_rings_once():
    """A case rung at its due moment is not due again at that moment."""
    case = opened()
    after = tick(case, TOWN, case.due_at).case

    assert tick(after, TOWN, case.due_at).events == ()


def test_accepted_but_not_resolved():
    """Who accepts and does nothing loses it when the rung's time is over."""
    case = done(opened(), Action.ACCEPT)

    assert case.due_at == case.ticket.resolve_by
    change = tick(case, TOWN, case.due_at)
    assert change.events[0].steps[0].reason is Reason.RESOLVE_OVERDUE


def test_the_top_is_reminded_each_working_day():
    """At the top overdue means the public mark, then a reminder each working day; it never falls off."""
    case = opened()
    while case.ticket.level != "subdistrict":
        case = tick(case, TOWN, case.due_at).case

    marked = tick(case, TOWN, case.due_at)
    reminded = tick(marked.case, TOWN, marked.case.due_at)

    assert names(marked) == [EventType.OVERDUE]
    assert marked.case.ticket.overdue
    assert names(reminded) == [EventType.REMINDED]
    assert reminded.case.due_at.astimezone(UTC).hour == 1  # 09:00 in Shanghai


def test_an_unreachable_post_is_passed_over():
    """Notify reached nobody: the ticket climbs; the same news of an older assignment changes nothing."""
    case = opened()
    news = PostUnreachable(at=MONDAY_10, ticket_id=case.ticket.id, post="K:property_manager", assignment=1)

    climbed = unreachable(case, news, TOWN, MONDAY_10)

    assert climbed.events[0].steps[0].reason is Reason.UNREACHABLE
    assert unreachable(climbed.case, news, TOWN, MONDAY_10).case.ticket.level == "community"


def test_a_late_climb_leaves_time_to_accept():
    """After an outage of a week the community still has its time to accept: it did not sleep."""
    case = opened()
    later = case.due_at + timedelta(days=7)

    ticket = tick(case, TOWN, later).case.ticket

    assert later < ticket.accept_by <= ticket.resolve_by
