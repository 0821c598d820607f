"""Rows of CSV and XLSX files: read as they are, written so that no cell of ours is a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from shared.sheets import inert

Cell = str | int | float | bool | datetime | date | time | None
Row = dict[str, Cell]


class UnreadableSheet(Exception):
    """No CSV in UTF-8 or GB18030, and no XLSX."""


def read_sheet(path: Path) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """The headings, and each row that is not empty by heading, with the number of the line that it begins on (of the
    first sheet's row in a workbook). Raises ``UnreadableSheet``, ``OSError``.
    """
    numbered = _workbook_rows(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv_rows(path)
    _, header = next(numbered, (1, []))
    headings = ["" if cell is None else str(cell).strip() for cell in header]
    return headings, (
        (line, dict(zip(headings, cells, strict=False)))
        for line, cells in numbered
        if any(cell not in (None, "") for cell in cells)
    )


def _csv_rows(path: Path) -> Iterator[tuple[int, list[Cell]]]:
    rows = csv.reader(io.StringIO(_text(path.read_bytes()), newline=""), strict=True)
    begins = 1
    try:
        for row in rows:
            yield begins, list(row)
            begins = rows.line_num + 1
    except csv.Error as error:  # a quote that nobody closes would make one cell of all that follows
        raise UnreadableSheet(f"{begins}: {error}") from error


def _text(raw: bytes) -> str:
    """UTF-8 with or without a byte order mark, else what Chinese Excel writes."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableSheet("neither UTF-8 nor GB18030")


def _workbook_rows(path: Path) -> Iterator[tuple[int, list[Cell]]]:
    try:
        sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()  # some programs write them wrong
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, cast(list[Cell], list(row))
    except (InvalidFileException, BadZipFile, ParseError, KeyError, IndexError, ValueError) as error:
        raise UnreadableSheet(str(error)) from error


def write_sheet(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """XLSX by the name of the file, else CSV in UTF-8 with the mark that Excel needs."""
    lines = ([inert(cell) for cell in row] for row in (header, *rows))
    if path.suffix.lower() == ".xlsx":
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for line in lines:
            sheet.append(line)
        book.save(path)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)
