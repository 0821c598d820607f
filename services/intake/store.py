"""The file of tickets that wait for the broker: one row each.

The table is made where it is missing, without a history of migrations: its rows live for minutes, and it must be
there just when an operator's tools may not be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    delete,
    exists,
    func,
    select,
    text,
    update,
)

from shared.db import Moment, metadata, open_engine, upsert

tables = metadata()

spooled = Table(
    "spooled",
    tables,
    Column("number", Integer, primary_key=True),
    Column("ticket_id", Uuid, nullable=False, unique=True),
    Column("kept_at", Moment, nullable=False),  # real time
    Column("sealed", LargeBinary, nullable=False),
    Column("parked", Text),  # why it cannot be forwarded
    sqlite_autoincrement=True,  # a number is never used again
)

WAITING = spooled.c.parked.is_(None)


@dataclass(frozen=True)
class Sealed:
    """A ticket's messages, encrypted: they hold the reporter's personal data."""

    ticket_id: UUID
    kept_at: datetime
    sealed: bytes


@dataclass(frozen=True)
class Backlog:
    """How many tickets wait to be forwarded, since when the oldest does, and how many cannot be forwarded."""

    waiting: int
    oldest: datetime | None
    parked: int


def open_file(folder: Path) -> Engine:
    """``spool.db`` in ``folder``, for its owner's eyes only; SQLite gives the files beside it the same mode."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "spool.db"
    path.touch(mode=0o600)
    path.chmod(0o600)
    engine = open_engine(None, folder, "spool")
    tables.create_all(engine)
    return engine


def add(connection: Connection, new: Sequence[Sealed]) -> None:
    """A ticket that is there already stays as it is."""
    connection.execute(upsert(spooled, connection).on_conflict_do_nothing(), [vars(each) for each in new])


def holds(connection: Connection, ticket_id: UUID) -> bool:
    return bool(connection.scalar(select(exists().where(spooled.c.ticket_id == ticket_id))))


def oldest(connection: Connection, limit: int) -> list[tuple[int, bytes]]:
    """Number and messages of the first that wait, in the order in which they were kept."""
    query = select(spooled.c.number, spooled.c.sealed).where(WAITING).order_by(spooled.c.number).limit(limit)
    return [(row.number, row.sealed) for row in connection.execute(query)]


def backlog(connection: Connection) -> Backlog:
    since = func.min(spooled.c.kept_at).filter(WAITING)
    query = select(func.count().filter(WAITING), since, func.count(spooled.c.parked)).select_from(spooled)
    return Backlog(*connection.execute(query).one())


def drop(connection: Connection, numbers: Sequence[int]) -> None:
    connection.execute(delete(spooled).where(spooled.c.number.in_(numbers)))


def park(connection: Connection, number: int, reason: str) -> None:
    connection.execute(update(spooled).where(spooled.c.number == number).values(parked=reason))


def retry_parked(connection: Connection) -> None:
    connection.execute(update(spooled).values(parked=None))


def try_to_write(connection: Connection) -> None:
    """Writes the file's first page as it is."""
    connection.execute(text("PRAGMA user_version = 0"))
