"""A service's own copy of the directory, in its database: so that it starts without records, and replicas agree."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, Text, select

from shared.contracts.directory import Directory
from shared.db import reading, transaction, upsert
from shared.directory import Town
from shared.errors import Transient
from shared.snapshot import Snapshot, town_of

CHECK_SECONDS = 60.0
"""So often records is asked for its version: an event may be lost, and no other would bring the directory again."""

Ask = Callable[[str], Any]
"""A method of records by its name; gives its answer as JSON, or raises."""


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


class KeptDirectory:
    """The town in force in this process, backed by the service's own copy."""

    def __init__(self, engine: Engine, table: Table) -> None:
        self._engine = engine
        self._table = table
        self._snapshot = Snapshot()
        self._check_at = 0.0

    @property
    def town(self) -> Town:
        """Raises ``Transient`` where no directory was ever loaded: what needs one waits for it."""
        town = self._snapshot.current or self.refresh()
        if town is None:
            raise Transient("no directory yet: load one with `loumen directory load FOLDER`")
        return town

    @property
    def loaded(self) -> bool:
        return self._snapshot.current is not None

    @property
    def version(self) -> int:
        """0 where no directory was ever loaded."""
        return self._snapshot.current.version if self._snapshot.current else 0

    def take(self, directory: Directory) -> None:
        """Keep a directory that came by event, and put it in force. Raises ``Unacceptable``, and keeps nothing."""
        town_of(directory)
        with transaction(self._engine) as connection:
            save_directory(connection, self._table, directory)
        self._snapshot.take(directory)

    def refresh(self) -> Town | None:
        """Put in force what another replica has kept since."""
        here = self._snapshot.current
        with reading(self._engine) as connection:
            newer = load_directory(connection, self._table, here.version if here else 0)
        if newer:
            self._snapshot.take(newer)
        return self._snapshot.current

    def keep_up(self, ask: Ask) -> None:
        """Put in force what another replica has kept, or records has that we never heard of. For a timer.

        Records is asked every ``CHECK_SECONDS``, and each time as long as there is no directory or no answer.
        Raises what ``ask`` raises.
        """
        self.refresh()
        if not self.loaded or time.monotonic() >= self._check_at:
            self.catch_up(ask)

    def catch_up(self, ask: Ask) -> None:
        """Put in force what records has. Raises what ``ask`` raises."""
        if ask("directory_version") > self.version:
            self.take(Directory.model_validate(ask("directory")))
        self._check_at = time.monotonic() + CHECK_SECONDS
