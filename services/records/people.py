"""The people whose data is kept, sealed, and what becomes of it: the statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, update

from services.records.store import Row, reporters
from shared.db import upsert


def add_reporters(connection: Connection, rows: Sequence[Row]) -> None:
    """Keep reporters that are not there yet; an erased one stays erased."""
    if rows:
        connection.execute(upsert(reporters, connection).on_conflict_do_nothing(), rows)


def erase_reporter(connection: Connection, ticket_id: UUID, at: datetime) -> bool:
    """Whether there was something to erase."""
    here = (reporters.c.ticket_id == ticket_id) & reporters.c.erased_at.is_(None)
    return connection.execute(update(reporters).where(here).values(sealed=None, erased_at=at)).rowcount > 0


def erase_person(connection: Connection, reporter_ref: UUID, ticket_id: UUID, at: datetime) -> bool:
    """Whether it was not erased before. Who has not come yet is erased all the same: nothing is kept of them then."""
    row = {"reporter_ref": reporter_ref, "ticket_id": ticket_id, "sealed": None, "recorded_at": at, "erased_at": at}
    erased = (
        upsert(reporters, connection)
        .values(row)
        .on_conflict_do_update(
            index_elements=["reporter_ref"],
            set_={"sealed": None, "erased_at": at},
            where=reporters.c.erased_at.is_(None),
        )
    )
    return connection.execute(erased.returning(reporters.c.reporter_ref)).first() is not None


def sealed_reporter(connection: Connection, reporter_ref: UUID) -> bytes | None:
    """A reporter's encrypted data; None where there is none, or it was erased."""
    return connection.scalar(select(reporters.c.sealed).where(reporters.c.reporter_ref == reporter_ref))


def sealed_reporters(connection: Connection, refs: Iterable[UUID]) -> dict[UUID, bytes]:
    """Of some people their encrypted data; not of those that were erased."""
    here = reporters.c.reporter_ref.in_(list(refs)) & reporters.c.sealed.is_not(None)
    return {
        row.reporter_ref: row.sealed
        for row in connection.execute(select(reporters.c.reporter_ref, reporters.c.sealed).where(here))
    }


def kept_reporter(connection: Connection, reporter_ref: UUID) -> tuple[bytes, datetime] | None:
    """Somebody's encrypted data, and since when it is kept; None where there is none, or it was erased."""
    here = (reporters.c.reporter_ref == reporter_ref) & reporters.c.sealed.is_not(None)
    row = connection.execute(select(reporters.c.sealed, reporters.c.recorded_at).where(here)).one_or_none()
    return (row.sealed, row.recorded_at) if row else None
