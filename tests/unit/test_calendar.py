"""Working time, case by case. The holidays are China's own, 2024 to 2026; later years count as not announced."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.calendar import Due, WorkTime
from shared.contracts.directory import Calendar, Holidays, Limit, Shift
from shared.contracts.vocabulary import Unit
from shared.holidays import packaged_holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE_DAY = (Shift(opens=time(9), closes=time(12)), Shift(opens=time(13, 30), closes=time(17, 30)))
ALL_DAY = (Shift(opens=time(0), closes=time(0)),)


def _known() -> Holidays:
    """Cut to three years, so that a newer package changes no case."""
    known = packaged_holidays()
    return Holidays(
        first_year=2024,
        last_year=2026,
        rest_days=frozenset(day for day in known.rest_days if 2024 <= day.year <= 2026),
        work_days=frozenset(day for day in known.work_days if 2024 <= day.year <= 2026),
    )


def _work(days: range, shifts: tuple[Shift, ...], holidays: bool, zone: str = "Asia/Shanghai") -> WorkTime:
    weekdays = dict.fromkeys(days, shifts)
    return WorkTime(Calendar(code="c", name="班次", zone=zone, weekdays=weekdays, holidays=holidays), _known())


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


OFFICE = _work(range(1, 6), OFFICE_DAY, holidays=True)
PLAIN_OFFICE = _work(range(1, 6), OFFICE_DAY, holidays=False)
ROUND_THE_CLOCK = _work(range(1, 8), ALL_DAY, holidays=False)
VOLUNTEER = _work(range(1, 8), (Shift(opens=time(8), closes=time(21)),), holidays=False)

M, H, W, C = Unit.MINUTES, Unit.WORKING_HOURS, Unit.WORKING_DAYS, Unit.CALENDAR_DAYS

CASES = [
    ("Hours run on after the lunch break.", OFFICE, "2026-03-02 11:30", 1, H, "2026-03-02 14:00"),
    ("Hours that fill the morning end at its close.", OFFICE, "2026-03-02 09:00", 3, H, "2026-03-02 12:00"),
    ("Hours given in the lunch break start after it.", OFFICE, "2026-03-02 12:40", 1, H, "2026-03-02 14:30"),
    ("Hours left on Friday evening run on Monday.", OFFICE, "2026-03-06 16:30", 2, H, "2026-03-09 10:00"),
    ("Hours given before opening start at opening.", OFFICE, "2026-03-02 03:00", 1, H, "2026-03-02 10:00"),
    ("Hours given at opening start at once.", OFFICE, "2026-03-02 09:00", 1, H, "2026-03-02 10:00"),
    ("Hours given at closing start the next morning.", OFFICE, "2026-03-02 17:30", 1, H, "2026-03-03 10:00"),
    ("Hours given on a Saturday start on Monday.", OFFICE, "2026-03-07 15:00", 1, H, "2026-03-09 10:00"),
    ("Hours skip the seven days of National Day.", OFFICE, "2026-09-30 16:30", 2, H, "2026-10-08 10:00"),
    (
        "Hours run on the Sunday that makes up for Spring Festival.",
        OFFICE,
        "2024-02-09 16:30",
        2,
        H,
        "2024-02-18 10:00",
    ),
    ("Hours given on New Year's Eve run on the make-up Sunday.", OFFICE, "2025-12-31 16:30", 2, H, "2026-01-04 10:00"),
    ("Ten office hours are a day and three hours.", OFFICE, "2026-03-02 09:00", 10, H, "2026-03-03 12:00"),
    ("The first day does not count, even from its opening.", OFFICE, "2026-03-02 09:00", 1, W, "2026-03-03 17:30"),
    ("A working day given on Friday evening ends on Monday.", OFFICE, "2026-03-06 20:00", 1, W, "2026-03-09 17:30"),
    (
        "A working day given on a rest day is the next working day.",
        OFFICE,
        "2026-03-07 15:00",
        1,
        W,
        "2026-03-09 17:30",
    ),
    ("A make-up Saturday is a working day.", OFFICE, "2026-10-09 10:00", 1, W, "2026-10-10 17:30"),
    ("The day after a make-up Saturday is none.", OFFICE, "2026-10-09 10:00", 2, W, "2026-10-12 17:30"),
    ("Five working days around Labour Day.", OFFICE, "2025-04-29 10:00", 5, W, "2025-05-09 17:30"),
    ("Midnight belongs to the day that begins.", OFFICE, "2026-03-03 00:00", 1, W, "2026-03-04 17:30"),
    ("A second before midnight belongs to the day that ends.", OFFICE, "2026-03-02 23:59:59", 1, W, "2026-03-03 17:30"),
    ("Without holidays National Day is a plain Thursday.", PLAIN_OFFICE, "2026-09-30 10:00", 1, W, "2026-10-01 17:30"),
    ("Without holidays a make-up Saturday is closed.", PLAIN_OFFICE, "2026-10-09 10:00", 1, W, "2026-10-12 17:30"),
    ("Calendar days count rest days in between.", OFFICE, "2026-03-02 10:00", 7, C, "2026-03-09 17:30"),
    ("A term that ends on a Saturday ends on Monday.", OFFICE, "2026-03-05 10:00", 2, C, "2026-03-09 17:30"),
    ("A term that ends in National Day ends after it.", OFFICE, "2026-09-29 10:00", 7, C, "2026-10-08 17:30"),
    ("A term that ends on a make-up Sunday ends there.", OFFICE, "2026-09-13 10:00", 7, C, "2026-09-20 17:30"),
    ("A term over the leap day counts it.", OFFICE, "2024-02-28 10:00", 1, C, "2024-02-29 17:30"),
    ("A day of a round-the-clock post ends at 24:00.", ROUND_THE_CLOCK, "2026-03-02 10:00", 1, C, "2026-03-04 00:00"),
    ("Its working days go on through National Day.", ROUND_THE_CLOCK, "2026-09-30 10:00", 2, W, "2026-10-03 00:00"),
    ("Its hours run through the night.", ROUND_THE_CLOCK, "2026-09-30 23:00", 2, H, "2026-10-01 01:00"),
    ("Its hours may end at midnight.", ROUND_THE_CLOCK, "2026-09-30 23:00", 1, H, "2026-10-01 00:00"),
    ("A volunteer is not clocked after 21:00.", VOLUNTEER, "2026-03-02 20:00", 4, H, "2026-03-03 11:00"),
    ("A volunteer's day has 13 hours on National Day too.", VOLUNTEER, "2026-10-01 08:00", 13, H, "2026-10-01 21:00"),
    ("A volunteer's calendar day ends at 21:00.", VOLUNTEER, "2026-03-06 22:00", 1, C, "2026-03-07 21:00"),
    ("Minutes are elapsed time over a weekend.", OFFICE, "2026-03-06 17:00", 1440, M, "2026-03-07 17:00"),
    ("The last known day is certain.", OFFICE, "2026-12-30 10:00", 1, W, "2026-12-31 17:30"),
    ("Hours that end at the year's last close are certain.", OFFICE, "2026-12-31 16:30", 1, H, "2026-12-31 17:30"),
    ("Minutes are certain in any year.", OFFICE, "2027-01-01 10:00", 60, M, "2027-01-01 11:00"),
    ("A post without holidays is certain in any year.", VOLUNTEER, "2027-01-01 10:00", 1, C, "2027-01-02 21:00"),
]

PROVISIONAL = [
    ("Hours beyond the known years run on plain weekdays.", OFFICE, "2026-12-31 17:00", 1, H, "2027-01-01 09:30"),
    ("Working days beyond them as well.", OFFICE, "2026-12-31 17:00", 1, W, "2027-01-01 17:30"),
    ("Working days that reach beyond them.", OFFICE, "2026-12-28 10:00", 5, W, "2027-01-04 17:30"),
    ("So do calendar days that end beyond them.", OFFICE, "2026-12-28 10:00", 15, C, "2027-01-12 17:30"),
    ("Years before the known ones are no better.", OFFICE, "2023-12-29 16:30", 2, H, "2024-01-02 10:00"),
]


def _params(cases: list[tuple]) -> list:
    return [pytest.param(*case[1:], id=case[0]) for case in cases]


@pytest.mark.parametrize(("work", "start", "amount", "unit", "end"), _params(CASES))
def test_a_limit_ends(work: WorkTime, start: str, amount: int, unit: Unit, end: str) -> None:
    """A limit ends when the sentence says, for certain."""
    assert work.add(at(start), Limit(amount=amount, unit=unit)) == Due(at(end), provisional=False)


@pytest.mark.parametrize(("work", "start", "amount", "unit", "end"), _params(PROVISIONAL))
def test_a_limit_is_provisional(work: WorkTime, start: str, amount: int, unit: Unit, end: str) -> None:
    """A limit reckoned with days whose holidays are not known says so."""
    assert work.add(at(start), Limit(amount=amount, unit=unit)) == Due(at(end), provisional=True)


def test_days_are_local_and_results_in_utc() -> None:
    """Monday 23:00 UTC is Tuesday in Shanghai, so one working day ends on Wednesday; what comes out is in UTC."""
    due = OFFICE.add(datetime(2026, 3, 2, 23, tzinfo=UTC), Limit(amount=1, unit=W))
    assert due.at.tzinfo is UTC
    assert due.at == datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    assert OFFICE.next_open(at("2026-03-02 10:00")).tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "shifts"),
    [
        pytest.param(date(2026, 3, 2), OFFICE_DAY, id="A Monday has its shifts."),
        pytest.param(date(2026, 3, 7), (), id="A Saturday has none."),
        pytest.param(date(2026, 10, 1), (), id="National Day has none, a Thursday though it is."),
        pytest.param(date(2024, 2, 18), OFFICE_DAY, id="The make-up Sunday has Monday's."),
        pytest.param(date(2027, 10, 1), OFFICE_DAY, id="A holiday not announced yet is a plain Friday."),
    ],
)
def test_shifts_on(day: date, shifts: tuple[Shift, ...]) -> None:
    """A day has the shifts that the sentence says."""
    assert OFFICE.shifts_on(day) == shifts


def test_make_up_days_are_worked_as_mondays() -> None:
    """A make-up Saturday has Monday's shifts, whatever the other days have."""
    weekdays = {1: OFFICE_DAY, 2: ALL_DAY, 6: ALL_DAY}
    work = WorkTime(Calendar(code="c", name="班次", weekdays=weekdays), _known())
    assert work.shifts_on(date(2026, 10, 10)) == OFFICE_DAY
    assert work.shifts_on(date(2026, 10, 17)) == ALL_DAY


