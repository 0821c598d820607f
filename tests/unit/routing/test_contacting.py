"""In touch with the resident, and what is written down for whom."""

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.doing import at_fault
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.contracts.commands import Details
from shared.contracts.ticket import Task
from shared.contracts.vocabulary import Action, Detail, EventType, Grade, Part, Refusal, Status, Way
from tests.acting import act_as, write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
PHONED = {"way": Way.PHONE, "reached": True}
IN_VAIN = {"way": Way.VISIT, "reached": False}


def opened() -> Case:
    return open_case(a_submission(), TOWN, MONDAY_10, write).case


def done(case: Case, action: Action, part: Part = Part.OWNER, **details) -> Change:
    change = act_as(part, case, action, TOWN, MONDAY_10, **details)
    assert isinstance(change, Change), change
    return change


def resolved(**details) -> Case:
    return done(opened(), Action.RESOLVE, **details).case


def test_the_first_time_that_the_resident_is_reached_counts():
    """An attempt is written down and is no contact; later ones do not move the first, and no clock moves."""
    tried = done(opened(), Action.CONTACT, **IN_VAIN)
    assert (tried.events[0].name, tried.case.ticket.contacted_at) == (EventType.CONTACTED, None)

    reached = done(tried.case, Action.CONTACT, Part.ABOVE, **PHONED)
    again = act_as(Part.OWNER, reached.case, Action.CONTACT, TOWN, reached.case.due_at, **PHONED)

    assert reached.case.ticket.contacted_at == again.case.ticket.contacted_at == MONDAY_10
    assert reached.case.due_at == again.case.due_at == opened().due_at


@pytest.mark.parametrize("said", [{"settled": True}, {"grade": Grade.GOOD}])
def test_who_was_not_reached_has_said_nothing(said):
    """A grade of somebody whom nobody reached is refused."""
    assert act_as(Part.OWNER, resolved(), Action.CALL_BACK, TOWN, MONDAY_10, **IN_VAIN, **said) is Refusal.NOT_TAKEN


def test_a_call_back_needs_way_and_outcome():
    """Without them it says nothing."""
    assert act_as(Part.OWNER, resolved(), Action.CALL_BACK, TOWN, MONDAY_10, way=Way.PHONE) is Refusal.INCOMPLETE


def test_a_call_back_that_says_not_settled_is_kept_and_reopens_nothing():
    """To reopen is the resident's; a later attempt in vain does not take back what was said."""
    case = resolved()
    told = done(case, Action.CALL_BACK, **PHONED, settled=False, grade=Grade.BAD)
    tried = done(told.case, Action.CALL_BACK, **IN_VAIN)

    ticket = tried.case.ticket
    assert (ticket.status, tried.case.due_at) == (Status.RESOLVED, case.due_at)
    assert (ticket.called_back.settled, ticket.called_back.grade) == (False, Grade.BAD)
    assert not tried.events[0].contact.reached


def test_contact_is_for_what_goes_on_and_a_call_back_for_what_is_over():
    """Each in its time, also after the ticket has closed."""
    case = resolved()
    closed = tick(case, TOWN, case.due_at).case

    assert act_as(Part.OWNER, opened(), Action.CALL_BACK, TOWN, MONDAY_10, **PHONED) is Refusal.WRONG_STATUS
    assert act_as(Part.OWNER, case, Action.CONTACT, TOWN, MONDAY_10, **PHONED) is Refusal.WRONG_STATUS
    assert done(closed, Action.CALL_BACK, **PHONED).case.ticket.status is Status.CLOSED


@pytest.mark.parametrize("part", [Part.OWNER, Part.ABOVE, Part.AT_DOOR])
def test_whoever_is_concerned_may_write_it_down(part):
    """A level above and a post at the door as well as the owner; internal is what they say is."""
    change = done(opened(), Action.NOTE, part, internal=True)

    assert change.events[0].internal
    assert not done(opened(), Action.NOTE, part).events[0].internal
    assert change.case.due_at == opened().due_at


def test_ended_is_not_settled():
    """Who resolves says what was done, and may say whether the matter is settled by it."""
    assert [resolved(settled=said).ticket.settled for said in (None, False, True)] == [None, False, True]
    for said in (None, False, True):
        refused = act_as(Part.OWNER, opened(), Action.RESOLVE, TOWN, MONDAY_10, text=None, settled=said)
        assert refused is Refusal.TEXT_MISSING


def test_a_ticket_is_not_resolved_before_its_tasks():
    """Parts that were split off end first."""
    case = opened()
    task = Task(ticket_id=case.ticket.id, code=case.ticket.code, post="K:property_manager")

    def with_task(ended_at) -> Case:
        tasks = (task.model_copy(update={"ended_at": ended_at}),)
        return Case(case.ticket.model_copy(update={"tasks": tasks}), case.policy, case.due_at)

    assert act_as(Part.OWNER, with_task(None), Action.RESOLVE, TOWN, MONDAY_10) is Refusal.TASKS_OPEN
    assert done(with_task(MONDAY_10), Action.RESOLVE).case.ticket.status is Status.RESOLVED


def test_to_go_up_needs_a_reason():
    """Who asks the level above has to say why."""
    assert act_as(Part.OWNER, opened(), Action.ESCALATE, TOWN, MONDAY_10, text=None) is Refusal.TEXT_MISSING


def test_what_was_said_of_an_end_that_was_none_is_void():
    """Taken up anew it is called back about anew: an attempt in vain leaves no answer of the time before."""
    answered = done(resolved(), Action.CALL_BACK, **PHONED, settled=False).case
    reopened = act_as(Part.REPORTER, answered, Action.REOPEN, TOWN, MONDAY_10)
    again = act_as(Part.OWNER, reopened.case, Action.RESOLVE, TOWN, MONDAY_10).case
    assert again.ticket.called_back is None
    assert not done(again, Action.CALL_BACK, **IN_VAIN).case.ticket.called_back.reached


@pytest.mark.parametrize(
    ("outcome", "said", "fields"),
    [
        (Refusal.INCOMPLETE, {"way": Way.PHONE}, (Detail.REACHED,)),
        (Refusal.NOT_TAKEN, {"way": Way.PHONE, "reached": True, "to": "x"}, (Detail.TO,)),
        (Refusal.NOT_TAKEN, {"way": Way.PHONE, "reached": False, "settled": True}, (Detail.SETTLED,)),
        (Refusal.WRONG_STATUS, {}, ()),
    ],
)
def test_a_refusal_of_the_form_names_its_fields(outcome, said, fields):
    """What is missing, what is not taken; nothing where it was not the form."""
    assert at_fault(outcome, Action.CALL_BACK, Details(**said)) == fields
