"""Rows as JSON, the same from either database and into either, also of tables as they were in an earlier release."""

import gzip
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    func,
    select,
    text,
)

from shared.db import Moment

KINDS: Mapping[str, tuple[type[Any], type[Any]]] = {
    "uuid": (Uuid, Uuid),
    "moment": (Moment, Moment),
    "bytes": (LargeBinary, LargeBinary),
    "boolean": (Boolean, Boolean),
    "integer": (Integer, BigInteger),
    "number": (Double, Double),
    "text": (String, Text),
}
"""Of each kind: how a column of ours is known, and as what it is written. That is all that our tables are made of."""

READ: Mapping[str, Callable[[Any], Any]] = {"uuid": UUID, "moment": datetime.fromisoformat, "bytes": b64decode}
"""From JSON, where it is another thing there."""

CHUNK_BYTES = 4 * 1024 * 1024
BITE = 1000
LEVEL = 3


def columns_of(table: Table) -> dict[str, str]:
    """Name and kind of each column, in order."""
    return {
        column.name: next(kind for kind, (known, _) in KINDS.items() if isinstance(column.type, known))
        for column in table.columns
    }


def read(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """All rows, by primary key, a few at a time."""
    query = select(table).order_by(*table.primary_key.columns)
    yield from connection.execute(query, execution_options={"yield_per": BITE})


def packed(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, bytes]]:
    """Rows in chunks: how many, and they as compressed lines of JSON."""
    count, lines = 0, bytearray()
    for row in rows:
        count += 1  # each line by itself takes 4 KB of memory, however short it is: it does not stay
        lines += orjson.dumps(list(row), default=_base64, option=orjson.OPT_APPEND_NEWLINE)
        if len(lines) >= CHUNK_BYTES:
            yield count, gzip.compress(lines, LEVEL, mtime=0)
            count, lines = 0, bytearray()
    if lines:
        yield count, gzip.compress(lines, LEVEL, mtime=0)


def _base64(value: Any) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(type(value).__name__)


def unpacked(chunk: bytes, columns: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
    """The rows of a chunk, some at a time, by column."""
    convert = [(name, READ.get(kind)) for name, kind in columns.items()]
    lines = gzip.decompress(chunk).splitlines()
    for start in range(0, len(lines), BITE):
        values = (orjson.loads(line) for line in lines[start : start + BITE])
        yield [
            {
                name: read(value) if read and value is not None else value
                for (name, read), value in zip(convert, row, strict=True)
            }
            for row in values
        ]


def written_as(name: str, columns: Mapping[str, str]) -> Table:
    """A table to insert such rows into, whatever this release's model of it says."""
    return Table(name, MetaData(), *(Column(column, KINDS[kind][1]()) for column, kind in columns.items()))


def count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL: go on numbering behind the highest number there is. SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.columns:
        sequence = connection.scalar(text("select pg_get_serial_sequence(:table, :column)"), _named(table, column))
        highest = connection.scalar(select(func.max(column))) if sequence else None
        if highest is not None:
            connection.execute(text("select setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})


def _named(table: Table, column: Column[Any]) -> dict[str, str]:
    return {"table": table.name, "column": column.name}