@pytest.mark.parametrize(
    ("work", "moment", "next_open", "next_start"),
    [
        pytest.param(OFFICE, "2026-03-02 09:00", "2026-03-02 09:00", "2026-03-03 09:00", id="Open at opening."),
        pytest.param(OFFICE, "2026-03-02 12:00", "2026-03-02 13:30", "2026-03-03 09:00", id="Closed at closing."),
        pytest.param(OFFICE, "2026-03-03 00:00", "2026-03-03 09:00", "2026-03-04 09:00", id="Closed at midnight."),
        pytest.param(OFFICE, "2026-03-06 18:00", "2026-03-09 09:00", "2026-03-09 09:00", id="Closed on Friday night."),
        pytest.param(OFFICE, "2026-10-03 10:00", "2026-10-08 09:00", "2026-10-08 09:00", id="Closed on a holiday."),
        pytest.param(ROUND_THE_CLOCK, "2026-10-03 00:00", "2026-10-03 00:00", "2026-10-04 00:00", id="Never closed."),
        pytest.param(VOLUNTEER, "2026-10-03 21:00", "2026-10-04 08:00", "2026-10-04 08:00", id="Closed from 21:00."),
    ],
)
def test_openings(work: WorkTime, moment: str, next_open: str, next_start: str) -> None:
    """The next open moment is now or the next opening; the next start is a later day's first opening."""
    assert work.is_open(at(moment)) == (moment == next_open)
    assert work.next_open(at(moment)) == at(next_open)
    assert work.next_start(at(moment)) == at(next_start)


