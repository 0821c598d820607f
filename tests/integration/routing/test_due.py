"""Clocks that ring: in bites, the longest overdue first, whatever is wrong with one of them."""

import json
import time
from dataclasses import asdict
from datetime import timedelta

from services.routing import handlers, store
from shared.clock import Anchor, Clock
from shared.db import reading, transaction
from tests.builders import MONDAY_10, a_submission
from tests.integration.routing.told import assert_whole, heads


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
