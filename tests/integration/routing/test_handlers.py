"""Routing's handlers on both databases: once each, all or nothing, and the chain whole."""

import json
import time
from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4, uuid5

import alembic.command
import pytest
from sqlalchemy import select

from services.routing import handlers, store
from services.routing.domain.opening import UnknownPlace
from shared import migrate
from shared.bus.topology import RECORDS_TRAIL
from shared.chain import verify
from shared.clock import Anchor, Clock
from shared.contracts.directory import Absence, Directory, Duty
from shared.contracts.envelope import decode
from shared.contracts.events import PostUnreachable
from shared.contracts.trail import Origin, Via
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal, Status
from shared.db import reading, transaction
from shared.directory import Town
from tests.builders import HOLIDAYS, MONDAY_10, a_directory, a_policy, a_submission
from tests.integration.routing.conftest import KEY, Desk, envelope_of


def names(events):
    return [event.name for event in events]


def heads(desk: Desk):
    with reading(desk.outbox.engine) as connection:
        return store.heads(connection, None, 1000)


def assert_whole(desk: Desk) -> None:
    """Each chain runs from the first event to the stored head, version by version."""
    said = defaultdict(list)
    for event in desk.said():
        said[event.ticket.id].append(event)
    for head in heads(desk):
        events = said[head.ticket.id]
        assert [event.ticket.version for event in events] == list(range(1, head.ticket.version + 1))
        assert events[0].prev_hash == ""
        assert all(later.prev_hash == earlier.hash for earlier, later in pairwise(events))
        assert all(verify(event.wire_type(), event.data, KEY) for event in events)
        assert (events[-1].hash, events[-1].ticket) == (head.hash, head.ticket)


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
    """The same ``action_id`` changes nothing a second time, whatever has happened since, refusals included."""
    command, accept, late = a_submission(), uuid4(), uuid4()
    desk.open(command)
    accepted = desk.act(command.ticket_id, Action.ACCEPT, action_id=accept)
    refused = desk.act(command.ticket_id, Action.ACCEPT, action_id=late)
    desk.act(command.ticket_id, Action.RESOLVE)

    assert accepted.ticket.status is Status.ACCEPTED
    assert desk.act(command.ticket_id, Action.ACCEPT, action_id=accept) == accepted
    assert refused.refused.reason is Refusal.WRONG_STATUS
    assert desk.act(command.ticket_id, Action.ACCEPT, action_id=late) == refused
    assert names(desk.said())[2:] == [EventType.ACCEPTED, EventType.RESOLVED]
    assert_whole(desk)


def test_a_foreign_hand_is_refused_with_the_state(desk):
    """Somebody who does not hold the post, and an old number, are refused and told how it stands."""
    command = a_submission()
    desk.open(command)

    for wrong in ({"person": "p-U-unit_head"}, {"assignment": 2}, {"post": "U:unit_head"}):
        refused = desk.act(command.ticket_id, Action.ACCEPT, **wrong).refused
        assert (refused.reason, refused.ticket.version) == (Refusal.NOT_YOURS, 2)


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


def test_a_case_outlives_its_policy(desk):
    """Another policy and directory come into force: the limits that run stay, and the next rung keeps the stamped."""
    command = a_submission()
    desk.open(command)
    before = desk.case(command.ticket_id).case
    rules = {name: rule for name, rule in a_policy().rules.items() if name != "facilities"}
    categories = [each.model_copy(update={"matter": "order"}) for each in a_directory().categories]
    policy = a_policy().model_copy(update={"rules": rules, "hand_backs_at_most": 0, "version": "2"})
    changed = {"policy": policy, "categories": tuple(categories)}
    desk.town = Town(a_directory(2, frozenset({"C:community_officer"})).model_copy(update=changed))

    assert desk.ring(before.due_at - timedelta(seconds=1)) == 0
    assert desk.ring(before.due_at) == 1

    after = desk.case(command.ticket_id).case
    assert after.policy == before.policy
    assert (after.ticket.level, after.ticket.policy) == ("subdistrict", before.ticket.policy)
    assert_whole(desk)


def test_due_cases_ring_in_bites(desk):
    """A bite takes the longest overdue first; nothing rings twice at one moment."""
    commands = [a_submission() for _ in range(handlers.BITE + 20)]
    desk.open(*commands)
    due = desk.case(commands[0].ticket_id).case.due_at

    assert [desk.ring(due) for _ in range(3)] == [handlers.BITE, 20, 0]
    assert {head.ticket.level for head in heads(desk)} == {"community"}
    assert_whole(desk)


