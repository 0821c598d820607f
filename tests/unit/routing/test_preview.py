"""The dry run: what it says of a ticket is what becomes of one that is filed and left alone."""

from datetime import timedelta

import pytest

from services.routing.domain.opening import UnknownPlace, open_case
from services.routing.domain.preview import preview
from services.routing.domain.ticking import tick
from shared.contracts.events import TicketAssigned, TicketEscalated, TicketOverdue
from shared.contracts.queries import PreviewWanted
from shared.contracts.vocabulary import Action, Reason, Urgency
from shared.directory import Town
from tests.acting import act, write
from tests.builders import MONDAY_10, a_submission, a_town
from tests.unit.routing.towns import directory_by_chance

TOWN = a_town()
FRIDAY_EVENING = MONDAY_10 + timedelta(days=4, hours=9)


def wanted(**differences: object) -> PreviewWanted:
    return PreviewWanted(**{"door_code": "D-U", "category": "lighting", "at": MONDAY_10, **differences})


@pytest.mark.parametrize("town", [TOWN, *(Town(directory_by_chance(number)) for number in range(8))])
@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("urgency", [None, *Urgency])
def test_what_it_says_is_what_happens(town: Town, accepted: bool, urgency: Urgency | None) -> None:
    """Step by step: each owner, each limit, each moment and each reason, in whatever town."""
    said = preview(wanted(accepted=accepted, urgency=urgency, at=FRIDAY_EVENING), town, MONDAY_10)
    filed = open_case(a_submission(urgency=urgency, submitted_at=FRIDAY_EVENING), town, FRIDAY_EVENING, write)
    case, events = filed.case, list(filed.events)
    while not isinstance(events[-1], TicketOverdue):
        if accepted and not case.ticket.owner.accepted_at:
            case = act(case, Action.ACCEPT, case.ticket.owner, town, case.ticket.owner.since).case
        change = tick(case, town, case.due_at)
        case = change.case
        events += change.events

    moves = [event for event in events if isinstance(event, TicketAssigned | TicketEscalated)]
    assert [(rung.at, rung.level, rung.owner.post, rung.accept_by, rung.resolve_by) for rung in said.rungs] == [
        (each.at, each.ticket.level, each.ticket.owner.post, each.ticket.accept_by, each.ticket.resolve_by)
        for each in moves
    ]
    assert [rung.steps for rung in said.rungs] == [getattr(each, "steps", ()) for each in moves]
    assert (said.overdue_at, said.policy, said.urgency) == (events[-1].at, case.ticket.policy, case.ticket.urgency)


def test_the_ladder_of_a_lamp_that_nobody_looks_after() -> None:
    """Whose it is, when it climbs, who is told besides; with owners that accept it climbs when their time is up."""
    said = preview(wanted(), TOWN, MONDAY_10)
    assert [(rung.level, rung.owner.name) for rung in said.rungs] == [
        ("unit", "丽园小区物业"),
        ("community", "丽园社区"),
        ("subdistrict", "清源街道"),
    ]
    assert [post.post for post in said.rungs[0].in_digest] == ["U:unit_head"]
    for lower, upper in zip(said.rungs, said.rungs[1:], strict=False):
        assert (upper.at, [step.reason for step in upper.steps]) == (lower.accept_by, [Reason.ACCEPT_OVERDUE])
    at_work = preview(wanted(accepted=True), TOWN, MONDAY_10)
    for lower, upper in zip(at_work.rungs, at_work.rungs[1:], strict=False):
        assert (upper.at, [step.reason for step in upper.steps]) == (lower.resolve_by, [Reason.RESOLVE_OVERDUE])


def test_without_a_moment_it_is_filed_now_and_without_a_door_not_at_all() -> None:
    """Of an unknown category it says what it would be taken for."""
    said = preview(wanted(at=None, category="gone"), TOWN, FRIDAY_EVENING)
    assert (said.at, said.category) == (FRIDAY_EVENING, "other")
    with pytest.raises(UnknownPlace):
        preview(wanted(door_code="D-gone"), TOWN, MONDAY_10)
