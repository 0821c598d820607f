"""Suspended and in deliberation: who says so, and what becomes of the clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.climbing import climb
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick, unreachable
from shared.contracts.directory import Limit, Policy
from shared.contracts.events import PostUnreachable
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal, Status, Unit, Urgency
from shared.directory import Town
from tests.acting import act_as, offered, write
from tests.builders import MONDAY_10, a_directory, a_policy, a_submission, a_town

TOWN = a_town()
WEEK = timedelta(days=7)


def shanghai(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def opened(at=MONDAY_10, town=TOWN, **differences) -> Case:
    return open_case(a_submission(submitted_at=at, **differences), town, at, write).case


def change(case: Case, action: Action, at=MONDAY_10, part=Part.OWNER, town=TOWN, **details) -> Change:
    outcome = act_as(part, case, action, town, at, **details)
    assert isinstance(outcome, Change), outcome
    return outcome


def refused(case: Case, action: Action, at=MONDAY_10, part=Part.OWNER, **details) -> Refusal:
    outcome = act_as(part, case, action, TOWN, at, **details)
    assert isinstance(outcome, Refusal)
    return outcome


def asked(case: Case, at=MONDAY_10, until=None, town=TOWN) -> Case:
    return change(case, Action.SUSPEND, at, town=town, until=until or at + WEEK).case


def suspended(case: Case, at=MONDAY_10, until=None, town=TOWN) -> Case:
    return change(asked(case, at, until, town), Action.CONSENT, at, Part.ABOVE, town).case


def budget(amount: int, unit: Unit) -> Town:
    budgets = dict.fromkeys(Urgency, Limit(amount=amount, unit=unit))
    return Town(a_directory().model_copy(update={"policy": a_policy().model_copy(update={"budgets": budgets})}))


MINUTES, HOURS, DAYS, ANY_DAYS = (
    budget(3600, Unit.MINUTES),
    budget(60, Unit.WORKING_HOURS),
    budget(12, Unit.WORKING_DAYS),
    budget(42, Unit.CALENDAR_DAYS),
)
"""The grid worker's sixth: 10 hours of plain time, 10 working hours, 2 working days, 7 calendar days."""

ROWS = [
    (
        "plain hours go on with what was left, holiday or not",
        MINUTES, shanghai(9, 30, 10), shanghai(9, 30, 12), shanghai(10, 8, 9), shanghai(10, 8, 17),
    ),
    (
        "working hours: of a pause over the National Day only the two open hours count",
        HOURS, shanghai(9, 30, 10), shanghai(9, 30, 16), shanghai(10, 8, 9), shanghai(10, 8, 15),
    ),
    (
        "working hours: a pause of an evening takes nothing, and gives nothing",
        HOURS, shanghai(9, 30, 10), shanghai(9, 30, 18, 30), shanghai(9, 30, 20), shanghai(10, 8, 12),
    ),
    (
        "working hours run on a make-up Saturday, but not at lunch",
        HOURS, shanghai(10, 9, 10), shanghai(10, 9, 17), shanghai(10, 10, 10), shanghai(10, 10, 15),
    ),
    (
        "two working days go on over the weekend and Tomb Sweeping Day",
        DAYS, shanghai(3, 2, 10), shanghai(3, 3, 9), shanghai(4, 3, 9), shanghai(4, 7, 18),
    ),
    (
        "calendar days that end on a working day",
        ANY_DAYS, shanghai(9, 21, 10), shanghai(9, 22, 10), shanghai(9, 23, 10), shanghai(9, 29, 18),
    ),
    (
        "calendar days that would end in the holidays end on the first day after them",
        ANY_DAYS, shanghai(9, 21, 10), shanghai(9, 22, 10), shanghai(9, 25, 10), shanghai(10, 8, 18),
    ),
    (
        "calendar days over the year's end",
        ANY_DAYS, shanghai(12, 21, 10), shanghai(12, 22, 10), shanghai(12, 31, 10), shanghai(1, 6, 18, year=2027),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "town", "begin", "pause", "resume", "end"), ROWS, ids=[row[0] for row in ROWS])
def test_what_was_left_is_left(sentence, town, begin, pause, resume, end):
    """Opened, suspended, resumed, due: each row a sentence."""
    case = suspended(opened(begin, town, category="ebike"), pause, pause + 4 * WEEK, town)

    resumed = change(case, Action.RESUME, resume, town=town).case

    assert resumed.ticket.resolve_by == resumed.due_at == end, sentence
    assert resumed.ticket.provisional == (end.year > 2026)


