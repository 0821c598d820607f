"""A service's own copy of the directory, in its database: so that it starts without records, and replicas agree."""

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, Text, select

from shared.contracts.directory import Directory
from shared.db import reading, transaction, upsert
from shared.directory import Snapshot, Town
from shared.errors import Transient


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

    def take(self, directory: Directory) -> None:
        """Keep a directory that came by event, and put it in force."""
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
