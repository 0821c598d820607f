"""The ladder splits one budget: no time is counted twice, and none gets lost."""

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.case import Case, post_time
from services.routing.domain.opening import open_case
from services.routing.domain.terms import PostTime, terms
from services.routing.domain.ticking import tick
from shared.contracts.directory import Limit, Rung
from shared.contracts.vocabulary import Action, Reason, Unit, Urgency
from shared.directory import Town
from tests.acting import act, write
from tests.builders import MONDAY_10, a_directory, a_policy, a_submission
from tests.unit.routing.towns import directory_by_chance

PARTS = st.lists(st.integers(1, 9), min_size=3, max_size=3)
STARTS = st.integers(0, 60 * 24 * 330).map(lambda minutes: MONDAY_10 + timedelta(minutes=minutes))
LATE, OUTER = (
    st.integers(least, 60 * 24 * 40).map(lambda minutes: timedelta(minutes=minutes)) for least in (0, -60 * 24 * 3)
)
TOWN = Town(a_directory())
LEVELS = ("unit", "community", "subdistrict")


def in_minutes(parts: list[int], factor: int) -> Town:
    """A budget of ``factor`` minutes a part: each share is a whole number of minutes, each longer than an accept."""
    ladder = tuple(
        Rung(level=level, share=Fraction(part, sum(parts))) for level, part in zip(LEVELS, parts, strict=True)
    )
    budgets = dict.fromkeys(Urgency, Limit(amount=factor * sum(parts), unit=Unit.MINUTES))
    changed = {"ladder": ladder, "budgets": budgets, "volunteer_accept_at_least_minutes": 1}
    return Town(a_directory().model_copy(update={"policy": a_policy().model_copy(update=changed)}))


def accepted(case: Case, town: Town, now: datetime) -> Case:
    return act(case, Action.ACCEPT, case.ticket.owner, town, now).case


@given(parts=PARTS, factor=st.integers(60, 5000))
def test_each_rung_has_its_share_and_all_make_the_budget(parts, factor):
    """Accepted and never resolved, a ticket stays at each rung for its share; the shares sum to the budget."""
    town = in_minutes(parts, factor)
    case, now, stays = open_case(a_submission(), town, MONDAY_10, write).case, MONDAY_10, []
    for _ in LEVELS:
        case = accepted(case, town, now)
        stays.append(case.due_at - now)
        now = case.due_at
        case = tick(case, town, now).case

    assert stays == [timedelta(minutes=part * factor) for part in parts]
    assert now - MONDAY_10 == timedelta(minutes=factor * sum(parts))
    assert case.ticket.overdue


@given(parts=PARTS, factor=st.integers(60, 5000), minutes=st.integers(0, 59))
def test_an_early_climb_leaves_its_time_to_the_levels_above(parts, factor, minutes):
    """However early the unit asks, the community's limit is the end of both shares, counted from the opening."""
    town = in_minutes(parts, factor)
    now = MONDAY_10 + timedelta(minutes=minutes)
    case = open_case(a_submission(), town, MONDAY_10, write).case

    case = act(case, Action.ESCALATE, case.ticket.owner, town, now, "说明").case

    assert case.ticket.resolve_by == max(MONDAY_10 + timedelta(minutes=factor * sum(parts[:2])), case.ticket.accept_by)


@given(number=st.integers(0, 99), late=st.integers(0, 60 * 24 * 30), urgency=st.sampled_from(Urgency))
def test_limits_depend_on_the_opening_not_on_the_way(number, late, urgency):
    """A rung's limit is the same whenever the ticket comes there, but for the time that it needs to accept."""
    town = Town(directory_by_chance(number))
    policy, calendar = town.directory.policy, town.work_time(town.post("S:subdistrict_officer").calendar)
    arrival = MONDAY_10 + timedelta(minutes=late)
    for rung in policy.ladder:
        early, then = (
            terms(policy, policy.budgets[urgency], rung.level, MONDAY_10, now, PostTime(calendar, volunteer=False))
            for now in (MONDAY_10, arrival)
        )
        assert early.accept_by <= early.resolve_by
        assert then.resolve_by in (early.resolve_by, then.accept_by)
        assert then.accept_by > arrival


@given(number=st.integers(0, 99), start=STARTS, outer=OUTER, late=LATE, urgency=st.sampled_from(Urgency))
def test_no_limit_lies_beyond_the_outer_one(number, start, outer, late, urgency):
    """Whatever the calendars, whenever a rung gets it: accept before resolve before the outer limit, and neither is
    later than it would be without one."""
    town = Town(directory_by_chance(number))
    policy, limit = town.directory.policy, start + outer
    for post, rung in product(town.directory.posts, policy.ladder):
        asked = (policy, policy.budgets[urgency], rung.level, start, start + late, post_time(post, town))
        without, within = terms(*asked), terms(*asked, limit)
        assert within.accept_by <= within.resolve_by <= limit
        assert within.accept_by <= without.accept_by
        assert within.resolve_by <= without.resolve_by


@given(number=st.integers(0, 99), start=STARTS, outer=LATE, early=st.booleans(), urgency=st.sampled_from(Urgency))
def test_within_an_outer_limit_each_rung_comes_after_the_one_below(number, start, outer, early, urgency):
    """Whoever gets it when the time of the rung below is over has limits to come, up to the outer limit itself."""
    town, dice = Town(directory_by_chance(number)), Random(number)
    policy, now = town.directory.policy, start
    for rung in policy.ladder:
        post = post_time(dice.choice(town.directory.posts), town)
        within = terms(policy, policy.budgets[urgency], rung.level, start, now, post, start + outer)
        assert now <= within.accept_by <= within.resolve_by
        assert now < within.accept_by or now == start + outer
        now = within.accept_by if early else within.resolve_by


@pytest.mark.parametrize("post", TOWN.directory.posts, ids=lambda post: post.code)
def test_an_outer_limit_beyond_every_calendar_changes_nothing(post):
    """Another system's 2099 means never."""
    policy, far = TOWN.directory.policy, MONDAY_10.replace(year=2099)
    asked = (policy, policy.budgets[Urgency.ORDINARY], "unit", MONDAY_10, MONDAY_10, post_time(post, TOWN))

    assert terms(*asked, far) == terms(*asked)


@given(parts=PARTS, factor=st.integers(60, 5000))
def test_a_shorter_outer_limit_is_what_the_rungs_share(parts, factor):
    """Where others want it settled in half the budget, each rung has half of its share."""
    town = in_minutes(parts, factor)
    outer = MONDAY_10 + timedelta(minutes=factor * sum(parts) / 2)
    case, now, stays = open_case(a_submission(outer_limit=outer), town, MONDAY_10, write).case, MONDAY_10, []
    for _ in LEVELS:
        case = accepted(case, town, now)
        stays.append((case.due_at - now).total_seconds() / 60)
        now = case.due_at
        case = tick(case, town, now).case

    assert stays == pytest.approx([part * factor / 2 for part in parts])
    assert now == outer
    assert case.ticket.overdue


def test_a_climb_by_the_clock_leaves_no_gap():
    """What the clock makes climb at the moment of its limit has the whole of the next share left."""
    town = in_minutes([1, 3, 2], 600)
    case = accepted(open_case(a_submission(), town, MONDAY_10, write).case, town, MONDAY_10)

    change = tick(case, town, case.due_at)

    assert change.events[0].steps[0].reason is Reason.RESOLVE_OVERDUE
    assert change.case.ticket.resolve_by - case.due_at == timedelta(minutes=3 * 600)
