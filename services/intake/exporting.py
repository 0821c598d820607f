"""The trail as a file: lines of CSV or NDJSON. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator
from enum import StrEnum

import orjson

from shared.contracts.trail import Entry
from shared.sheets import inert


class Format(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"

    @property
    def media_type(self) -> str:
        return "text/csv; charset=utf-8" if self is Format.CSV else "application/x-ndjson"


def heading(format: Format) -> str:
    """What comes before the first entry."""
    return _row(Entry.model_fields) if format is Format.CSV else ""


def lines(entries: Iterable[Entry], format: Format) -> Iterator[str]:
    """A line for each entry."""
    for entry in entries:
        if format is Format.NDJSON:
            yield entry.model_dump_json() + "\n"
        else:
            told = entry.model_dump(mode="json")
            yield _row({**told, "details": orjson.dumps(told["details"]).decode()}.values())


def _row(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(inert(cell) if isinstance(cell, str) else cell for cell in cells)
    return text.getvalue()
