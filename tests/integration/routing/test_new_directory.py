"""A new directory, policy or calendar of holidays: which of the open cases feel it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import alembic.command
from sqlalchemy import select

from services.routing import handlers, store
from shared import migrate
from shared.contracts.directory import Absence, Directory, Duty
from shared.contracts.vocabulary import Action, EventType, Reason
from shared.db import reading, transaction
from shared.directory import Town
from tests.builders import HOLIDAYS, MONDAY_10, a_directory, a_policy, a_submission
from tests.integration.routing.conftest import Desk
from tests.integration.routing.told import assert_whole, heads, names


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
