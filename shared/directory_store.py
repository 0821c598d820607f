"""A service's own copy of the directory, in its database: so that it starts without records, and replicas agree."""

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, select

from shared.contracts.directory import Directory
from shared.db import upsert


def directory_table(tables: MetaData) -> Table:
    """One row at most: the newest version taken in."""
    return Table(
        "directory",
        tables,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("version", Integer, nullable=False),
        Column("body", Text, nullable=False),
    )


def save_directory(connection: Connection, table: Table, directory: Directory) -> None:
    """Keep the directory unless a newer one is there."""
    row = upsert(table, connection).values(id=1, version=directory.version, body=directory.model_dump_json())
    newer = {"version": row.excluded.version, "body": row.excluded.body}
    connection.execute(
        row.on_conflict_do_update(index_elements=[table.c.id], set_=newer, where=row.excluded.version > table.c.version)
    )


def load_directory(connection: Connection, table: Table, newer_than: int = 0) -> Directory | None:
    """The directory kept, if it is newer than the version at hand."""
    body = connection.execute(select(table.c.body).where(table.c.version > newer_than)).scalar()
    return Directory.model_validate_json(body) if body else None