def test_the_backlog_says_how_late_the_oldest_clock_is(desk, home):
    """Nothing is late before a clock rings; after it the age is in real seconds, however fast the clock runs."""
    command = a_submission()
    desk.open(command)
    due = desk.case(command.ticket_id).case.due_at

    def backlog_at(virtual):
        anchor = Anchor(real=time.time(), virtual=virtual.timestamp(), speed=60)
        (home / "clock.json").write_text(json.dumps(asdict(anchor)))
        with reading(desk.outbox.engine) as connection:
            return handlers.backlog(connection, Clock(home / "clock.json"), 0.0)

    assert backlog_at(due - timedelta(days=1)).oldest_due_seconds is None
    assert backlog_at(due + timedelta(hours=1)).oldest_due_seconds >= 60


def test_a_case_that_cannot_be_rung_stops_no_other(desk, monkeypatch):
    """Our own mistake with one case is logged, its clock stays overdue; the others ring."""
    good, bad = a_submission(), a_submission()
    desk.open(bad)
    desk.open(good)
    real = handlers.tick

    def faulty(case, town, now):
        if case.ticket.id == bad.ticket_id:
            raise ZeroDivisionError
        return real(case, town, now)

    monkeypatch.setattr(handlers, "tick", faulty)

    assert desk.ring(MONDAY_10 + timedelta(hours=5)) == 2
    assert desk.case(good.ticket_id).case.due_at > MONDAY_10 + timedelta(hours=5)
    assert desk.case(bad.ticket_id).case.due_at < MONDAY_10 + timedelta(hours=5)
    assert_whole(desk)


def test_the_longest_overdue_that_cannot_be_rung_are_passed_over(desk, monkeypatch):
    """As many unreadable cases as go into a bite, all due before the others: the next bite is of the others."""
    monkeypatch.setattr(handlers, "BITE", 2)
    bad, good = [a_submission() for _ in range(2)], [a_submission() for _ in range(3)]
    desk.open(*bad, *good)
    late = MONDAY_10 + timedelta(hours=5)
    with transaction(desk.outbox.engine) as connection:
        spoilt = store.cases.c.id.in_([each.ticket_id for each in bad])
        connection.execute(store.cases.update().where(spoilt).values(policy="{}", due_at=MONDAY_10))

    assert [desk.ring(late) for _ in range(4)] == [2, 2, 1, 0]
    assert all(desk.case(each.ticket_id).case.due_at > late for each in good)
    assert desk.stuck == {each.ticket_id for each in bad}


def test_a_change_of_hands_is_felt_by_the_cases_of_that_post_alone(desk):
    """A new holder hears once of each of his open tickets, however often it is looked; others' are left alone."""
    lights = [a_submission() for _ in range(3)]
    ebike, settled = a_submission(category="ebike"), a_submission()
    desk.open(*lights, ebike, settled)
    desk.act(settled.ticket_id, Action.ACCEPT)
    desk.act(settled.ticket_id, Action.RESOLVE)
    assert desk.change_hands() == 0

    before = len(desk.said())
    desk.town = Town(with_holder(desk.town.directory, "K:property_manager", "p-C-grid_worker"))
    assert [desk.change_hands() for _ in range(3)] == [3, 0, 0]

    news = desk.said()[before:]
    assert {event.ticket.id for event in news} == {each.ticket_id for each in lights}
    assert [(event.name, event.reason) for event in news] == [(EventType.REMINDED, Reason.NEW_HOLDER)] * 3
    assert_whole(desk)


def test_whoever_comes_back_is_told_what_is_open(desk):
    """While nobody is there an accepted ticket says nothing; at the start of the next duty it is told of once."""
    command, tuesday = a_submission(), MONDAY_10 + timedelta(days=1)
    duty = Duty(post="K:property_manager", person="p-K-property_manager", weekday=1)
    directory = with_holder(desk.town.directory, "K:property_manager", None)
    desk.town = Town(directory.model_copy(update={"duties": (duty,)}))
    desk.open(command)
    desk.act(command.ticket_id, Action.ACCEPT)
    before = len(desk.said())

    assert [desk.change_hands(tuesday) for _ in range(2)] == [1, 0]
    assert len(desk.said()) == before
    assert [desk.change_hands(tuesday + timedelta(days=6)) for _ in range(2)] == [1, 0]
    assert [(event.name, event.reason) for event in desk.said()[before:]] == [(EventType.REMINDED, Reason.NEW_HOLDER)]
    assert_whole(desk)


