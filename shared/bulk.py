"""Many rows in one statement.

To PostgreSQL they go as one JSON text: a parameter for each value takes psycopg three times as long, and the server no
less. So no row may hold bytes.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, CursorResult, Table, bindparam, column, func, literal_column, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

Rows = list[dict[str, Any]]
"""At least one; all with the same columns."""

Then = Callable[[Any], Any]
"""Adds to an insert what becomes of a row that is there already, and what is returned."""


COUNTED = {"preserve_rowcount": True}
"""Else SQLAlchemy does not say how many rows an insert has made."""


def unless_there(insert: Any) -> Any:
    """What is there stays as it is."""
    return insert.on_conflict_do_nothing()


def if_newer(insert: Any) -> Any:
    """What is there is written over where its ``version`` is lower."""
    new, old = insert.excluded, insert.table.c
    others = {each.name: new[each.name] for each in old if each.name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=others, where=new.version > old.version)


def over(insert: Any) -> Any:
    """What is there is written over."""
    new, old = insert.excluded, insert.table.c
    others = {each.name: new[each.name] for each in old if each.name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=others)


def insert_rows(connection: Connection, table: Table, rows: Rows, then: Then = unless_there) -> CursorResult[Any]:
    """In the order given. ``then`` must be a function of its own: the statement is kept for it."""
    if connection.dialect.name == "sqlite":
        return connection.execute(_insert_each(table, then), rows, execution_options=COUNTED)
    statement = _insert_all(table, tuple(rows[0]), then)
    return connection.execute(statement, {"rows": _json(rows)}, execution_options=COUNTED)


def update_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Give the rows of these ``id``s the other values."""
    names = tuple(name for name in rows[0] if name != "id")
    if connection.dialect.name == "sqlite":
        connection.execute(_update_each(table, names), [{**row, "key": row["id"]} for row in rows])
    else:
        connection.execute(_update_all(table, names), {"rows": _json(rows)})


@cache
def _insert_each(table: Table, then: Then) -> Any:
    return then(sqlite.insert(table))


@cache
def _insert_all(table: Table, names: tuple[str, ...], then: Then) -> Any:
    given = _given(table, names)
    return then(postgresql.insert(table).from_select(list(names), select(*(given.c[name] for name in names))))


@cache
def _update_each(table: Table, names: tuple[str, ...]) -> Any:
    return update(table).where(table.c.id == bindparam("key")).values({name: bindparam(name) for name in names})


@cache
def _update_all(table: Table, names: tuple[str, ...]) -> Any:
    given = _given(table, ("id", *names))
    return update(table).where(table.c.id == given.c.id).values({name: given.c[name] for name in names})


def _given(table: Table, names: tuple[str, ...]) -> Any:
    """The rows of the parameter, in the types of the table's columns."""
    rows = func.json_populate_recordset(literal_column(f"null::{table.name}"), text("cast(:rows as json)"))
    return rows.table_valued(*(column(name, table.c[name].type) for name in names), name="given")


def _json(rows: Rows) -> str:
    return orjson.dumps(rows).decode()
