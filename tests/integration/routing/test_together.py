"""Several replicas at once: whoever comes second sees what the first has done."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest

from services.routing import handlers, store
from shared.bus.outbox import Outbox
from shared.contracts.commands import By, Happened
from shared.contracts.ticket import Actor
from shared.contracts.vocabulary import Action, EventType, Refusal
from shared.db import reading
from tests.builders import MONDAY_10, a_submission

OFFICER = {"post": None, "assignment": None, "person": "p-C-community_officer"}


def at_once(*doings):
    """Each in a thread of its own, all let go at the same moment; their results."""
    barrier = Barrier(len(doings))

    def do(doing):
        barrier.wait(10)
        return doing()

    with ThreadPoolExecutor(len(doings)) as threads:
        return [each.result(60) for each in [threads.submit(do, doing) for doing in doings]]


def test_one_of_two_hands_wins(desk, new_desk):
    """Two resolve one case at once: one is done, the other is refused and told how it stands and what was done."""
    other = new_desk()
    for _ in range(10):
        command = a_submission()
        desk.open(command)
        id = command.ticket_id

        answers = at_once(lambda: desk.act(id, Action.RESOLVE), lambda: other.act(id, Action.RESOLVE))  # noqa: B023

        won, lost = sorted(answers, key=lambda answer: answer.refused is not None)
        assert won.ticket.version == 4
        assert (lost.refused.reason, lost.refused.ticket.version) == (Refusal.WRONG_STATUS, 4)
        manager = Actor(post="K:property_manager", role="property_manager")
        last = Happened(type=EventType.RESOLVED, at=MONDAY_10, by=manager, since=MONDAY_10)
        assert lost.refused.last == last


@pytest.mark.parametrize(
    ("before", "first", "second", "refused"),
    [
        ((), {"action": Action.RESOLVE}, {"action": Action.REJECT}, Refusal.WRONG_STATUS),
        ((), *[{"action": Action.TRANSFER, "to": "grid_worker"}] * 2, Refusal.NOT_YOURS),
        ((), *[{"action": Action.SUSPEND, "until": MONDAY_10 + timedelta(days=7)}] * 2, Refusal.ALREADY),
        (
            ({"action": Action.SUSPEND, "until": MONDAY_10 + timedelta(days=7)},),
            {"action": Action.CONSENT} | OFFICER,
            {"action": Action.DECLINE} | OFFICER,
            None,
        ),
    ],
)
def test_one_of_two_wins_and_the_other_is_told(desk, new_desk, before, first, second, refused):
    """Whatever both want at once: one is done, the other gets why not, and the ticket as the first has left it."""
    other = new_desk()
    for _ in range(3):
        command = a_submission()
        desk.open(command)
        for each in before:
            assert desk.act(command.ticket_id, **each).ticket
        owner = desk.case(command.ticket_id).case.ticket.owner
        by = {"post": owner.post, "person": f"p-{owner.post.replace(':', '-')}", "assignment": owner.assignment}

        def act(desk, wish, by=by, id=command.ticket_id):
            return desk.act(id, **by | wish)

        answers = at_once(partial(act, desk, first), partial(act, other, second))

        won, lost = sorted(answers, key=lambda answer: answer.refused is not None)
        assert won.ticket == lost.refused.ticket == desk.case(command.ticket_id).case.ticket
        assert lost.refused.reason in ((refused,) if refused else (Refusal.WRONG_STATUS, Refusal.NOTHING_TO_DO))


def test_a_repeat_that_races_its_first_gets_the_same_answer(desk, new_desk):
    """One action sent twice at once is done once, and both get the answer."""
    other = new_desk()
    for number in range(10):
        command = a_submission()
        desk.open(command)
        wish = {"action_id": command.ticket_id, "id": command.ticket_id, "action": Action.ACCEPT}

        first, second = at_once(lambda: desk.act(**wish), lambda: other.act(**wish))  # noqa: B023

        assert first == second
        assert len(desk.said()) + len(other.said()) == 3 * (number + 1)


def test_two_wishes_at_once_under_one_id(desk, new_desk):
    """One is done; the other is refused, and not answered as if it had been."""
    other = new_desk()
    for _ in range(5):
        command = a_submission()
        desk.open(command)
        wish = {"action_id": command.ticket_id, "id": command.ticket_id, "action": Action.NOTE}

        answers = at_once(lambda: desk.act(**wish, text="一"), lambda: other.act(**wish, text="二"))  # noqa: B023

        won, lost = sorted(answers, key=lambda answer: answer.refused is not None)
        assert won.ticket.version == 3
        assert (lost.refused.reason, lost.refused.ticket) == (Refusal.ACTION_ID_USED, won.ticket)


def test_two_replicas_open_a_case_once(desk, new_desk):
    """The same submissions in two queues' batches, in opposite order, open one case each."""
    other = new_desk()
    for _ in range(5):
        commands = [a_submission() for _ in range(50)]

        at_once(lambda: desk.open(*commands), lambda: other.open(*reversed(commands)))  # noqa: B023

    said = [(event.ticket.id, event.ticket.version) for event in (*desk.said(), *other.said())]
    assert len(said) == len(set(said)) == 500