def test_who_was_away_and_is_gone_for_good_keeps_no_ticket(desk):
    """What was accepted waits for who is away; once nobody is named for the post any more it is passed on."""
    command, first = a_submission(), desk.town.directory
    away = Absence(person="p-K-property_manager", first_day=MONDAY_10.date(), last_day=MONDAY_10.date())
    desk.open(command)
    desk.act(command.ticket_id, Action.ACCEPT)
    desk.town = Town(first.model_copy(update={"version": 2, "absences": (away,)}))
    assert [desk.change_hands() for _ in range(2)] == [1, 0]
    assert desk.case(command.ticket_id).case.ticket.owner.post == "K:property_manager"

    desk.town = Town(with_holder(first, "K:property_manager", None))
    assert [desk.change_hands() for _ in range(2)] == [1, 0]
    assert desk.case(command.ticket_id).case.ticket.owner.post == "C:community_officer"
    assert_whole(desk)


def test_a_removed_posts_tickets_are_passed_on_in_bites(desk, monkeypatch):
    """Bite by bite until none is left, each once, though one cannot be read; what climbed is its new owner's."""
    monkeypatch.setattr(handlers, "BITE", 2)
    commands = [a_submission() for _ in range(5)]
    desk.open(*commands)
    spoil(desk, commands[0].ticket_id)
    posts = tuple(post for post in a_directory().posts if post.code != "K:property_manager")
    desk.town = Town(a_directory(2).model_copy(update={"posts": posts}))

    assert [desk.change_hands() for _ in range(4)] == [2, 2, 1, 0]
    assert desk.stuck == {commands[0].ticket_id}
    for command in commands[1:]:
        assert desk.case(command.ticket_id).case.ticket.owner.post == "C:community_officer"
        assert names(desk.said(command.ticket_id))[2:] == [EventType.ESCALATED]


def test_a_handlers_change_of_hands_is_felt_as_well(desk):
    """A new holder hears once of the work that his post was given; when the post falls vacant it is the owner's."""
    command = a_submission(about_role="property_manager")
    desk.open(command, a_submission(category="ebike"))
    desk.act(command.ticket_id, Action.ASSIGN, to="grid_worker")
    before, first = len(desk.said()), desk.town.directory
    assert desk.change_hands() == 0

    desk.town = Town(with_holder(first, "C:grid_worker", "p-C-community_worker"))
    assert [desk.change_hands() for _ in range(2)] == [2, 0]
    desk.town = Town(with_holder(first, "C:grid_worker", None))
    assert [desk.change_hands() for _ in range(2)] == [2, 0]

    assert [(event.name, event.reason) for event in desk.said(command.ticket_id) if event in desk.said()[before:]] == [
        (EventType.REMINDED, Reason.HANDLER_NEW_HOLDER),
        (EventType.TAKEN_BACK, Reason.HANDLER_VACANT),
    ]
    assert_whole(desk)


def test_a_case_from_before_is_known_by_its_handlers_post(desk):
    """Where the work was given down before handlers' posts were noted, and there alone."""
    command, by_its_owner = a_submission(about_role="property_manager"), a_submission(category="ebike")
    desk.open(command, by_its_owner)
    desk.act(command.ticket_id, Action.ASSIGN, to="grid_worker")
    with transaction(desk.outbox.engine) as connection:
        alembic.command.downgrade(migrate.config("routing", connection), "0003")
    migrate.upgrade(desk.outbox.engine, "routing")

    with reading(desk.outbox.engine) as connection:
        found = dict(connection.execute(select(store.cases.c.id, store.cases.c.handler_post)).all())
    assert found == {command.ticket_id: "C:grid_worker", by_its_owner.ticket_id: None}


def test_where_nobody_ever_looked_a_holder_is_no_news(desk):
    """Cases from before holders were noted are taken as they are."""
    command = a_submission()
    desk.open(command)
    with transaction(desk.outbox.engine) as connection:
        connection.execute(store.cases.update().values(held_by=None, handler_held_by=None))
    before = len(desk.said())

    assert [desk.change_hands() for _ in range(2)] == [1, 0]
    assert len(desk.said()) == before
    assert desk.case(command.ticket_id).held_by == "p-K-property_manager"


