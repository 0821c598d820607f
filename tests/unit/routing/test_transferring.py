"""Sideways to another post of the level, back from the handler, and not taken up at all."""

from datetime import timedelta

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.contracts.ticket import Task
from shared.contracts.vocabulary import Action, EventType, Part, Refusal, Status
from tests.acting import act_as, offered, write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
HOUR = timedelta(hours=1)


def opened(**differences) -> Case:
    return open_case(a_submission(**differences), TOWN, MONDAY_10, write).case


def change(case: Case, action: Action, at=MONDAY_10, part=Part.OWNER, **details) -> Change:
    outcome = act_as(part, case, action, TOWN, at, **details)
    assert isinstance(outcome, Change), outcome
    return outcome


def refused(case: Case, action: Action, at=MONDAY_10, part=Part.OWNER, **details) -> Refusal:
    outcome = act_as(part, case, action, TOWN, at, **details)
    assert isinstance(outcome, Refusal)
    return outcome


def assigned() -> Case:
    """The community owns it, the property manager works on it."""
    return change(change(opened(), Action.ESCALATE).case, Action.ASSIGN, to="property_manager").case


def test_another_post_of_the_level_owns_it():
    """It has a time to accept of its own; until when it has to be resolved stays, and so does the level."""
    case = change(opened(), Action.ACCEPT).case

    transferred = change(case, Action.TRANSFER, MONDAY_10 + HOUR, to="grid_worker")

    ticket = transferred.case.ticket
    assert [event.name for event in transferred.events] == [EventType.TRANSFERRED]
    assert transferred.events[0].replaced == case.ticket.owner
    assert (ticket.owner.post, ticket.level, ticket.status) == ("C:grid_worker", "unit", Status.ASSIGNED)
    assert ticket.handler == ticket.owner
    assert ticket.resolve_by == case.ticket.resolve_by
    assert MONDAY_10 + HOUR < ticket.accept_by == transferred.case.due_at <= ticket.resolve_by


def test_a_handler_works_on_under_the_new_owner():
    """Only the former owner's own hands are off it; a handler who owns it now has one seat, the owner's."""
    for handler, seats in (("urban_management", ["C:grid_worker", "S:urban_management"]), ("grid_worker", None)):
        case = change(opened(), Action.ASSIGN, to=handler).case
        ticket = change(case, Action.TRANSFER, to="grid_worker").case.ticket
        assert [seat.post for seat in ticket.seats] == (seats or ["C:grid_worker"])


def _peers(case: Case) -> list[str]:
    forms = offered(case, case.ticket.owner, TOWN, MONDAY_10)
    return [choice.post for form in forms if form.action is Action.TRANSFER for choice in form.posts]


def test_to_whom_it_may_go():
    """Whoever owns such matters at the level: nobody above or below, not the owner himself, nor whom it is about."""
    assert _peers(opened()) == ["C:grid_worker", "U:unit_head"]
    for to in ("community_officer", "K:property_manager", "V:unit_head", "nobody"):
        assert refused(opened(), Action.TRANSFER, to=to) is Refusal.NO_SUCH_POST
    assert refused(opened(), Action.TRANSFER, to="grid_worker", text=None) is Refusal.TEXT_MISSING


def test_where_the_level_has_nobody_else_there_is_no_transfer():
    """At the top of this town there is one post."""
    assert refused(opened(about_role="community_officer"), Action.TRANSFER) is Refusal.NO_SUCH_POST


def test_it_is_not_passed_round():
    """Twice, then whoever has it keeps it or goes up."""
    case = change(opened(), Action.TRANSFER, to="grid_worker").case
    case = change(case, Action.TRANSFER, to="unit_head").case

    assert refused(case, Action.TRANSFER, to="grid_worker") is Refusal.TOO_OFTEN


def test_what_is_late_goes_up_and_not_sideways():
    """A transfer buys no time."""
    case = opened()

    assert refused(case, Action.TRANSFER, case.ticket.resolve_by, to="grid_worker") is Refusal.TOO_LATE
    near = change(case, Action.TRANSFER, case.ticket.resolve_by - HOUR, to="grid_worker").case
    assert near.ticket.accept_by == near.ticket.resolve_by == case.ticket.resolve_by
    assert tick(near, TOWN, near.due_at).case.ticket.level == "community"


def test_the_owner_takes_the_work_back():
    """The handler's sitting ends with that, and the owner's limit is the one that runs; taking back is accepting."""
    climbed = change(opened(), Action.ESCALATE).case
    taken = change(climbed, Action.TAKE_BACK)

    assert [event.name for event in taken.events] == [EventType.ACCEPTED, EventType.TAKEN_BACK]
    assert taken.events[-1].replaced == climbed.ticket.handler
    assert taken.case.ticket.handler == taken.case.ticket.owner
    case = change(assigned(), Action.TAKE_BACK).case
    assert case.due_at == case.ticket.resolve_by
    assert refused(case, Action.TAKE_BACK) is Refusal.NOTHING_TO_DO


def test_the_handler_takes_nothing_back():
    """Only the owner."""
    assert refused(assigned(), Action.TAKE_BACK, part=Part.HANDLER) is Refusal.NOT_OWNER
    assert refused(assigned(), Action.TRANSFER, part=Part.HANDLER) is Refusal.NOT_OWNER
    assert refused(assigned(), Action.REJECT, part=Part.HANDLER) is Refusal.NOT_OWNER


def test_not_taken_up():
    """With a reason; no clock runs any more, and nothing else can be done by those at work."""
    assert refused(opened(), Action.REJECT, text=None) is Refusal.TEXT_MISSING

    rejected = change(opened(), Action.REJECT).case

    assert (rejected.ticket.status, rejected.ticket.closed_at, rejected.due_at) == (Status.REJECTED, MONDAY_10, None)
    assert refused(rejected, Action.REJECT) is Refusal.WRONG_STATUS


def test_what_stands_still_may_be_refused_too():
    """Every open ticket may; but not while parts of it go on."""
    paused = change(opened(), Action.DELIBERATE, until=MONDAY_10 + HOUR).case
    task = Task(ticket_id=paused.ticket.id, code=paused.ticket.code, post="K:property_manager")
    split = Case(paused.ticket.model_copy(update={"tasks": (task,)}), paused.policy, paused.due_at)

    assert change(paused, Action.REJECT).case.ticket.pause is None
    assert refused(split, Action.REJECT) is Refusal.TASKS_OPEN


@pytest.mark.parametrize("action", [Action.TRANSFER, Action.TAKE_BACK])
def test_in_a_pause_nobody_is_changed(action):
    """It goes on first."""
    paused = change(assigned(), Action.DELIBERATE, until=MONDAY_10 + HOUR).case

    assert refused(paused, action) is Refusal.WRONG_STATUS
