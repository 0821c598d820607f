"""Many rows in one statement, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Engine, Integer, Table, Text, Uuid, select

from shared.bulk import if_newer, insert_rows, unless_there, update_rows
from shared.db import Moment, metadata, open_engine, transaction

tables = metadata()
things = Table(
    "things",
    tables,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), autoincrement=True, unique=True),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("at", Moment),
    Column("words", Text),
)
AT = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
WORDS = '三楼 "灯" 不亮 \\ {a,b}\n\t\'$1 %s :rows 🔦'


@pytest.fixture
def engine(database_url: str | None, home: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, home, "public")
    tables.create_all(engine)
    yield engine
    tables.drop_all(engine)
    engine.dispose()


def _thing(id: UUID, version: int = 1, **other: Any) -> dict[str, Any]:
    return {"id": id, "version": version, "open": True, "at": AT, "words": WORDS, **other}


def _found(engine: Engine) -> dict[UUID, tuple[int, bool, datetime | None, str | None]]:
    with transaction(engine) as connection:
        rows = connection.execute(select(things))
        return {row.id: (row.version, row.open, row.at, row.words) for row in rows}


def test_rows_come_back_as_they_were_given(engine: Engine) -> None:
    """Every kind of value that we keep, and none, is read as it was written, whatever signs are in it."""
    full, empty = uuid4(), uuid4()
    with transaction(engine) as connection:
        insert_rows(connection, things, [_thing(full), _thing(empty, at=None, words=None, open=False)])
    assert _found(engine) == {full: (1, True, AT.astimezone(UTC), WORDS), empty: (1, False, None, None)}


def test_what_is_there_stays(engine: Engine) -> None:
    """A row that is there is not touched, and only the others are counted."""
    here, new = uuid4(), uuid4()
    with transaction(engine) as connection:
        insert_rows(connection, things, [_thing(here)])
        done = insert_rows(connection, things, [_thing(here, 2), _thing(new, 3)], unless_there)
        assert done.rowcount == 1
    assert {id: version for id, (version, *_) in _found(engine).items()} == {here: 1, new: 3}


def test_only_a_newer_version_is_written_over(engine: Engine) -> None:
    """A row gives way to one of a higher version, not to the same or a lower one."""
    low, same, high = ids = [uuid4() for _ in range(3)]
    with transaction(engine) as connection:
        insert_rows(connection, things, [_thing(id, 2, words="old") for id in ids])
        insert_rows(connection, things, [_thing(low, 1), _thing(same, 2), _thing(high, 3, words=None)], if_newer)
    found = {id: (version, words) for id, (version, _, _, words) in _found(engine).items()}
    assert found == {low: (2, "old"), same: (2, "old"), high: (3, None)}


def test_each_row_gets_its_own_values(engine: Engine) -> None:
    """An update gives each row what stands beside its id, leaves the other columns and rows alone, and makes none."""
    one, two, three = ids = [uuid4() for _ in range(3)]
    with transaction(engine) as connection:
        insert_rows(connection, things, [_thing(id) for id in ids])
        changed = [{"id": two, "open": False, "words": "二"}, {"id": one, "open": True, "words": None}]
        update_rows(connection, things, [*changed, {"id": uuid4(), "open": True, "words": "nobody"}])
    at = AT.astimezone(UTC)
    assert _found(engine) == {one: (1, True, at, None), two: (1, False, at, "二"), three: (1, True, at, WORDS)}
