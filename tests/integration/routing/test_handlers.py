"""Routing's handlers on both databases: once each, all or nothing, and the chain whole."""

from datetime import timedelta
from uuid import uuid4, uuid5

import pytest

from services.routing import handlers, store
from services.routing.domain.opening import UnknownPlace
from shared.chain import verify
from shared.contracts.envelope import decode
from shared.contracts.events import PostUnreachable
from shared.contracts.vocabulary import Action, EventType, Refusal, Status
from shared.db import reading
from tests.builders import MONDAY_10, a_submission
from tests.integration.routing.conftest import KEY, envelope_of
from tests.integration.routing.told import assert_whole, heads, names


def test_repeats_open_one_case(desk):
    """A submission that comes twice in a batch and again in the next opens one case, and is said once."""
    first, second, third = a_submission(), a_submission(), a_submission(door_code="D-V")

    desk.open(first, second, first)
    desk.open(second, third, first, third)

    assert len(heads(desk)) == 3
    assert names(desk.said(first.ticket_id)) == [EventType.SUBMITTED, EventType.ASSIGNED]
    assert len(desk.recorder.rows) == len({row.message_id for row in desk.recorder.rows}) == 6
    assert_whole(desk)


def test_events_carry_the_trace_of_their_command(desk):
    """What a submission causes belongs to its trace."""
    command = a_submission()
    envelope = envelope_of(command)

    with desk.outbox.work() as work:
        handlers.open_cases(work, [(envelope, command)], desk.town, MONDAY_10, KEY)

    assert {decode(row.body)[0].traceparent for row in desk.recorder.rows} == {envelope.traceparent}
    assert {decode(row.body)[0].subject for row in desk.recorder.rows} == {str(command.ticket_id)}


def test_one_bad_command_leaves_nothing_written(desk):
    """An error in one command undoes the whole batch: it comes again one by one."""
    with pytest.raises(UnknownPlace):
        desk.open(a_submission(), a_submission(door_code="D-X"), a_submission())

    assert (heads(desk), desk.staged(), desk.recorder.rows) == ([], 0, [])


def test_a_repeated_action_gets_the_first_answer(desk):
    """The same ``action_id`` changes nothing a second time, whatever has happened since."""
    command, accept = a_submission(), uuid4()
    desk.open(command)
    accepted = desk.act(command.ticket_id, Action.ACCEPT, action_id=accept)
    desk.act(command.ticket_id, Action.RESOLVE)

    assert accepted.ticket.status is Status.ACCEPTED
    assert desk.act(command.ticket_id, Action.ACCEPT, action_id=accept) == accepted
    assert names(desk.said())[2:] == [EventType.ACCEPTED, EventType.RESOLVED]
    assert_whole(desk)


def test_a_foreign_hand_is_refused_with_the_state(desk):
    """Somebody who does not hold the post (any more), and an old number, are refused and told how it stands."""
    command = a_submission()
    desk.open(command)

    for wrong, reason in (
        ({"person": "p-U-unit_head"}, Refusal.NOT_HOLDER),
        ({"post": "U:unit_head"}, Refusal.NOT_HOLDER),
        ({"assignment": 2}, Refusal.NOT_YOURS),
    ):
        refused = desk.act(command.ticket_id, Action.ACCEPT, **wrong).refused
        assert (refused.reason, refused.ticket.version) == (reason, 2)


def test_a_story_keeps_its_chain_whole(desk):
    """Opened, climbed, assigned down, handed back, resolved, closed by the clock: one chain, and no clock left."""
    command = a_submission()
    id = command.ticket_id
    desk.open(command)
    desk.ring(desk.case(id).case.due_at)
    now = MONDAY_10 + timedelta(hours=5)
    desk.act(id, Action.ASSIGN, now, to="property_manager")
    handler = desk.case(id).case.ticket.handler
    named = {"post": handler.post, "person": "p-K-property_manager", "assignment": handler.assignment}
    desk.act(id, Action.HAND_BACK, now, **named)
    desk.act(id, Action.RESOLVE, now)
    desk.ring(now + timedelta(days=4))

    assert names(desk.said(id))[2:] == ["escalated", "accepted", "assigned", "handed_back", "resolved", "closed"]
    assert_whole(desk)
    assert desk.case(id).case.due_at is None
    assert desk.ring(now + timedelta(days=400)) == 0


def test_news_of_a_post_that_nobody_reached(desk):
    """The ticket climbs; a repeat of the news, or news of a ticket that routing does not know, changes nothing."""
    command = a_submission()
    desk.open(command)
    desk.act(command.ticket_id, Action.ESCALATE, MONDAY_10)

    for id in (command.ticket_id, command.ticket_id, uuid4()):
        news = PostUnreachable(at=MONDAY_10, ticket_id=id, post="K:property_manager", assignment=1)
        with desk.outbox.work() as work:
            message_id = uuid5(id, "unreachable")
            handlers.pass_over_unreachable(work, message_id, news, desk.town, MONDAY_10, KEY)

    assert names(desk.said()) == [
        EventType.SUBMITTED,
        EventType.ASSIGNED,
        EventType.ESCALATED,
        EventType.REMINDED,
    ]
    assert_whole(desk)


def test_words_are_erased_where_routing_keeps_them(desk):
    """Of the case and of the answers to actions, once it is over; a repeat says nothing again, and the chain holds."""
    command = a_submission(description="只有这里写的话")
    desk.open(command)
    id = command.ticket_id

    def erase(ticket_id):
        with desk.outbox.work() as work:
            return handlers.erase_words(work, ticket_id, desk.town, MONDAY_10, KEY)

    desk.act(id, Action.ACCEPT)
    assert not erase(id), "it is open"
    assert not erase(uuid4())
    desk.act(id, Action.RESOLVE)
    assert erase(id)
    assert erase(id)

    with reading(desk.outbox.engine) as connection:
        kept = [*connection.execute(store.cases.select()), *connection.execute(store.answers.select())]
    assert "只有这里写的话" not in str(kept)
    said = desk.said(id)
    assert names(said)[-1] is EventType.ERASED
    assert names(said).count(EventType.ERASED) == 1
    assert said[-1].hash == desk.case(id).hash
    assert verify(said[-1].wire_type(), said[-1].data, KEY)