def test_provisional_limits_are_set_anew_once_the_holidays_are_known(desk):
    """Each case once, and no other; what is settled by then, and what was never in doubt, says nothing."""
    late = datetime(2026, 12, 30, 2, tzinfo=UTC)
    unsure = [a_submission(category="ebike", submitted_at=late) for _ in range(3)]
    settled, sure = a_submission(category="ebike", submitted_at=late), a_submission(submitted_at=late)
    desk.open(*unsure, settled, sure, now=late)
    for action in (Action.ACCEPT, Action.RESOLVE):
        desk.act(settled.ticket_id, action, now=late)
    before = len(desk.said())
    assert desk.restamp(late) == 0

    rest = HOLIDAYS.rest_days | {date(2027, 1, 1)}
    holidays = HOLIDAYS.model_copy(update={"last_year": 2027, "rest_days": rest})
    desk.town = Town(a_directory(2).model_copy(update={"holidays": holidays}))
    assert [desk.restamp(late) for _ in range(3)] == [3, 0, 0]

    news = desk.said()[before:]
    assert sorted(event.ticket.id for event in news) == sorted(each.ticket_id for each in unsure)
    assert {(event.name, event.moved, event.ticket.provisional) for event in news} == {
        (EventType.RESTAMPED, True, False)
    }
    assert {each.due_at for each in heads(desk) if each.ticket.id in {event.ticket.id for event in news}} == {
        news[0].ticket.accept_by
    }
    assert_whole(desk)


def with_holder(directory: Directory, code: str, person: str | None) -> Directory:
    posts = [post.model_copy(update={"person": person}) if post.code == code else post for post in directory.posts]
    return directory.model_copy(update={"version": directory.version + 1, "posts": tuple(posts)})


def spoil(desk: Desk, id: UUID) -> None:
    """As a hand in the database would."""
    with transaction(desk.outbox.engine) as connection:
        connection.execute(store.cases.update().where(store.cases.c.id == id).values(ticket="{}"))


def deeds(desk: Desk):
    """What was put on the trail."""
    messages = [decode(row.body)[1] for row in desk.recorder.rows if row.routing_key == RECORDS_TRAIL]
    return [message.deed for message in messages]


def test_what_people_do_is_put_on_the_trail_with_it(desk):
    """Who, from where, for which post, and what came of it, refusals too; a repeat says nothing more, and not a word of
    what was written."""
    ticket = a_submission()
    desk.open(ticket)
    origin = Origin(via=Via.SESSION, who="wang", address="203.0.113.7")
    first = uuid4()
    for _ in range(2):
        desk.act(ticket.ticket_id, Action.ACCEPT, action_id=first, origin=origin, text="打我电话 13800000000")
    desk.act(ticket.ticket_id, Action.ACCEPT, origin=origin)

    accepted, refused = deeds(desk)
    post = "K:property_manager"
    assert (accepted.origin, accepted.subject) == (origin, desk.case(ticket.ticket_id).case.ticket.code)
    assert (accepted.outcome, refused.outcome) == ("done", Refusal.WRONG_STATUS)
    told = {"action": "accept", "action_id": str(first), "person": "p-K-property_manager", "post": post}
    assert accepted.details == told
    assert "1380000" not in str(deeds(desk))


def test_what_a_resident_does_is_not_on_the_trail(desk):
    """It is in the ledger: residents have no account, and their address is nobody's business."""
    ticket = a_submission()
    desk.open(ticket)
    desk.act(ticket.ticket_id, Action.ACCEPT, person=None, post=None, assignment=None, resident=Part.REPORTER)
    assert deeds(desk) == []


def test_a_policy_stamped_anew_is_kept(desk):
    """By hand it is another policy from then on, in the table as well; any other action leaves the one of before."""
    command = a_submission()
    desk.open(command)
    before = desk.case(command.ticket_id).case.policy
    directory = desk.town.directory
    newer = directory.policy.model_copy(update={"version": "2", "hand_backs_at_most": 1})
    desk.town = Town(directory.model_copy(update={"policy": newer}))

    assert desk.act(command.ticket_id, Action.ACCEPT).ticket
    assert desk.case(command.ticket_id).case.policy == before
    officer = {"post": None, "assignment": None, "person": "p-C-community_officer"}
    assert desk.act(command.ticket_id, Action.RESTAMP, **officer).ticket.policy == "beijing-2020@2"
    assert desk.case(command.ticket_id).case.policy.hand_backs_at_most == 1


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
