"""How a hotline's sheets are to be understood: its columns, its words, its moments. A YAML file says so."""

import re
import unicodedata
from collections.abc import Mapping as Named
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from openpyxl.utils.datetime import from_excel
from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.hotline.sheets import Cell
from shared.contracts.commands import TEXT_LIMIT

Taken = Literal[
    "external_ref", "description", "deadline", "door_code", "place", "address", "kind", "category", "urgency", "title",
    "anonymous", "about_role", "reporter.name", "reporter.phone", "reporter.email",
]  # fmt: skip
"""What an order has: fields of the API's HotlineOrder."""
Told = Literal[
    "external_ref", "code", "status", "level", "overdue", "deadline", "opened_at", "updated_at", "resolved_at",
    "closed_at", "merged_into", "result", "settled", "contacted_at", "called_back.at", "called_back.reached",
    "called_back.settled", "called_back.grade", "grade",
]  # fmt: skip
"""What is told of it: fields of the API's OrderState."""
NEEDED = ("external_ref", "description")

LONGEST_NUMBER = 10**15
"""Of what is longer a spreadsheet keeps the first digits alone."""
SEVERAL = re.compile("[/、,，;；]")
SERIALS = (1, 2_958_465)
"""Excel counts days from 1900 to 9999: 46000.75 is 2025-12-09 18:00. 20251209 is not one of them."""
WITH_HOURS = ("%H", "%I", "%T", "%R", "%X", "%c")
TRUTH = {"true": True, "false": False}
DAY = timedelta(days=1)


class Mapping(BaseModel):
    """``columns``: the heading of each field. ``values``: of a field, our code for each of their words; ``otherwise``:
    for a word that is not there or a cell that is empty. ``blank``: what means an empty cell. ``dates``: how moments
    are written (strptime), in the time of ``zone``. ``results``: the headings to write; ``words`` for the codes there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[Taken, str]
    values: dict[Taken, dict[str, str]] = {}
    otherwise: dict[Taken, str] = {}
    blank: frozenset[str] = frozenset()
    dates: tuple[str, ...] = ()
    zone: str = "Asia/Shanghai"
    default_place: str | None = None
    results: dict[Told, str] = Field(default_factory=dict)
    words: dict[Told, dict[str, str]] = {}

    @field_validator("zone")
    @classmethod
    def _there(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"no time zone {zone!r}") from error
        return zone

    @field_validator("columns")
    @classmethod
    def _enough(cls, columns: dict[Taken, str]) -> dict[Taken, str]:
        if missing := [name for name in NEEDED if name not in columns]:
            raise ValueError(f"needed: {', '.join(missing)}")
        return columns

    def order(self, row: Named[str, Cell]) -> dict[str, Any]:
        """A row as the API takes it. What cannot be understood goes as it is: the API says what is wrong with it."""
        order: dict[str, Any] = {}
        for field, column in self.columns.items():
            value = self._value(field, row.get(column))
            if value is None:
                continue
            whole, _, part = field.partition(".")
            if part:
                order.setdefault(whole, {})[part] = value
            else:
                order[whole] = value
        return order

    def _value(self, field: Taken, cell: Cell) -> object:
        text = _text(cell)
        known = self.values.get(field, {})
        value: str | None
        if text in self.blank or not text:
            value = self.otherwise.get(field)
        elif field == "deadline":
            moment = self.moment(cell)
            value = moment.isoformat() if moment else text
        elif field == "reporter.phone":
            value = _first_phone(text)
        elif known and field != "anonymous":
            value = known.get(text, self.otherwise.get(field, text))
        else:  # what may be a wish to stay unnamed is nobody's to pass over
            value = known.get(text, text)
        return TRUTH.get(value.lower(), value) if value and field == "anonymous" else value

    def moment(self, cell: Cell) -> datetime | None:
        """None for what is no moment. A day without an hour ends at its midnight."""
        found, whole_day = self._read(cell)
        if found is None:
            return None
        aware = found.replace(tzinfo=ZoneInfo(self.zone), microsecond=0) if found.tzinfo is None else found
        try:
            return aware + DAY if whole_day else aware
        except OverflowError:  # the end of the calendar, which some write for no limit at all
            return None

    def _read(self, cell: Cell) -> tuple[datetime | None, bool]:
        if isinstance(cell, datetime):
            return cell, cell.time() == time.min
        if isinstance(cell, date):
            return datetime.combine(cell, time.min), True
        text = _text(cell)
        for form in self.dates:
            try:
                return datetime.strptime(text, form), not any(part in form for part in WITH_HOURS)  # noqa: DTZ007
            except ValueError:
                continue
        try:
            serial = float(text)
        except ValueError:
            return None, False
        if not SERIALS[0] <= serial <= SERIALS[1]:
            return None, False
        read = from_excel(serial)
        return (read, serial.is_integer()) if isinstance(read, datetime) else (None, False)

    def local(self, moment: str) -> str:
        """A moment of the API's in the time of the zone."""
        return datetime.fromisoformat(moment).astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M:%S")

    def told(self, state: Named[str, Any]) -> list[str]:
        """An order's state as the cells of its row."""
        return [self._told(field, state) for field in self.results]

    def _told(self, field: Told, state: Named[str, Any]) -> str:
        whole, _, part = field.partition(".")
        value = state.get(whole)
        if part:
            value = (value or {}).get(part)
        if value is None:
            return ""
        if field == "deadline" or field.endswith("_at") or part == "at":
            return self.local(value)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return self.words.get(field, {}).get(text, text)


def read_mapping(path: Path) -> Mapping:
    """Raises ``ValidationError``, ``yaml.YAMLError``, ``OSError``. Every word is a text, whatever it looks like."""
    return Mapping.model_validate(yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader))  # noqa: S506


def _text(cell: Cell) -> str:
    """A cell as a person reads it, no longer than what shows that it is too long: 13800000000.0 is a phone number. One
    that was cut to its first digits is written so that it shows."""
    if isinstance(cell, int | float) and abs(cell) >= LONGEST_NUMBER:
        cell = f"{cell:.5E}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()[: TEXT_LIMIT + 1]


def _first_phone(text: str) -> str:
    """The first of several, in narrow digits, its area code without brackets."""
    first = SEVERAL.split(unicodedata.normalize("NFKC", text))[0].strip()
    return re.sub(r"^\(([0-9]+)\)\s*", r"\1-", first)
