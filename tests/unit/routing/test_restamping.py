"""Next year's holidays become known: provisional limits of open tickets move, in both directions, with their clocks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.restamping import restamp
from shared.contracts.vocabulary import Action, EventType, Reason
from shared.directory import Town
from tests.acting import act, write
from tests.builders import HOLIDAYS, a_directory, a_submission, a_town

SHANGHAI = ZoneInfo("Asia/Shanghai")
TOWN = a_town()
JANUARY = [date(2027, 1, day) for day in range(1, 9)]
NEW_YEAR = frozenset(JANUARY[:3])


def known(rest: frozenset[date] = frozenset(), work: frozenset[date] = frozenset()) -> Town:
    """2027 is known to have these days."""
    holidays = HOLIDAYS.model_copy(
        update={
            "last_year": 2027,
            "rest_days": HOLIDAYS.rest_days | rest,
            "work_days": HOLIDAYS.work_days | work,
        }
    )
    return Town(a_directory(2).model_copy(update={"holidays": holidays}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def opened(moment: str, **about: object) -> Case:
    """An e-bike in the stairwell: the grid worker has two calendar days for it, and works on working days."""
    now = at(moment)
    return open_case(a_submission(category="ebike", submitted_at=now, **about), TOWN, now, write).case


def accepted(case: Case, moment: str) -> Case:
    change = act(case, Action.ACCEPT, case.ticket.owner, TOWN, at(moment))
    assert isinstance(change, Change)
    return change.case


@pytest.mark.parametrize(
    ("case", "moment", "guessed", "town", "right"),
    [
        ("a holiday: later", "2026-12-30T10:00", "2027-01-01T18:00", known(rest=NEW_YEAR), "2027-01-04T18:00"),
        (
            "a make-up Saturday: earlier",
            "2026-12-31T10:00",
            "2027-01-04T18:00",
            known(work=frozenset(JANUARY[1:2])),
            "2027-01-02T18:00",
        ),
        ("just as guessed: no longer provisional", "2026-12-30T10:00", "2027-01-01T18:00", known(), "2027-01-01T18:00"),
    ],
)
def test_a_guess_is_put_right(case: str, moment: str, guessed: str, town: Town, right: str) -> None:
    """Each sentence of the table holds, and the clock of what is in work rings at the new limit."""
    before = accepted(opened(moment), moment)
    assert (before.ticket.resolve_by, before.ticket.provisional) == (at(guessed), True)

    change = restamp(before, town, at(moment))

    assert [(event.name, event.reason, event.moved) for event in change.events] == [
        (EventType.RESTAMPED, Reason.HOLIDAYS_KNOWN, guessed != right)
    ], case
    assert (change.case.ticket.resolve_by, change.case.ticket.provisional) == (at(right), False)
    assert change.case.due_at == at(right)
    assert (change.case.ticket.owner, change.case.ticket.level) == (before.ticket.owner, before.ticket.level)
    assert restamp(change.case, town, at(moment)) == Change(change.case), "once"


def test_what_waits_for_an_accept_rings_at_its_accept_limit() -> None:
    """Also where that is the limit which a holiday moves."""
    case = opened("2026-12-31T17:30")
    assert case.due_at == case.ticket.accept_by
    change = restamp(case, known(rest=NEW_YEAR), at("2026-12-31T17:40"))
    assert change.case.due_at == change.case.ticket.accept_by > case.ticket.accept_by


def test_the_handlers_part_moves_with_the_owners_limit() -> None:
    """It is a part of the time until then, and its clock rings there."""
    now = "2026-12-31T10:00"
    case = accepted(opened(now, about_role="grid_worker"), now)
    assigned = act(case, Action.ASSIGN, case.ticket.owner, TOWN, at(now), to="property_manager")
    before = assigned.case
    after = restamp(before, known(rest=frozenset(JANUARY)), at(now)).case

    assert after.ticket.resolve_by > before.ticket.resolve_by
    assert after.due_at == after.ticket.handler.due_by > before.ticket.handler.due_by


@pytest.mark.parametrize("gone", ["settled", "still unknown", "nobody's calendar"])
def test_where_no_limit_runs_nothing_happens(gone: str) -> None:
    """Nor where the year is no better known than before, nor where the owner's post is there no more."""
    moment = "2026-12-30T10:00"
    case, town = accepted(opened(moment), moment), known(rest=NEW_YEAR)
    if gone == "settled":
        case = act(case, Action.RESOLVE, case.ticket.owner, TOWN, at(moment)).case
    elif gone == "still unknown":
        town = TOWN
    else:
        posts = tuple(post for post in town.directory.posts if post.role != "grid_worker")
        town = Town(town.directory.model_copy(update={"posts": posts}))
    assert restamp(case, town, at(moment)) == Change(case)
