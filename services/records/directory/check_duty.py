"""What must hold in duty rosters and absences: hours that do not overlap, weeks that there are, days in order."""

from collections.abc import Iterator
from datetime import date, time
from itertools import combinations

from services.records.directory.drafts import Entry
from services.records.directory.problems import Fault, Problem
from services.records.directory.tables import Tables
from shared.contracts.directory import Duty
from shared.duty import week_of

A_DAY = 24 * 60


def check_duty(tables: Tables) -> Iterator[Problem]:
    for entry in tables.duties.entries:
        week = entry.value.week
        if week and not _is_week(week):
            yield entry.problem("week", Fault.WEEK, value=week)
        if entry.value.opens.tzinfo or entry.value.closes.tzinfo:
            yield entry.problem("opens", Fault.SHIFT, value=f"{entry.value.opens}–{entry.value.closes}")
    yield from _twice_on_duty(tables.duties.entries)
    for absence in tables.absences.entries:
        if absence.value.last_day < absence.value.first_day:
            words = f"{absence.value.first_day}–{absence.value.last_day}"
            yield absence.problem("last_day", Fault.DAYS, value=words)


def _is_week(week: str) -> bool:
    try:
        return week_of(date.fromisoformat(f"{week}-1")) == week
    except ValueError:
        return False


def _twice_on_duty(entries: tuple[Entry[Duty], ...]) -> Iterator[Problem]:
    """Two lines for the same hours: one of them would never count. A line for one week may outrank one for all."""
    rosters: dict[tuple[str, str | None], list[Entry[Duty]]] = {}
    for entry in entries:
        rosters.setdefault((entry.value.post, entry.value.week), []).append(entry)
    for roster in rosters.values():
        for first, second in combinations(roster, 2):
            if _minutes(first.value) & _minutes(second.value):
                yield second.problem("opens", Fault.ON_DUTY_TWICE, first=first.line)


def _minutes(duty: Duty) -> set[int]:
    """The minutes of the week that the line covers; a Sunday's night goes on on Monday."""
    opens, closes = _minute(duty.opens), _minute(duty.closes)
    length = (closes - opens) % A_DAY or A_DAY
    weekdays = (duty.weekday,) if duty.weekday else range(1, 8)
    begins = ((weekday - 1) * A_DAY + opens for weekday in weekdays)
    return {minute % (7 * A_DAY) for begin in begins for minute in range(begin, begin + length)}


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
