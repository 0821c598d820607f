"""Working time: when a post is open, and when a limit that starts now ends. Pure; days are the calendar's own.

Statutory counting, by analogy: the first day does not count, a term ends with the close of its last day
(24:00 round the clock), and one that would end on a rest day ends on the next working day (民法典 201, 203).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from shared.contracts.directory import Calendar, Holidays, Limit, Shift
from shared.contracts.vocabulary import Unit

HORIZON = timedelta(days=7_305)
"""No limit reaches further, and no search looks further: 20 years, far beyond any ticket."""

ZERO, MINUTE, DAY = timedelta(0), timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """When a limit ends, in UTC. ``provisional``: reckoned with days whose public holidays are not known yet."""

    at: datetime
    provisional: bool


@dataclass(frozen=True)
class Span:
    """Open time without a break, ``opens`` ≤ t < ``closes`` in UTC, all of it on one local ``day``."""

    day: date
    opens: datetime
    closes: datetime


@dataclass(frozen=True, eq=False)
class WorkTime:
    """A calendar with the holidays applied. Raises ``ValueError`` for one that nobody can work by.

    Takes aware datetimes of any offset and gives UTC; a naive one is a ``ValueError``, and so is a search that
    finds nothing within ``HORIZON``. Days looked at once are remembered, so keep it as long as the directory.
    """

    calendar: Calendar
    holidays: Holidays
    _days: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        _check(self.calendar)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.calendar.zone)

    @cached_property
    def day_minutes(self) -> int:
        """Open minutes of a normal day: the longest of the week."""
        week = self.calendar.weekdays.values()
        return max(sum((end - start for start, end in map(_edges, day)), ZERO) for day in week) // MINUTE

    def shifts_on(self, day: date) -> tuple[Shift, ...]:
        """None on public holidays, Monday's on make-up work days (调休), the weekday's otherwise."""
        weekday = day.isoweekday()
        if self.calendar.holidays:
            if day in self.holidays.rest_days:
                return ()
            if day in self.holidays.work_days:
                weekday = 1
        return self.calendar.weekdays.get(weekday, ())

    def close_of(self, day: date) -> datetime:
        """The end of the day's last shift. Raises ``ValueError`` for a day without any."""
        spans = self._spans_on(day)
        if not spans:
            raise ValueError(f"calendar {self.calendar.code}: closed all day on {day}")
        return spans[-1].closes

    def is_open(self, at: datetime) -> bool:
        return any(span.opens <= at < span.closes for span in self._spans_on(self._day(at)))

    def next_open(self, at: datetime) -> datetime:
        """The first open moment from ``at`` on: ``at`` itself when open."""
        return next(max(span.opens, _utc(at)) for span in self._spans(self._day(at)) if at < span.closes)

    def next_start(self, at: datetime) -> datetime:
        """The start of the first shift of the next working day after the day of ``at``."""
        return next(self._spans(self._day(at) + DAY)).opens

    def minutes_between(self, start: datetime, end: datetime) -> float:
        """Open minutes from ``start`` to ``end``; 0 when ``end`` is not later."""
        begin, end = _utc(start), _utc(end)
        spans = takewhile(lambda span: span.opens < end, self._spans(self._day(begin)))
        open_time = (max(min(span.closes, end) - max(span.opens, begin), ZERO) for span in spans)
        return sum(open_time, ZERO) / MINUTE

    def add_open_minutes(self, start: datetime, minutes: float) -> Due:
        """The earliest moment by which ``minutes`` open minutes have passed: ``start`` itself for 0.

        Minutes that fill a shift end with its close, not with the next opening.
        """
        at, left, first = _utc(start), _duration(minutes), self._day(start)
        if not left:
            return Due(at, self._unknown(first))
        for span in self._spans(first):
            at = max(span.opens, at)
            if at + left <= span.closes:
                break
            left -= max(span.closes - at, ZERO)
        return Due(at + left, self._unknown(first) or self._unknown(span.day))

    def add(self, start: datetime, limit: Limit) -> Due:
        """When ``limit`` ends. Minutes are elapsed time and ask no calendar; days are counted by statute."""
        match limit.unit:
            case Unit.MINUTES:
                return Due(_utc(start) + _duration(limit.amount), provisional=False)
            case Unit.WORKING_HOURS:
                return self.add_open_minutes(start, limit.amount * 60)
            case Unit.WORKING_DAYS:
                first, skipped = self._day(start) + DAY, _days(limit.amount) - DAY
            case Unit.CALENDAR_DAYS:
                first, skipped = self._day(start) + _days(limit.amount), ZERO
        last = next(islice(self._working_days(first), skipped.days, None))
        return Due(self.close_of(last), self._unknown(first) or self._unknown(last))

    def on_working_day(self, at: datetime) -> Due:
        """``at`` itself on a working day; otherwise the close of the next one (民法典 203)."""
        day = self._day(at)
        last = next(self._working_days(day))
        return Due(_utc(at) if last == day else self.close_of(last), self._unknown(day) or self._unknown(last))

    def _day(self, at: datetime) -> date:
        return _utc(at).astimezone(self.zone).date()

    def _unknown(self, day: date) -> bool:
        known = self.holidays.first_year <= day.year <= self.holidays.last_year
        return self.calendar.holidays and not known

    def _spans_on(self, day: date) -> tuple[Span, ...]:
        if day not in self._days:
            midnight = datetime.combine(day, time(0), self.zone)
            # Added on the wall clock, then turned into UTC: 09:00 stays 09:00 where summer time exists.
            self._days[day] = tuple(
                Span(day, (midnight + opens).astimezone(UTC), (midnight + closes).astimezone(UTC))
                for opens, closes in map(_edges, self.shifts_on(day))
            )
        return self._days[day]

    def _spans(self, first: date) -> Iterator[Span]:
        """All open spans from the day ``first`` on, without end."""
        for day in self._working_days(first):
            yield from self._spans_on(day)

    def _working_days(self, first: date) -> Iterator[date]:
        """The days with shifts from ``first`` on. Raises ``ValueError`` when asked for one beyond the horizon."""
        for offset in range(HORIZON.days):
            day = first + timedelta(days=offset)
            if self._spans_on(day):
                yield day
        raise ValueError(f"calendar {self.calendar.code}: nothing found within {HORIZON.days} days of {first}")


