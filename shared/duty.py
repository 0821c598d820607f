"""Who answers for a post at a moment: the one on duty, else its person; where that one is away, the deputy. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from shared.contracts.directory import Absence, Duty, Post

DAY = timedelta(days=1)


def holder(post: Post, duties: Sequence[Duty], absences: Sequence[Absence], local: datetime) -> str | None:
    """``duties`` are the post's, ``absences`` may be anybody's; ``local`` is the moment on the post's own clock."""
    first = on_duty(duties, local) or post.person
    away = {each.person for each in absences if each.first_day <= local.date() <= each.last_day}
    return next((person for person in (first, post.deputy) if person and person not in away), None)


def on_duty(duties: Iterable[Duty], local: datetime) -> str | None:
    """Who is on duty then. A line for this week outranks one for every week; of two such the first counts."""
    covering = [duty for duty in duties if _covers(duty, local)]
    return next((duty.person for duty in sorted(covering, key=lambda duty: duty.week is None)), None)


def _covers(duty: Duty, local: datetime) -> bool:
    return any(opens <= local.replace(tzinfo=None) < closes for opens, closes in _shifts(duty, local.date()))


def _shifts(duty: Duty, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The line's shifts that could cover a moment of the day: its own, and the night's that began the day before."""
    for begins in (day, day - DAY):
        if duty.weekday in (None, begins.isoweekday()) and duty.week in (None, week_of(begins)):
            after_midnight = DAY if duty.closes <= duty.opens else timedelta(0)
            yield datetime.combine(begins, duty.opens), datetime.combine(begins + after_midnight, duty.closes)


def week_of(day: date) -> str:
    """The ISO week, which begins on Monday: 2026-W48."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
