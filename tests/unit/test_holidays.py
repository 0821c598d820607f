"""Where the holidays come from: the package's data, and the data file for the years after it."""

from collections.abc import Callable
from datetime import date, timedelta

import chinese_calendar
import pytest

from shared.contracts.directory import Holidays
from shared.holidays import FIXED_RESTS, BadHolidays, extend_holidays, packaged_holidays

KNOWN = packaged_holidays()
NEXT = KNOWN.last_year + 1


def _year(year: int) -> list[str]:
    """The rows of a whole year: the six fixed days, seven more, and a Saturday made up on."""
    rests = [date(year, month, day) for month, day in FIXED_RESTS] + [date(year, 2, day) for day in range(10, 17)]
    saturday = next(day for day in (date(year, 9, 20) + timedelta(days=n) for n in range(7)) if day.isoweekday() == 6)
    return [f"{day},rest" for day in sorted(rests)] + [f"{saturday},work"]


def _file(*rows: str) -> str:
    return "\n".join(["date,kind", *rows, ""])


def test_the_package_s_years() -> None:
    """The first and the last year are those that the package itself answers for."""
    for year in (KNOWN.first_year, KNOWN.last_year):
        assert chinese_calendar.is_holiday(date(year, 1, 1))
    for year in (KNOWN.first_year - 1, KNOWN.last_year + 1):
        with pytest.raises(NotImplementedError):
            chinese_calendar.is_holiday(date(year, 1, 1))


def test_the_package_s_days() -> None:
    """On every day it knows, the weekday and our two sets give the package's own answer."""
    day, end = date(KNOWN.first_year, 1, 1), date(KNOWN.last_year, 12, 31)
    while day <= end:
        works = day in KNOWN.work_days or (day.isoweekday() <= 5 and day not in KNOWN.rest_days)
        assert works == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        pytest.param(date(2024, 2, 18), "work", id="Sunday after Spring Festival 2024"),
        pytest.param(date(2025, 1, 28), "rest", id="New Year's Eve of the lunar year, 2025"),
        pytest.param(date(2025, 10, 8), "rest", id="National Day and Mid-Autumn 2025, the eighth day"),
        pytest.param(date(2026, 2, 23), "rest", id="Spring Festival 2026, the ninth day"),
        pytest.param(date(2026, 10, 10), "work", id="Saturday after National Day 2026"),
    ],
)
def test_announced_days(day: date, kind: str) -> None:
    """Days that the State Council's notices name are what they say."""
    assert (day in KNOWN.rest_days, day in KNOWN.work_days) == (kind == "rest", kind == "work")


def test_a_year_more() -> None:
    """A whole year's rows make that year known, and leave the others as they were."""
    extended = extend_holidays(KNOWN, _file(*_year(NEXT)))
    assert (extended.first_year, extended.last_year) == (KNOWN.first_year, NEXT)
    assert date(NEXT, 10, 1) in extended.rest_days
    assert len(extended.rest_days - KNOWN.rest_days) == 13
    assert len(extended.work_days - KNOWN.work_days) == 1
    assert extended.rest_days >= KNOWN.rest_days


def test_several_years_in_any_order() -> None:
    """Rows need no order, blank lines and spaces do no harm, and the same file twice changes nothing."""
    text = _file(*reversed(_year(NEXT) + _year(NEXT + 1))).replace(",", " , ").replace("\n", "\n\n")
    extended = extend_holidays(KNOWN, text)
    assert extended.last_year == NEXT + 1
    assert extend_holidays(extended, text) == extended


def test_no_rows() -> None:
    """A file with its header only adds nothing."""
    assert extend_holidays(KNOWN, "date,kind\n") == KNOWN


def test_a_row_for_a_known_year_outweighs() -> None:
    """An amended notice, or one that reaches into the December before, is taken over in both directions."""
    amended = extend_holidays(KNOWN, _file("2026-12-31,rest", "2026-10-10,rest", "2026-10-04,work"))
    assert amended.last_year == KNOWN.last_year
    assert {date(2026, 12, 31), date(2026, 10, 10)} <= amended.rest_days
    assert date(2026, 10, 10) not in amended.work_days
    assert date(2026, 10, 4) in amended.work_days
    assert date(2026, 10, 4) not in amended.rest_days


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        pytest.param("", 1, "date", "header", id="an empty file"),
        pytest.param("day,kind\n", 1, "date", "header", id="another header"),
        pytest.param(_file("soon,rest"), 2, "date", "not a date", id="no date"),
        pytest.param(_file("2026-02-30,rest"), 2, "date", "not a date", id="a day that does not exist"),
        pytest.param(_file("2026-01-01,holiday"), 2, "kind", "neither", id="another kind"),
        pytest.param(_file("2026-01-01"), 2, "kind", "columns", id="a column too few"),
        pytest.param(_file("2026-01-01,rest,元旦"), 2, "kind", "columns", id="a column too many"),
        pytest.param(_file("2026-01-01,rest", "2026-01-01,work"), 3, "kind", "weekend", id="work on a Thursday"),
        pytest.param(_file("2026-01-01,rest", "2026-01-01,rest"), 3, "date", "line 2", id="a day twice"),
        pytest.param(_file("1990-01-01,rest"), 2, "date", "first known year", id="before the first year"),
    ],
)
def test_bad_rows(text: str, line: int, column: str, words: str) -> None:
    """A bad row is named by its line and column, and nothing is taken over."""
    with pytest.raises(BadHolidays) as caught:
        extend_holidays(KNOWN, text)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (line, column)
    assert words in problem.text


def test_all_bad_rows_at_once() -> None:
    """Every bad row is reported, not only the first."""
    with pytest.raises(BadHolidays) as caught:
        extend_holidays(KNOWN, _file("soon,rest", "2026-01-01,rest", "2026-01-02,holiday"))
    assert [problem.line for problem in caught.value.problems] == [2, 4]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda rows: rows[:1], "no rest on 05-01", id="only New Year's Day"),
        pytest.param(
            lambda rows: [row for row in rows if "-02-1" not in row], "6 days of rest", id="no Spring Festival"
        ),
        pytest.param(
            lambda rows: [row.replace(str(NEXT), str(NEXT + 1)) for row in rows[:-1]], f"{NEXT} is not", id="gap"
        ),
    ],
)
def test_a_year_that_is_not_whole(spoil: Callable[[list[str]], list[str]], words: str) -> None:
    """A later year with holidays missing is refused: a deadline would come too early, and be called certain."""
    with pytest.raises(BadHolidays, match=words):
        extend_holidays(KNOWN, _file(*spoil(_year(NEXT))))


def test_a_start_from_nothing() -> None:
    """Where the package knew nothing of later years, the file alone carries on from the last known one."""
    cut = Holidays(first_year=2024, last_year=2024, rest_days=frozenset(), work_days=frozenset())
    rows = [f"{day},rest" for day in sorted(KNOWN.rest_days) if day.year == 2025]
    rows += [f"{day},work" for day in sorted(KNOWN.work_days) if day.year == 2025]
    extended = extend_holidays(cut, _file(*rows))
    assert extended.last_year == 2025
    assert extended.rest_days == {day for day in KNOWN.rest_days if day.year == 2025}
