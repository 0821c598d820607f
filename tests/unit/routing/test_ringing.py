"""The one clock of a ticket: which of its limits rings next."""

from datetime import timedelta

import pytest

from services.routing.domain.opening import open_case
from services.routing.domain.ringing import rings_at
from shared.contracts.vocabulary import Status
from tests.acting import write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
HOUR = timedelta(hours=1)
NOON, ONE, TWO = (MONDAY_10 + hours * HOUR for hours in (2, 3, 4))
ROWS = [
    ("what waits rings at the limit to accept", Status.ASSIGNED, False, NOON, MONDAY_10, NOON),
    ("also where that has passed: accepting late buys no time", Status.ASSIGNED, False, NOON, ONE, NOON),
    ("in work the handler's own limit rings first", Status.ACCEPTED, False, ONE, MONDAY_10, ONE),
    ("and once that has passed, the owner's", Status.ACCEPTED, False, ONE, ONE, TWO),
    ("also where that has passed", Status.ACCEPTED, False, ONE, TWO + HOUR, TWO),
    ("not accepted at the top: the next reminder", Status.ASSIGNED, True, NOON, ONE, "reminder"),
    ("nor settled", Status.ACCEPTED, True, ONE, TWO, "reminder"),
    ("whoever has accepted after all has the time that is left", Status.ACCEPTED, True, NOON, ONE, TWO),
]


@pytest.mark.parametrize(("case", "status", "overdue", "first", "now", "rings"), ROWS)
def test_the_clock_rings_at_the_limit_that_counts(case, status, overdue, first, now, rings):
    """Each sentence of the table holds. The grid worker's next working day starts on Tuesday at 9."""
    ticket = open_case(a_submission(category="ebike"), TOWN, MONDAY_10, write).case.ticket
    handler = ticket.handler.model_copy(update={"due_by": first})
    changes = {"status": status, "overdue": overdue, "accept_by": first, "resolve_by": TWO, "handler": handler}
    expected = MONDAY_10 + 23 * HOUR if rings == "reminder" else rings
    assert rings_at(ticket.model_copy(update=changes), TOWN, now) == expected, case
