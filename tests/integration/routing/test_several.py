"""Actions that change several cases: all of it in one transaction, whatever two desks want at once."""

from shared.contracts.vocabulary import Action, EventType, Refusal, Status
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
        assert lost in ([Refusal.WRONG_STATUS], [Refusal.OTHER_TICKET])
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