def test_open_minutes() -> None:
    """Lunch, nights and weekends are not counted, and time does not run backwards."""
    assert OFFICE.minutes_between(at("2026-03-06 11:00"), at("2026-03-09 10:00")) == 60 + 240 + 60
    assert OFFICE.minutes_between(at("2026-09-30 17:30"), at("2026-10-08 09:00")) == 0
    assert OFFICE.minutes_between(at("2026-03-09 10:00"), at("2026-03-06 11:00")) == 0
    assert (OFFICE.day_minutes, VOLUNTEER.day_minutes, ROUND_THE_CLOCK.day_minutes) == (420, 780, 1440)


def test_close_of() -> None:
    """A working day closes with its last shift, a rest day has no close."""
    assert OFFICE.close_of(date(2026, 3, 2)) == at("2026-03-02 17:30")
    with pytest.raises(ValueError, match="closed all day"):
        OFFICE.close_of(date(2026, 3, 7))


def test_shanghai_has_no_summer_time() -> None:
    """An office in Shanghai opens at 01:00 UTC on every working day of the year."""
    starts = {OFFICE.next_start(at("2026-01-01 12:00") + timedelta(days=day)).time() for day in range(360)}
    assert starts == {time(1)}


def test_a_zone_with_summer_time() -> None:
    """Where clocks change, hours are real hours and shifts keep to the wall clock."""
    berlin = ZoneInfo("Europe/Berlin")
    guard = _work(range(1, 8), ALL_DAY, holidays=False, zone="Europe/Berlin")
    office = _work(range(1, 6), OFFICE_DAY, holidays=False, zone="Europe/Berlin")
    saturday = at("2026-03-28 12:00", berlin)
    assert guard.minutes_between(at("2026-03-29 00:00", berlin), at("2026-03-30 00:00", berlin)) == 23 * 60
    assert guard.add_open_minutes(saturday, 24 * 60).at == at("2026-03-29 13:00", berlin)
    assert office.add(saturday, Limit(amount=1, unit=H)).at == at("2026-03-30 10:00", berlin)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"weekdays": {}}, "no shift"),
        ({"weekdays": {1: ()}}, "no shift"),
        ({"weekdays": {0: ALL_DAY}}, "no weekday 0"),
        ({"weekdays": {1: (OFFICE_DAY[1], OFFICE_DAY[0])}}, "order"),
        ({"weekdays": {1: (Shift(opens=time(22), closes=time(6)),)}}, "order"),
        ({"weekdays": {1: ALL_DAY}, "zone": "Asia/Atlantis"}, "time zone"),
        ({"weekdays": {1: ALL_DAY}, "zone": "../etc"}, "time zone"),
    ],
)
def test_a_calendar_that_cannot_be_used(broken: dict, why: str) -> None:
    """A calendar that nobody can work by is refused when it is taken up."""
    with pytest.raises(ValueError, match=why):
        WorkTime(Calendar(code="c", name="班次", **broken), _known())


def test_endless_walks_are_refused() -> None:
    """Absurd amounts, days that never come and moments without an offset are errors, not endless loops."""
    never = Holidays(
        first_year=2026,
        last_year=2026,
        rest_days=frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(9_000)),
        work_days=frozenset(),
    )
    start = at("2026-03-02 10:00")
    for unit in Unit:
        for amount in (10**8, 10**30):
            with pytest.raises(ValueError, match="not a limit"):
                OFFICE.add(start, Limit(amount=amount, unit=unit))
    with pytest.raises(ValueError, match="nothing found"):
        WorkTime(OFFICE.calendar, never).next_open(start)
    for minutes in (-1, float("nan")):
        with pytest.raises(ValueError, match="not a limit"):
            OFFICE.add_open_minutes(start, minutes)
    with pytest.raises(ValueError, match="offset"):
        OFFICE.is_open(start.replace(tzinfo=None))