def test_until_the_level_above_consents_the_clock_runs():
    """Who asks has accepted by that; the nearest level above is asked, and the limit stays where it was."""
    asking = change(opened(), Action.SUSPEND, until=MONDAY_10 + WEEK)

    assert [event.name for event in asking.events] == [EventType.ACCEPTED, EventType.SUSPENSION_ASKED]
    assert asking.events[-1].asked == ("C:community_officer",)
    ticket = asking.case.ticket
    assert (ticket.status, asking.case.due_at) == (Status.ACCEPTED, ticket.resolve_by)
    assert refused(asking.case, Action.SUSPEND, until=MONDAY_10 + WEEK) is Refusal.ALREADY


def test_consented_it_stands_still_and_goes_on_by_itself():
    """It does not climb; at the review date it is in work again with the time that was left."""
    case = suspended(opened())
    left = case.ticket.resolve_by - MONDAY_10
    assert (case.ticket.status, case.due_at) == (Status.SUSPENDED, MONDAY_10 + WEEK)
    assert tick(case, TOWN, MONDAY_10 + WEEK - timedelta(seconds=1)).events == ()

    resumed = tick(case, TOWN, case.due_at)

    assert [(event.name, event.reason) for event in resumed.events] == [(EventType.RESUMED, Reason.REVIEW_DUE)]
    assert resumed.case.ticket.status is Status.ACCEPTED
    assert resumed.case.due_at == MONDAY_10 + WEEK + left


def test_declined_with_a_reason_nothing_has_changed():
    """The level above says why not; the owner's limit is what it was, and he may ask again."""
    case = asked(opened())
    assert refused(case, Action.DECLINE, part=Part.ABOVE, text=None) is Refusal.TEXT_MISSING

    declined = change(case, Action.DECLINE, part=Part.ABOVE).case

    assert (declined.due_at, declined.ticket.pause) == (case.due_at, None)
    assert asked(declined).ticket.pause


def test_only_the_level_above_consents_and_only_to_what_was_asked():
    """Not the owner himself; and without a question there is no answer."""
    assert refused(asked(opened()), Action.CONSENT) is Refusal.NOT_YOUR_PART
    assert refused(opened(), Action.CONSENT, part=Part.ABOVE) is Refusal.NOTHING_TO_DO
    case = asked(opened(urgency="hard"), until=MONDAY_10 + timedelta(hours=1))
    assert refused(case, Action.CONSENT, case.ticket.pause.until, Part.ABOVE) is Refusal.NOTHING_TO_DO


def test_at_the_top_the_owners_word_is_enough():
    """There is nobody to ask."""
    case = opened(about_role="community_officer")
    assert case.ticket.level == "subdistrict"

    assert asked(case).ticket.status is Status.SUSPENDED


def test_when_the_time_is_over_there_is_nothing_to_keep():
    """Neither asked for nor consented to: an overdue ticket is not hidden in a drawer."""
    case = opened()
    late = case.ticket.resolve_by

    assert refused(case, Action.SUSPEND, late, until=late + WEEK) is Refusal.TOO_LATE
    assert refused(case, Action.DELIBERATE, late, until=late + WEEK) is Refusal.TOO_LATE
    assert refused(asked(case, until=late + WEEK), Action.CONSENT, late, Part.ABOVE) is Refusal.TOO_LATE


@pytest.mark.parametrize(("action", "days"), [(Action.SUSPEND, 90), (Action.DELIBERATE, 30)])
def test_a_review_date_is_not_too_far_off(action, days):
    """The form says until when; beyond it, or now, is refused."""
    case = opened()
    latest = next(
        form.until_at_most for form in offered(case, case.ticket.owner, TOWN, MONDAY_10) if form.action is action
    )

    assert latest == shanghai(3, 3, 0) + timedelta(days=days)
    for until in (MONDAY_10, latest + timedelta(seconds=1)):
        assert refused(case, action, until=until) is Refusal.NO_SUCH_DATE
    assert change(case, action, until=latest)
    assert refused(case, action) is Refusal.INCOMPLETE


def test_a_limit_from_outside_runs_on():
    """A hotline does not wait: no review date lies beyond its limit, and noticed late it climbs at once."""
    outer = MONDAY_10 + timedelta(days=3)
    case = opened(outer_limit=outer)
    assert refused(case, Action.SUSPEND, until=outer + timedelta(seconds=1)) is Refusal.NO_SUCH_DATE
    case = suspended(case, until=outer)

    assert change(case, Action.RESUME, outer - timedelta(hours=1)).case.ticket.resolve_by == outer
    names = [event.name for event in tick(case, TOWN, outer).events]
    assert names == [EventType.RESUMED, EventType.ESCALATED, EventType.OVERDUE]


