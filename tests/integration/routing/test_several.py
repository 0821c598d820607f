"""Actions that change several cases: all of it in one transaction, whatever two desks want at once."""

import pytest

from services.routing import store
from shared.contracts.commands import NewTask
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal, Status
from tests.builders import a_submission
from tests.integration.routing.test_together import at_once


def opened(desk, **differences):
    command = a_submission(**differences)
    desk.open(command)
    return command.ticket_id


def ticket(desk, id):
    return desk.case(id).case.ticket


def test_both_chains_go_on(desk):
    """A merge is sealed in the chains of both tickets, and written with both."""
    one, other = opened(desk), opened(desk)

    answer = desk.act(one, Action.MERGE, ticket=ticket(desk, other).code)

    assert answer.ticket.status is Status.MERGED
    assert (ticket(desk, one).merged_into, ticket(desk, other).absorbed) == (other, (one,))
    for id, last in ((one, EventType.MERGED), (other, EventType.ABSORBED)):
        said = desk.said(id)
        assert [event.ticket.version for event in said] == [1, 2, 3]
        assert (said[-1].name, said[-1].prev_hash) == (last, said[-2].hash)
        assert desk.case(id).hash == said[-1].hash
    assert desk.case(one).case.due_at is None


def test_two_that_merge_into_each_other(desk, new_desk):
    """Each wants to go on as the other: neither waits for the other in a circle, one is done, one refused."""
    desks = desk, new_desk()
    for _ in range(10):
        pair = [opened(desk), opened(desk)]
        codes = [ticket(desk, id).code for id in reversed(pair)]

        def merge(number):
            return desks[number].act(pair[number], Action.MERGE, ticket=codes[number])  # noqa: B023

        answers = at_once(lambda: merge(0), lambda: merge(1))

        lost = [each.refused.reason for each in answers if each.refused]
        assert lost in ([Refusal.WRONG_STATUS], [Refusal.OTHER_NOT_OPEN])
        merged = [ticket(desk, id).status for id in pair].count(Status.MERGED)
        assert merged == 1


def test_unmerging_while_the_other_is_merged(desk, new_desk):
    """One gives it up while another merges it further: whoever comes second sees what the first has done."""
    desks = desk, new_desk()
    for _ in range(5):
        one, two, three = opened(desk), opened(desk), opened(desk)
        desk.act(one, Action.MERGE, ticket=ticket(desk, two).code)
        code = ticket(desk, three).code

        at_once(lambda: desks[0].act(one, Action.UNMERGE), lambda: desks[1].act(two, Action.MERGE, ticket=code))  # noqa: B023

        first, second = ticket(desk, one), ticket(desk, two)
        assert second.merged_into == three
        assert first.merged_into in (None, two)
        assert second.absorbed == (() if first.merged_into is None else (one,))


def test_a_repeat_merges_once(desk):
    """The same action sent again gets the same answer, and changes neither case."""
    one, other = opened(desk), opened(desk)
    wish = {"action_id": one, "ticket": ticket(desk, other).code}

    first = desk.act(one, Action.MERGE, **wish)

    assert desk.act(one, Action.MERGE, **wish) == first
    assert ticket(desk, other).version == 3


def split(desk):
    """A ticket at the officer with one task; the ids of both."""
    id = opened(desk, category="conduct")
    desk.act(id, Action.SPLIT, tasks=(NewTask(text="清理楼道", to="property_manager"),))
    [task] = ticket(desk, id).tasks
    return id, task.ticket_id


def test_tasks_are_there_with_their_parent(desk):
    """Made, sealed from their first event on, and said, all with the parent's event; a repeat makes no more."""
    id = opened(desk, category="conduct")
    wish = {"action_id": id, "tasks": tuple(NewTask(text=text, to="property_manager") for text in ("清理", "劝导"))}

    assert desk.act(id, Action.SPLIT, **wish) == desk.act(id, Action.SPLIT, **wish)

    made = [task.ticket_id for task in ticket(desk, id).tasks]
    assert len(made) == 2
    for task in made:
        said = desk.said(task)
        assert [event.name for event in said] == [EventType.SUBMITTED, EventType.ASSIGNED]
        assert (said[0].prev_hash, desk.case(task).hash) == ("", said[-1].hash)
        assert ticket(desk, task).parent == id


def test_parent_and_task_end_at_once(desk, new_desk):
    """A task is resolved while its parent is withdrawn: whoever comes second sees the other, and both agree."""
    other = new_desk()
    for _ in range(5):
        id, task = split(desk)
        reporter = {"person": None, "post": None, "assignment": None, "resident": Part.REPORTER}

        at_once(
            lambda: desk.act(task, Action.RESOLVE),  # noqa: B023
            lambda: other.act(id, Action.WITHDRAW, **reporter),  # noqa: B023
        )

        assert ticket(desk, id).status is Status.WITHDRAWN
        assert ticket(desk, task).status in (Status.RESOLVED, Status.WITHDRAWN)
        [known] = ticket(desk, id).tasks
        assert known.ended_at is not None
        assert [event.name for event in (*desk.said(id), *other.said(id))].count(EventType.TASK_ENDED) == 1


def test_a_late_task_reminds_its_parents_owner(desk):
    """In the transaction in which it is marked late."""
    id, task = split(desk)
    desk.ring(desk.case(task).case.due_at)
    assert ticket(desk, task).overdue
    assert (desk.said(id)[-1].name, desk.said(id)[-1].reason) == (EventType.REMINDED, Reason.TASK_OVERDUE)


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_the_clock_waits_for_no_parent(desk, new_desk):
    """While another holds the parent the task is left for the next look (PostgreSQL; SQLite has one writer)."""
    id, task = split(desk)
    due = desk.case(task).case.due_at
    with new_desk().outbox.work() as work:
        assert store.lock_free(work.connection, {id})
        desk.ring(due)
        assert not ticket(desk, task).overdue
    desk.ring(due)
    assert ticket(desk, task).overdue
