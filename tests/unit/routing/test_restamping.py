"""Next year's holidays become known: provisional limits of open tickets move, in both directions, with their clocks."""

from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.restamping import restamp
from services.routing.domain.ticking import tick
from shared.contracts.directory import Limit, Rung
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal, Unit, Urgency
from shared.directory import Town
from tests.acting import act, act_as, write
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
        case = act(case, Action.RESOLVE, case.ticket.owner, TOWN, at(moment), "修好了").case
    elif gone == "still unknown":
        town = TOWN
    else:
        posts = tuple(post for post in town.directory.posts if post.role != "grid_worker")
        town = Town(town.directory.model_copy(update={"posts": posts}))
    assert restamp(case, town, at(moment)) == Change(case)


def test_what_the_top_has_not_accepted_has_its_limits_put_right_too() -> None:
    """It is overdue, and yet has time to resolve: whoever accepts it then has the right time. Its clock reminds."""
    moment = "2026-12-31T10:00"
    town = Town(a_directory(vacant=frozenset({"C:grid_worker", "C:community_officer"})))
    case = open_case(a_submission(category="ebike", submitted_at=at(moment)), town, at(moment), write).case
    late = tick(case, town, case.due_at).case
    assert (late.ticket.level, late.ticket.overdue, late.ticket.provisional) == ("subdistrict", True, True)

    after = restamp(late, known(rest=NEW_YEAR), case.due_at).case

    assert (after.ticket.provisional, after.ticket.overdue) == (False, True)
    assert after.due_at > case.due_at
    assert restamp(late, known(rest=NEW_YEAR), late.ticket.resolve_by) == Change(late), "its time is over"


def edited(**changed: object) -> Town:
    """The town with another policy in force."""
    directory = a_directory()
    policy = directory.policy.model_copy(update={"version": "2", **changed})
    return Town(directory.model_copy(update={"policy": policy}))


HALF = {urgency: Limit(amount=3, unit=Unit.CALENDAR_DAYS) for urgency in Urgency}


def test_a_policy_edited_midway_moves_nothing_until_somebody_above_says_so() -> None:
    """Then the limits are as if the owner had got it by that, and the ticket climbs by that."""
    moment, town = "2026-03-02T10:00", edited(budgets=HALF)
    case = accepted(opened(moment), moment)
    assert tick(case, town, at("2026-03-03T18:00")).events == ()

    change = act_as(Part.ABOVE, case, Action.RESTAMP, town, at(moment))

    assert isinstance(change, Change)
    assert [(event.name, event.reason, event.moved) for event in change.events] == [
        (EventType.RESTAMPED, Reason.POLICY_EDITED, True)
    ]
    ticket = change.case.ticket
    assert (ticket.policy, change.case.policy.version) == ("beijing-2020@2", "2")
    assert ticket.resolve_by == change.case.due_at == at("2026-03-03T18:00") < case.ticket.resolve_by
    assert (ticket.owner, ticket.level) == (case.ticket.owner, case.ticket.level)
    assert act_as(Part.ABOVE, change.case, Action.RESTAMP, town, at(moment)) is Refusal.NOTHING_TO_DO


def test_what_stands_still_is_not_stamped_anew() -> None:
    """It goes on first: what was left is kept by the policy of before."""
    moment, town = "2026-03-02T10:00", edited(budgets=HALF)
    case = act_as(Part.OWNER, opened(moment), Action.DELIBERATE, town, at(moment), until=at("2026-03-04T10:00")).case

    assert act_as(Part.ABOVE, case, Action.RESTAMP, town, at(moment)) is Refusal.WRONG_STATUS


def test_a_policy_that_does_not_know_the_level_cannot_be_stamped() -> None:
    """Nor is it the owner's to choose by which policy he is measured, nor done without a reason."""
    moment, town = "2026-03-02T10:00", edited(budgets=HALF)
    short = edited(ladder=(Rung(level="community", share=Fraction(1)),))
    case = opened(moment)

    assert act_as(Part.ABOVE, case, Action.RESTAMP, short, at(moment)) is Refusal.NOTHING_TO_DO
    assert act_as(Part.OWNER, case, Action.RESTAMP, town, at(moment)) is Refusal.NOT_YOUR_PART
    assert act_as(Part.ABOVE, case, Action.RESTAMP, town, at(moment), text=None) is Refusal.TEXT_MISSING


def test_at_the_top_the_owner_sets_the_limits_anew() -> None:
    """Nobody is above to do it; a rung lower somebody is."""
    moment, town = "2026-03-02T10:00", edited(budgets=HALF)
    case = accepted(opened(moment), moment)
    for _ in ("community", "subdistrict"):
        assert act_as(Part.OWNER, case, Action.RESTAMP, town, at(moment)) is Refusal.NOT_YOUR_PART
        case = accepted(act_as(Part.OWNER, case, Action.ESCALATE, TOWN, at(moment)).case, moment)

    change = act_as(Part.OWNER, case, Action.RESTAMP, town, at(moment))

    assert isinstance(change, Change)
    assert (change.case.ticket.level, change.case.ticket.policy) == ("subdistrict", "beijing-2020@2")
    assert change.case.ticket.resolve_by < case.ticket.resolve_by