def _check(calendar: Calendar) -> None:
    """Raises ``ValueError``: unknown zone, no shift at all, no such weekday, shifts out of order or overlapping."""
    try:
        ZoneInfo(calendar.zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"calendar {calendar.code}: no time zone {calendar.zone!r}") from error
    if not any(calendar.weekdays.values()):
        raise ValueError(f"calendar {calendar.code}: no shift on any day")
    for weekday, shifts in calendar.weekdays.items():
        if not 1 <= weekday <= 7:
            raise ValueError(f"calendar {calendar.code}: no weekday {weekday}")
        earlier = ZERO
        for opens, closes in map(_edges, shifts):
            if not earlier <= opens < closes:
                raise ValueError(f"calendar {calendar.code}: shifts of weekday {weekday} not in order of time")
            earlier = closes


def _utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"a moment without its offset from UTC: {at}")
    return at.astimezone(UTC)


def _duration(minutes: float) -> timedelta:
    if not 0 <= minutes <= HORIZON / MINUTE:
        raise ValueError(f"not a limit between nothing and {HORIZON.days} days: {minutes} minutes")
    return timedelta(minutes=minutes)


def _days(amount: int) -> timedelta:
    return _duration(amount * (DAY // MINUTE))


def _edges(shift: Shift) -> tuple[timedelta, timedelta]:
    """Opening and close since midnight; 00:00 as a close is the midnight that ends the day."""
    opens, closes = (timedelta(hours=t.hour, minutes=t.minute, seconds=t.second) for t in (shift.opens, shift.closes))
    return opens, closes or DAY
