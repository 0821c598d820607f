"""Until when: the limits of a rung, from the policy stamped on the ticket and the calendar of the post.

The ladder splits the whole budget: a rung's share ends where the shares up to it end, counted from the opening. So
an early climb leaves the unused time to the levels above, and no time is counted twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

from shared.calendar import HORIZON, Due, WorkTime
from shared.contracts.directory import Limit, Policy
from shared.contracts.vocabulary import Unit

MINUTES_AN_HOUR = 60
FAR = HORIZON / 2
"""A limit from outside may lie beyond what a calendar can count, a budget never does."""


@dataclass(frozen=True)
class Terms:
    """The owner's limits at a rung. ``provisional``: one lies beyond the known holidays."""

    accept_by: datetime
    resolve_by: datetime
    provisional: bool


@dataclass(frozen=True)
class PostTime:
    """How a post keeps time: its calendar, and whether it is a volunteer's."""

    work_time: WorkTime
    volunteer: bool


def terms(
    policy: Policy,
    budget: Limit,
    level: str,
    opened_at: datetime,
    now: datetime,
    post: PostTime,
    outer: datetime | None = None,
) -> Terms:
    """The limits of a post that gets the ticket at ``now``.

    The time to resolve is never shorter than the time to accept: whoever gets a ticket late, or may only be asked
    in some hours, has at least that. But nothing lies beyond ``outer``, until when others want the whole settled: where
    the time until then is shorter than the budget, the shares are of it.
    """
    accept = _accept(policy, budget, level, opened_at, now, post, outer)
    resolve = _resolve(policy, budget, level, opened_at, post.work_time)
    if outer is not None:
        share_end = opened_at + (outer - opened_at) * float(_share_up_to(policy, level))
        accept, resolve = not_after(accept, outer), not_after(resolve, min(share_end, outer))
    return Terms(accept.at, max(resolve.at, accept.at), accept.provisional or resolve.provisional)


def not_after(due: Due, at: datetime) -> Due:
    return due if due.at <= at else Due(at, provisional=False)


def _resolve(policy: Policy, budget: Limit, level: str, opened_at: datetime, work_time: WorkTime) -> Due:
    """The end of the shares up to and with ``level``. A part of a day counts as a day: a term has whole days, and at
    least one, even where the lowest rungs have no share."""
    amount = _share_up_to(policy, level) * budget.amount
    if budget.unit is Unit.WORKING_HOURS:
        return work_time.add_open_minutes(opened_at, float(amount * MINUTES_AN_HOUR))
    return work_time.add(opened_at, Limit(amount=max(ceil(amount), 1), unit=budget.unit))


def _accept(
    policy: Policy,
    budget: Limit,
    level: str,
    opened_at: datetime,
    now: datetime,
    post: PostTime,
    outer: datetime | None,
) -> Due:
    """A part of the rung's own share, at least some minutes; a volunteer is never asked within minutes.

    Minutes run at every hour of the year; all else runs in the post's own hours, where a day is its working day.
    """
    a_day = post.work_time.day_minutes
    factor = {Unit.MINUTES: 1, Unit.WORKING_HOURS: MINUTES_AN_HOUR, Unit.WORKING_DAYS: a_day, Unit.CALENDAR_DAYS: a_day}
    whole = float(budget.amount * factor[budget.unit])
    if outer is not None:
        end = min(outer, opened_at + FAR)
        elapsed = (end - opened_at) / timedelta(minutes=1)
        until = elapsed if budget.unit is Unit.MINUTES else post.work_time.minutes_between(opened_at, end)
        whole = min(whole, until)
    own = float(policy.accept_share * _own_share(policy, level)) * whole
    minutes = max(own, float(policy.accept_at_least_minutes))
    if post.volunteer:
        return post.work_time.add_open_minutes(now, max(minutes, float(policy.volunteer_accept_at_least_minutes)))
    if budget.unit is Unit.MINUTES:
        return Due(now + timedelta(minutes=minutes), provisional=False)
    return post.work_time.add_open_minutes(now, minutes)


def handler_term(policy: Policy, now: datetime, resolve_by: datetime, work_time: WorkTime) -> datetime | None:
    """The limit of a handler who is given the work now: a part of the handler's own hours until the owner's limit.

    None where there are none left: then the owner's limit is the only one.
    """
    left = work_time.minutes_between(now, resolve_by)
    return work_time.add_open_minutes(now, left * float(policy.handler_share)).at if left > 0 else None


def _own_share(policy: Policy, level: str) -> Fraction:
    return next(rung.share for rung in policy.ladder if rung.level == level)


def _share_up_to(policy: Policy, level: str) -> Fraction:
    total = Fraction(0)
    for rung in policy.ladder:
        total += rung.share
        if rung.level == level:
            return total
    raise ValueError(f"{level} is no rung of {policy.name}")
