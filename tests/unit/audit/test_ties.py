"""What tickets say of each other has to be the same on both sides."""

from typing import Any
from uuid import uuid4

import pytest

from services.audit.ties import tie_breaches
from shared.contracts.ticket import Task, Ticket
from shared.contracts.vocabulary import Status
from tests.builders import MONDAY_10
from tests.tellings import a_ticket

ONE, OTHER = uuid4(), uuid4()


def a_task(**more: Any) -> Task:
    return Task(ticket_id=ONE, code="CODE", post="K:property_manager", **more)


MERGED = {"status": Status.MERGED, "merged_into": OTHER}
CASES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("neither names the other", {}, {}, True),
    ("merged, and taken in", MERGED, {"absorbed": (ONE,)}, True),
    ("merged, and not taken in", MERGED, {}, False),
    ("taken in, and not merged", {}, {"absorbed": (ONE,)}, False),
    ("taken in, and open again", MERGED | {"status": Status.ASSIGNED}, {"absorbed": (ONE,)}, False),
    ("a task that is open", {"parent": OTHER}, {"tasks": (a_task(),)}, True),
    ("a task that the parent does not know", {"parent": OTHER}, {}, False),
    ("a task that knows no parent", {}, {"tasks": (a_task(),)}, False),
    ("over, says the parent", {"parent": OTHER}, {"tasks": (a_task(ended_at=MONDAY_10),)}, False),
    ("over, and the parent does not know", {"parent": OTHER, "status": Status.CLOSED}, {"tasks": (a_task(),)}, False),
]


def pair(one: dict[str, Any], other: dict[str, Any]) -> tuple[Ticket, Ticket]:
    return a_ticket(id=ONE, **one), a_ticket(id=OTHER, **other)


@pytest.mark.parametrize(("case", "one", "other", "well"), CASES, ids=[case for case, *_ in CASES])
def test_both_say_the_same(case: str, one: dict[str, Any], other: dict[str, Any], well: bool) -> None:
    """Each sentence of the table, found from whichever side names the other."""
    one_ticket, other_ticket = pair(one, other)
    found = tie_breaches(one_ticket, {OTHER: other_ticket}) + tie_breaches(other_ticket, {ONE: one_ticket})
    assert (found == []) == well, case


def test_what_is_named_has_to_be_there() -> None:
    """A ticket merged into one that nobody has."""
    one, other = pair(MERGED, {"absorbed": (ONE,)})
    [breach] = tie_breaches(one, {})
    assert breach.details == {"other": other.code}
