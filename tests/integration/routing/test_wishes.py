"""An action's id is one wish's; what was done is kept, what was refused is not, and the loser of two is told more."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.routing import store
from shared.contracts.commands import Happened
from shared.contracts.ticket import Actor
from shared.contracts.vocabulary import Action, Detail, EventType, Part, Refusal
from shared.db import transaction
from tests.builders import MONDAY_10, a_submission
from tests.integration.routing.told import deeds, names


@pytest.mark.parametrize(
    "other",
    [
        {"text": "另一句话"},
        {"photos": ("p",)},
        {"internal": True},
        {"action": Action.ESCALATE},
        {"person": "p-C-community_officer", "post": None, "assignment": None},
        {"resident": Part.REPORTER, "person": None, "post": None, "assignment": None, "action": Action.COMMENT},
    ],
)
def test_an_action_id_belongs_to_one_wish(desk, other):
    """Another text, other details, another action or somebody else under a used id is refused, and nothing is done; the
    first wish still gets its answer."""
    command, used = a_submission(), uuid4()
    desk.open(command)
    wish = {"id": command.ticket_id, "action": Action.NOTE, "action_id": used}
    first = desk.act(**wish)

    refused = desk.act(**wish | other).refused

    assert (refused.reason, refused.ticket) == (Refusal.ACTION_ID_USED, first.ticket)
    assert desk.act(**wish) == first
    assert names(desk.said())[2:] == [EventType.NOTED]


def test_a_refused_action_may_come_again(desk):
    """Corrected or at a better moment, under the same id: then it is done; the trail has each."""
    command, mended, later = a_submission(), uuid4(), uuid4()
    desk.open(command)
    id = command.ticket_id

    assert desk.act(id, Action.HAND_BACK, action_id=mended, text=None).refused.reason is Refusal.TEXT_MISSING
    assert desk.act(id, Action.RESUME, action_id=later).refused.reason is Refusal.WRONG_STATUS
    assert desk.act(id, Action.DELIBERATE, until=MONDAY_10 + timedelta(hours=1)).ticket
    assert desk.act(id, Action.RESUME, action_id=later).ticket
    assert desk.act(id, Action.HAND_BACK, action_id=mended).ticket

    assert [deed.outcome for deed in deeds(desk)] == ["text_missing", "wrong_status", "done", "done", "done"]
    assert len({deed.id for deed in deeds(desk)}) == 5


def test_a_date_that_is_refused_is_told_the_latest(desk):
    """As the form would have said."""
    command = a_submission()
    desk.open(command)
    resolve_by = desk.case(command.ticket_id).case.ticket.resolve_by
    desk.act(command.ticket_id, Action.ESCALATE)
    late = {"to": "property_manager", "until": resolve_by + timedelta(days=99)}
    refused = desk.act(command.ticket_id, Action.ASSIGN, **late).refused
    assert (refused.reason, refused.fields) == (Refusal.NO_SUCH_DATE, (Detail.UNTIL,))
    assert refused.until_at_most == desk.case(command.ticket_id).case.ticket.resolve_by
    assert desk.act(command.ticket_id, Action.ARRIVE).refused.until_at_most is None


def test_an_answer_from_before_wishes_were_kept_is_given_to_its_id(desk):
    """A database of before has no digest: whoever repeats across the upgrade gets the answer."""
    command, used = a_submission(), uuid4()
    desk.open(command)
    first = desk.act(command.ticket_id, Action.NOTE, action_id=used)
    with transaction(desk.outbox.engine) as connection:
        connection.execute(store.answers.update().values(wish=None))

    assert desk.act(command.ticket_id, Action.NOTE, action_id=used) == first
    assert desk.act(command.ticket_id, Action.NOTE, action_id=used, text="另一句话") == first


def test_whoever_comes_too_late_is_told_what_has_happened(desk):
    """By whom and when, and since when the ticket has its status; the clock's doings are nobody's, a note for those at
    work alone is not told, and of a case from before that was kept nothing is until something happens."""
    command = a_submission()
    desk.open(command)
    id, owner = command.ticket_id, desk.case(command.ticket_id).case.ticket.owner
    manager = Actor(post=owner.post, role=owner.role)

    def last():
        return desk.act(id, Action.ARRIVE).refused.last

    hours = [MONDAY_10 + timedelta(hours=each) for each in range(4)]
    assert last() == Happened(type=EventType.ASSIGNED, at=hours[0], since=hours[0])
    desk.act(id, Action.ACCEPT, hours[1])
    desk.act(id, Action.NOTE, hours[2])
    noted = Happened(type=EventType.NOTED, at=hours[2], by=manager, since=hours[1])
    desk.act(id, Action.NOTE, hours[3], internal=True)
    assert last() == noted
    with transaction(desk.outbox.engine) as connection:
        connection.execute(store.cases.update().values(last=None))
    assert last() is None
    desk.act(id, Action.NOTE, hours[2])
    assert last() == noted.model_copy(update={"since": None})
    due = desk.case(id).case.due_at
    desk.ring(due)
    assert last() == Happened(type=EventType.ESCALATED, at=due, since=due)


def test_what_was_done_before_a_merge_is_not_done_again_after_it(desk):
    """The reporter's answer was lost, and meanwhile the ticket goes on as another: the same wish gets its answer."""
    mine, other, used = a_submission(), a_submission(), uuid4()
    for each in (mine, other):
        desk.open(each)
    reporter = {"resident": Part.REPORTER, "person": None, "post": None, "assignment": None}
    first = desk.act(mine.ticket_id, Action.COMMENT, action_id=used, **reporter)
    assert desk.act(mine.ticket_id, Action.MERGE, ticket=desk.case(other.ticket_id).case.ticket.code).ticket

    again = desk.act(other.ticket_id, Action.COMMENT, action_id=used, **reporter, through=mine.ticket_id)

    assert again == first
    assert EventType.COMMENTED not in names(desk.said(other.ticket_id))