def test_a_code_is_one_tickets(desk):
    """Another ticket with the same code is an error, never passed over in silence."""
    command = a_submission()
    desk.open(command)
    there = desk.case(command.ticket_id)
    twin = replace(there.case, ticket=there.case.ticket.model_copy(update={"id": uuid4()}))
    with pytest.raises(store.CodeTaken), desk.outbox.work() as work:
        store.insert(work.connection, [replace(there, case=twin)])


def test_two_replicas_ring_each_case_once(desk, new_desk):
    """Two replicas share what is due: every case climbs once."""
    commands = [a_submission() for _ in range(1500)]
    desk.open(*commands)
    desk.recorder.rows.clear()
    due = desk.case(commands[0].ticket_id).case.due_at
    other = new_desk()

    def ring_all(desk):
        rung = [desk.ring(due)]
        while rung[-1]:
            rung.append(desk.ring(due))
        return sum(rung)

    assert sum(at_once(lambda: ring_all(desk), lambda: ring_all(other))) == 1500
    said = [event.ticket.id for event in (*desk.said(), *other.said())]
    assert len(said) == len(set(said)) == 1500
    assert {event.name for event in (*desk.said(), *other.said())} == {EventType.ESCALATED}


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_a_case_in_hand_is_passed_over(desk, new_desk):
    """A case that one replica holds is left by the other, which rings the rest (PostgreSQL; SQLite has one writer)."""
    commands = [a_submission() for _ in range(3)]
    desk.open(*commands)
    due = desk.case(commands[0].ticket_id).case.due_at
    outbox: Outbox = new_desk().outbox

    with outbox.work() as work:
        assert store.lock(work.connection, commands[0].ticket_id)
        assert desk.ring(due) == 2
    assert desk.ring(due) == 1


def test_reading_waits_for_no_writer(desk):
    """An offer is answered while a transaction holds the case."""
    command = a_submission()
    desk.open(command)
    by = By(person="p-K-property_manager", post="K:property_manager", assignment=1)

    with desk.outbox.work() as work, reading(desk.outbox.engine) as connection:
        assert store.lock(work.connection, command.ticket_id)
        offer = handlers.offer(connection, command.ticket_id, by, desk.town, MONDAY_10)

    assert {Action.ACCEPT, Action.RESOLVE} <= {form.action for form in offer.open}


def test_who_has_no_part_is_told_of_every_action_why_not(desk):
    """Somebody signed in who sees a ticket; the holder of a link that has had its time gets none."""
    command = a_submission()
    desk.open(command)

    with reading(desk.outbox.engine) as connection:
        head = {"post": "U:unit_head", "assignment": 9}
        for by, refused, told in (
            (By(person="nobody"), Refusal.NOT_YOURS, True),
            (By(person="p-U-unit_head", **head), Refusal.NOT_YOURS, False),
            (By(person="nobody", **head), Refusal.NOT_HOLDER, False),
        ):
            offer = handlers.offer(connection, command.ticket_id, by, desk.town, MONDAY_10)
            assert (offer.parts, offer.refused, bool(offer.forms)) == ((), refused, told)
            assert {form.refused for form in offer.forms} <= {Refusal.NOT_YOURS}
