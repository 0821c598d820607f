"""Working time, rule by rule, for any calendar, moment and amount."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import WorkTime
from shared.contracts.directory import Calendar, Limit, Shift
from shared.contracts.vocabulary import Unit
from shared.holidays import packaged_holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOLIDAYS = packaged_holidays()
START = datetime(2023, 1, 1, tzinfo=UTC)
YEAR_END = datetime(HOLIDAYS.last_year, 12, 31, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@st.composite
def _shifts(draw: st.DrawFn) -> tuple[Shift, ...]:
    """Up to three shifts on quarter hours, the last one possibly until midnight."""
    edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
    marks = [time(edge // 4 % 24, edge % 4 * 15) for edge in edges]
    return tuple(Shift(opens=opens, closes=closes) for opens, closes in list(pairwise(marks))[::2])


CALENDARS = st.builds(
    Calendar,
    code=st.just("c"),
    name=st.just("班次"),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "UTC"]),
    weekdays=st.dictionaries(st.integers(1, 7), _shifts(), min_size=1),
    holidays=st.booleans(),
)
WORK = st.builds(WorkTime, CALENDARS, st.just(HOLIDAYS))
OFFICE = WorkTime(
    Calendar(
        code="office",
        name="工作日",
        weekdays=dict.fromkeys(
            range(1, 6),
            (Shift(opens=time(9), closes=time(12)), Shift(opens=time(13, 30), closes=time(17, 30))),
        ),
    ),
    HOLIDAYS,
)


def _moments(until: datetime) -> st.SearchStrategy[datetime]:
    return st.timedeltas(timedelta(0), until - START).map(lambda passed: START + passed)


KNOWN_MOMENTS = _moments(YEAR_END - timedelta(days=60))
MOMENTS = _moments(YEAR_END + timedelta(days=200))
MINUTES = st.integers(0, 6_000 * 60).map(lambda seconds: seconds / 60)
LIMITS = st.builds(Limit, amount=st.integers(1, 40), unit=st.sampled_from(Unit))


@given(WORK, MOMENTS, MINUTES)
def test_adding_and_measuring_are_inverse(work: WorkTime, start: datetime, minutes: float) -> None:
    """Between a moment and the moment so many open minutes later lie so many open minutes, and never sooner."""
    end = work.add_open_minutes(start, minutes).at
    assert abs(work.minutes_between(start, end) - minutes) < 1e-6
    assert not minutes or work.minutes_between(start, end - TICK) < minutes


@given(WORK, MOMENTS, MOMENTS)
def test_measuring_and_adding_are_inverse(work: WorkTime, start: datetime, end: datetime) -> None:
    """Adding what was measured leads back, but for closed time at the end."""
    start, end = min(start, end), max(start, end)
    back = work.add_open_minutes(start, work.minutes_between(start, end)).at
    assert back <= end
    assert work.minutes_between(back, end) == 0


@given(WORK, MOMENTS, MINUTES, MINUTES)
def test_two_amounts_are_their_sum(work: WorkTime, start: datetime, first: float, then: float) -> None:
    """Adding one amount and then another is adding both."""
    in_steps = work.add_open_minutes(work.add_open_minutes(start, first).at, then).at
    at_once = work.add_open_minutes(start, first + then).at
    # A rounded microsecond may lie on the other side of a closed night: compare in open time.
    assert work.minutes_between(min(in_steps, at_once), max(in_steps, at_once)) < 1e-6


@given(WORK, st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_open_minutes_add_up(work: WorkTime, moments: list[datetime]) -> None:
    """No time is counted twice or lost where a period is cut in two."""
    start, cut, end = moments
    parts = work.minutes_between(start, cut) + work.minutes_between(cut, end)
    assert abs(parts - work.minutes_between(start, end)) < 1e-6


@given(WORK, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=30)), LIMITS)
def test_a_later_start_is_never_due_earlier(work: WorkTime, start: datetime, later: timedelta, limit: Limit) -> None:
    """In every unit, who starts later is due later or at the same moment."""
    assert work.add(start, limit).at <= work.add(start + later, limit).at


@given(WORK, MOMENTS, LIMITS, st.integers(0, 20))
def test_a_longer_limit_is_never_due_earlier(work: WorkTime, start: datetime, limit: Limit, more: int) -> None:
    """In every unit, more time is due later or at the same moment, and no limit is due before its start."""
    longer = limit.model_copy(update={"amount": limit.amount + more})
    assert start < work.add(start, limit).at <= work.add(start, longer).at


@given(WORK, MOMENTS, MINUTES.filter(bool))
def test_open_minutes_end_in_a_shift(work: WorkTime, start: datetime, minutes: float) -> None:
    """Open minutes end within a shift or with its close, never while the post is closed."""
    assert work.is_open(work.add_open_minutes(start, minutes).at - TICK)


@given(WORK, MOMENTS, st.integers(1, 30))
def test_working_days_are_counted_one_by_one(work: WorkTime, start: datetime, amount: int) -> None:
    """From the day after the start to the day of the close lie exactly that many days with shifts."""
    due = work.add(start, Limit(amount=amount, unit=Unit.WORKING_DAYS)).at
    first, last = _day(work, start), _day(work, due - TICK)
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(bool(work.shifts_on(day)) for day in days) == amount
    assert due == work.close_of(last)


@given(WORK, MOMENTS, st.integers(1, 60))
def test_calendar_days_end_on_the_first_working_day(work: WorkTime, start: datetime, amount: int) -> None:
    """Calendar days end that many days later, or on the first day with shifts after that."""
    due = work.add(start, Limit(amount=amount, unit=Unit.CALENDAR_DAYS)).at
    day = _day(work, start) + timedelta(days=amount)
    while not work.shifts_on(day):
        day += timedelta(days=1)
    assert due == work.close_of(day)


@given(WORK, MOMENTS)
def test_the_next_opening(work: WorkTime, moment: datetime) -> None:
    """At the next opening it is open, nothing was open before, and the next start is on a later day."""
    opening, start = work.next_open(moment), work.next_start(moment)
    assert work.is_open(opening)
    assert (opening == moment) == work.is_open(moment)
    assert work.minutes_between(moment, opening) == 0
    assert work.is_open(start)
    assert not work.is_open(start - TICK) or work.close_of(_day(work, start - TICK)) == start
    assert _day(work, start) > _day(work, moment)


@given(WORK, MOMENTS, LIMITS)
def test_provisional_by_the_years_it_touches(work: WorkTime, start: datetime, limit: Limit) -> None:
    """A limit that holidays can move is certain within the known years, provisional when it ends beyond them."""
    due = work.add(start, limit)
    moved_by_holidays = work.calendar.holidays and limit.unit is not Unit.MINUTES
    assert due.provisional == (moved_by_holidays and _day(work, due.at - TICK).year > HOLIDAYS.last_year)


@given(KNOWN_MOMENTS, LIMITS.filter(lambda limit: limit.unit is not Unit.MINUTES))
def test_nothing_falls_due_on_a_public_holiday(start: datetime, limit: Limit) -> None:
    """An office's deadline is on a working day by the package's own word, within the office's hours."""
    due = OFFICE.add(start, limit).at.astimezone(SHANGHAI)
    assert chinese_calendar.is_workday(due.date())
    assert time(9) < due.time() <= time(17, 30)


@given(KNOWN_MOMENTS, st.integers(0, 20 * 24 * 4))
def test_an_office_s_time_by_counting(start: datetime, quarters: int) -> None:
    """Counted quarter by quarter on the wall clock, an office is open for the same time."""
    start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    moments = [(start + timedelta(minutes=15 * n)).astimezone(SHANGHAI) for n in range(quarters)]
    counted = [
        chinese_calendar.is_workday(at.date())
        and (time(9) <= at.time() < time(12) or time(13, 30) <= at.time() < time(17, 30))
        for at in moments
    ]
    assert [OFFICE.is_open(at) for at in moments] == counted
    assert OFFICE.minutes_between(start, start + timedelta(minutes=15 * quarters)) == 15 * sum(counted)


def _day(work: WorkTime, at: datetime) -> date:
    return at.astimezone(work.zone).date()
