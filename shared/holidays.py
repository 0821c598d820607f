"""Public holidays: what the ``chinesecalendar`` package knows, and a data file for the years after it."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chinese_calendar.constants import holidays, workdays

from shared.contracts.directory import Holidays

REST, WORK = "rest", "work"
HEADER = ["date", "kind"]

STATUTORY_RESTS = 13
FIXED_RESTS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""By 全国年节及纪念日放假办法, as revised in 2024: 13 days a year, six of them on these dates."""


@dataclass(frozen=True)
class Problem:
    """What is wrong where in the data file, in both languages; ``line`` counts from 1, the header included."""

    line: int
    column: str
    text: str
    zh: str


class BadHolidays(ValueError):
    """The data file cannot be used; ``problems`` names every bad row."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"line {p.line}, {p.column}: {p.text}" for p in self.problems))


@dataclass(frozen=True)
class Row:
    line: int
    day: date
    kind: str


def packaged_holidays() -> Holidays:
    """All years that the package has data for: whole years, for it is released after the State Council's notice."""
    return Holidays(
        first_year=min(holidays).year,
        last_year=max(holidays).year,
        rest_days=frozenset(holidays),
        work_days=frozenset(workdays),
    )


def extend_holidays(known: Holidays, text: str) -> Holidays:
    """``known`` with the rows of a data file: ``date,kind``, a row for each day that the State Council's notice names,
    kind rest|work.

    Years after the last known one must follow it without a gap and be whole. A row for a known year outweighs
    what is known of its day: a notice may be amended, or reach into the December before its year, and the file may
    stay when the package has caught up. Raises ``BadHolidays``.
    """
    rows, problems = _read(text)
    problems += [
        Problem(
            row.line, "date", f"before {known.first_year}, the first known year", f"早于已知的第一年 {known.first_year}"
        )
        for row in rows
        if row.day.year < known.first_year
    ]
    problems = problems or _check_years(known.last_year, rows)
    if problems:
        raise BadHolidays(problems)
    rest = {row.day for row in rows if row.kind == REST}
    work = {row.day for row in rows if row.kind == WORK}
    return Holidays(
        first_year=known.first_year,
        last_year=max([known.last_year, *(row.day.year for row in rows)]),
        rest_days=(known.rest_days - work) | rest,
        work_days=(known.work_days - rest) | work,
    )


def _read(text: str) -> tuple[list[Row], list[Problem]]:
    reader = csv.reader(text.splitlines())
    if [cell.strip() for cell in next(reader, [])] != HEADER:
        return [], [Problem(1, "date", f"the header must be {','.join(HEADER)}", f"表头应为 {','.join(HEADER)}")]
    rows: dict[date, Row] = {}
    problems = []
    for cells in reader:
        if not cells:
            continue
        row = _row(reader.line_num, [cell.strip() for cell in cells])
        if isinstance(row, Problem):
            problems.append(row)
        elif row.day in rows:
            problems.append(
                Problem(
                    row.line,
                    "date",
                    f"{row.day} is on line {rows[row.day].line} already",
                    f"{row.day} 与第 {rows[row.day].line} 行重复",
                )
            )
        else:
            rows[row.day] = row
    return list(rows.values()), problems


def _row(line: int, cells: list[str]) -> Row | Problem:
    if len(cells) != len(HEADER):
        return Problem(
            line,
            "kind",
            f"{len(cells)} columns instead of {len(HEADER)}",
            f"应有 {len(HEADER)} 列，实有 {len(cells)} 列",
        )
    try:
        day = date.fromisoformat(cells[0])
    except ValueError:
        return Problem(
            line, "date", f"not a date like 2027-01-01: {cells[0]!r}", f"“{cells[0]}”不是 2027-01-01 这样的日期"
        )
    if cells[1] not in (REST, WORK):
        return Problem(
            line, "kind", f"neither {REST} nor {WORK}: {cells[1]!r}", f"“{cells[1]}”既不是 {REST} 也不是 {WORK}"
        )
    if cells[1] == WORK and day.isoweekday() <= 5:
        return Problem(
            line, "kind", f"{day} is no weekend day: only those are made up on", f"{day} 不是周末，只有周末可调为上班"
        )
    return Row(line, day, cells[1])


def _check_years(last_known: int, rows: list[Row]) -> list[Problem]:
    """Every later year up to the file's last must be whole: a forgotten holiday is a deadline too early."""
    later = [row for row in rows if row.day.year > last_known]
    problems = []
    for year in range(last_known + 1, max((row.day.year for row in later), default=last_known) + 1):
        line = min((row.line for row in later if row.day.year >= year), default=1)
        rests = {(row.day.month, row.day.day) for row in later if row.day.year == year and row.kind == REST}
        missing = [f"{month:02}-{day:02}" for month, day in FIXED_RESTS if (month, day) not in rests]
        if missing:
            problems.append(
                Problem(
                    line,
                    "date",
                    f"{year} is not whole: no rest on {', '.join(missing)}",
                    f"{year} 年不全：{'、'.join(missing)} 没有放假",
                )
            )
        elif len(rests) < STATUTORY_RESTS:
            problems.append(
                Problem(
                    line,
                    "date",
                    f"{year} is not whole: {len(rests)} days of rest, at least {STATUTORY_RESTS} by law",
                    f"{year} 年不全：放假 {len(rests)} 天，法定至少 {STATUTORY_RESTS} 天",
                )
            )
    return problems
