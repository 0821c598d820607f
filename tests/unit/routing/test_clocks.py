"""The clocks of the shipped preset over lunch breaks, nights, holidays, make-up days, years' ends, pauses and edits.

Each row is a sentence: a ticket is filed, things are done, and then its owner has until these moments. All of them are
Shanghai's; the holidays are China's own up to 2026, and later years count as not announced.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.records.directory import REQUIRED_FILES, read
from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.contracts.directory import Directory, Limit
from shared.contracts.vocabulary import Action, Unit, Urgency
from shared.directory import Town
from tests.acting import act, write
from tests.builders import a_submission

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEMO = Path(__file__).parents[3] / "deploy" / "demo"


def _demo() -> Directory:
    """Its holidays cut at 2026, so that a newer package changes no row."""
    directory = read({name: (DEMO / name).read_text(encoding="utf-8") for name in REQUIRED_FILES}, 1)
    known = directory.holidays
    rest, work = (frozenset(day for day in days if day.year <= 2026) for days in (known.rest_days, known.work_days))
    holidays = known.model_copy(update={"rest_days": rest, "work_days": work, "last_year": 2026})
    return directory.model_copy(update={"holidays": holidays})


DIRECTORY = _demo()


def edited(category: str | None = None, **changes: object) -> Town:
    """The demo with changes of its policy, or of one category."""
    if category is None:
        return Town(DIRECTORY.model_copy(update={"policy": DIRECTORY.policy.model_copy(update=changes)}))
    categories = (each.model_copy(update=changes) if each.code == category else each for each in DIRECTORY.categories)
    return Town(DIRECTORY.model_copy(update={"categories": tuple(categories)}))


TOWN = edited()
SHANDONG = edited("clutter", policy="shandong-2020")
"""By working days."""
HURRIED = edited(budgets={urgency: Limit(amount=30, unit=Unit.MINUTES) for urgency in Urgency})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Does:
    """The owner does something."""

    at: str
    action: Action
    until: str | None = None


@dataclass(frozen=True)
class Passes:
    """Time passes; ``town`` is in force by then."""

    at: str
    town: Town = TOWN


@dataclass(frozen=True)
class Row:
    sentence: str
    category: str
    filed: str
    level: str
    accept_by: str
    resolve_by: str
    steps: tuple[Does | Passes, ...] = ()
    town: Town = TOWN
    provisional: bool = False


def ran(case: Case, town: Town, until: datetime) -> Case:
    """Every clock rings that is due by then."""
    while case.due_at is not None and case.due_at <= until:
        case = tick(case, town, case.due_at).case
    return case


def lived(row: Row) -> Case:
    command = a_submission(door_code="LY1-01-2", category=row.category, submitted_at=at(row.filed))
    case, town = open_case(command, row.town, at(row.filed), write).case, row.town
    for step in row.steps:
        town = step.town if isinstance(step, Passes) else town
        case = ran(case, town, at(step.at))
        if isinstance(step, Does):
            details = {"until": at(step.until)} if step.until else {}
            change = act(case, step.action, case.ticket.owner, town, at(step.at), "说明", **details)
            assert isinstance(change, Change), (row.sentence, change)
            case = change.case
    return case


PAUSE = Does("2026-09-29T17:00", Action.DELIBERATE, until="2026-10-20T10:00")
ACCEPT = Does("2026-09-29T09:30", Action.ACCEPT)
RESUME = Does("2026-10-09T10:00", Action.RESUME)

ROWS = (
    Row(
        "A grid worker's time to accept runs on after the lunch break.",
        *("clutter", "2026-03-06T11:30", "unit", "2026-03-06T14:27:30", "2026-03-09T17:30"),
    ),
    Row(
        "What comes in the lunch break begins after it.",
        *("clutter", "2026-03-05T12:30", "unit", "2026-03-05T14:57:30", "2026-03-07T17:30"),
    ),
    Row(
        "What comes at night begins in the morning; the day that it came does not count.",
        *("clutter", "2026-03-04T22:00", "unit", "2026-03-05T09:57:30", "2026-03-06T17:30"),
    ),
    Row(
        "After midnight it is the next day's.",
        *("clutter", "2026-03-05T00:30", "unit", "2026-03-05T09:57:30", "2026-03-07T17:30"),
    ),
    Row(
        "A term that would end in the seven days of National Day ends on the eighth.",
        *("clutter", "2026-09-30T17:00", "unit", "2026-10-08T09:27:30", "2026-10-08T17:30"),
    ),
    Row(
        "The Sunday that makes up for National Day is worked by Monday's hours.",
        *("clutter", "2026-09-19T17:00", "unit", "2026-09-20T09:27:30", "2026-09-21T17:30"),
    ),
    Row(
        "A Saturday that makes up for Spring Festival is an officer's working day; the nine days after it are none.",
        *("elderly", "2026-02-13T17:30", "community", "2026-02-14T14:22:30", "2026-02-24T18:00"),
    ),
    Row(
        "Filed on New Year's holiday, it begins on the make-up Sunday, on which its term ends as well.",
        *("clutter", "2026-01-02T10:00", "unit", "2026-01-04T09:57:30", "2026-01-04T17:30"),
    ),
    Row(
        "A volunteer has four of his own hours, on a holiday too: those of the evening and of the next morning.",
        *("leak", "2026-10-01T20:00", "unit", "2026-10-02T11:00", "2026-10-03T21:00"),
    ),
    Row(
        "Nothing is asked of a volunteer at night.",
        *("leak", "2026-03-05T23:30", "unit", "2026-03-06T12:00", "2026-03-07T21:00"),
    ),
    Row(
        "Danger runs in plain minutes, over midnight and the year's end.",
        *("gas_leak", "2026-12-31T23:50", "unit", "2027-01-01T00:05", "2027-01-01T00:10"),
    ),
    Row(
        "Beyond the holidays that are known plain weekdays count, and the limit is provisional.",
        *("clutter", "2026-12-30T10:00", "unit", "2026-12-30T11:27:30", "2027-01-01T17:30"),
        provisional=True,
    ),
    Row(
        "A post that rests on no holiday has no provisional limit.",
        *("lighting", "2026-12-30T10:00", "unit", "2026-12-30T14:40", "2027-01-02T00:00"),
    ),
    Row(
        "Not accepted before National Day it climbs after it, and the community's term ends on that same day.",
        *("clutter", "2026-09-30T17:00", "community", "2026-10-08T15:20", "2026-10-08T18:00"),
        steps=(Passes("2026-10-08T09:27:30"),),
    ),
    Row(
        "A pause over National Day takes no time away: the nine days left then are left after it, and end on a Monday.",
        *("clutter", "2026-09-29T09:00", "unit", "2026-09-29T10:27:30", "2026-10-19T17:30"),
        steps=(ACCEPT, PAUSE, RESUME),
    ),
    Row(
        "Of working days the open hours left then are left: eight, over the lunch break and into the make-up day.",
        *("clutter", "2026-09-29T09:00", "unit", "2026-09-29T10:02:30", "2026-10-10T10:30"),
        steps=(ACCEPT, PAUSE, RESUME),
        town=SHANDONG,
    ),
    Row(
        "A policy edited midway moves no clock that runs.",
        *("clutter", "2026-03-05T09:00", "unit", "2026-03-05T10:27:30", "2026-03-07T17:30"),
        steps=(Passes("2026-03-05T10:27", HURRIED),),
    ),
    Row(
        "Nor does the next rung go by it: what was stamped at the opening counts to the end.",
        *("clutter", "2026-03-05T09:00", "community", "2026-03-05T16:20", "2026-03-10T18:00"),
        steps=(Passes("2026-03-05T10:27:30", HURRIED),),
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_the_clock(row: Row) -> None:
    """Level, limits and the running clock of the owner are those of the row, to the second."""
    case = lived(row)
    ticket = case.ticket
    found = (ticket.level, _local(ticket.accept_by), _local(ticket.resolve_by), ticket.provisional)
    assert found == (row.level, row.accept_by, row.resolve_by, row.provisional)
    assert ticket.owner is not None
    assert case.due_at == (ticket.resolve_by if ticket.owner.accepted_at else ticket.accept_by)


def _local(moment: datetime | None) -> str:
    assert moment is not None
    text = moment.astimezone(SHANGHAI).isoformat(timespec="seconds").removesuffix("+08:00")
    return text.removesuffix(":00") if text.count(":") == 2 else text