def test_a_climb_after_a_pause_leaves_its_share_to_the_level_above():
    """Two months in a drawer are nobody's time: the community has as much as it would have had without."""
    case = opened()
    usual = tick(change(case, Action.ACCEPT).case, TOWN, case.ticket.resolve_by).case.ticket
    resumed = change(suspended(case, until=MONDAY_10 + 8 * WEEK), Action.RESUME, MONDAY_10 + 8 * WEEK).case

    climbed = tick(resumed, TOWN, resumed.due_at).case.ticket

    assert climbed.level == usual.level == "community"
    assert climbed.resolve_by - resumed.due_at == usual.resolve_by - case.ticket.resolve_by


def test_what_is_taken_from_a_drawer_by_climbing_keeps_its_time_too():
    """A ticket may be raised while it stands still: the pause ends with that, and still counts for nobody."""
    case = suspended(opened(), until=MONDAY_10 + 8 * WEEK)

    climbed = climb(case, Reason.COSIGNED, TOWN, MONDAY_10 + 4 * WEEK).case.ticket

    assert (climbed.status, climbed.pause, climbed.limits_from) == (Status.ASSIGNED, None, MONDAY_10 + 4 * WEEK)


def test_the_handlers_limit_moves_with_the_owners():
    """By as much, and never beyond it; one that had passed before stays passed."""
    case = change(change(opened(), Action.ESCALATE).case, Action.ASSIGN, to="property_manager").case
    before = case.ticket
    resumed = change(suspended(case), Action.RESUME, MONDAY_10 + WEEK).case.ticket
    late = before.handler.due_by + timedelta(minutes=1)
    resumed_late = change(suspended(tick(case, TOWN, late).case, late), Action.RESUME, late + WEEK).case.ticket

    assert resumed.handler.due_by - before.handler.due_by == resumed.resolve_by - before.resolve_by == WEEK
    assert resumed_late.handler.due_by == before.handler.due_by


def test_a_deliberation_needs_no_consent():
    """It stands still at once, and takes the place of a suspension that was asked for."""
    case = change(asked(opened()), Action.DELIBERATE, until=MONDAY_10 + WEEK, text=None).case

    assert (case.ticket.status, case.ticket.pause.status) == (Status.DELIBERATING, Status.DELIBERATING)
    assert refused(case, Action.CONSENT, part=Part.ABOVE) is Refusal.WRONG_STATUS
    assert change(case, Action.RESUME, part=Part.ABOVE).case.ticket.status is Status.ACCEPTED


@pytest.mark.parametrize("ending", [Action.RESOLVE, Action.ESCALATE, Action.HAND_BACK])
def test_a_question_is_dropped_when_the_ticket_goes_on(ending):
    """Resolved, up, or given back: nobody consents to what is over."""
    assert change(asked(opened()), ending).case.ticket.pause is None


def test_in_a_pause_nobody_owes_work():
    """No accept, no resolve, no climb for a post that could not be reached; but words are written down."""
    case = suspended(opened())
    owner = case.ticket.owner
    news = PostUnreachable(at=MONDAY_10, ticket_id=case.ticket.id, post=owner.post, assignment=owner.assignment)

    for action in (Action.ACCEPT, Action.RESOLVE, Action.ESCALATE, Action.HAND_BACK):
        assert refused(case, action) is Refusal.WRONG_STATUS
    assert unreachable(case, news, TOWN, MONDAY_10).events == ()
    assert change(case, Action.NOTE).case.due_at == case.due_at


def test_a_policy_stamped_before_there_were_pauses_is_read():
    """What is stamped stays: it gets what the preset assumes."""
    old = a_policy().model_dump(mode="json")
    for name in ("suspend_at_most", "deliberate_at_most", "transfers_at_most"):
        del old[name]

    assert Policy.model_validate(old) == a_policy()


def test_a_climb_out_of_a_pause_leaves_the_handler_his_time():
    """His own limit moves by as long as the clock stood still, as when the work goes on under the same owner."""
    case = change(change(opened(), Action.ESCALATE).case, Action.ASSIGN, to="property_manager").case
    before = case.ticket.handler
    drawer = change(case, Action.DELIBERATE, until=MONDAY_10 + WEEK).case
    climbed = climb(drawer, Reason.COSIGNED, TOWN, MONDAY_10 + timedelta(days=5)).case.ticket
    assert climbed.handler.assignment == before.assignment
    assert climbed.handler.due_by == before.due_by + timedelta(days=5) < climbed.resolve_by
