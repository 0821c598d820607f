"""Reading the trail: pages for those who administer, and the bare rows for the audit."""

from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, select

from services.records.store import trail, trail_head
from shared.contracts.trail import Entry, TrailHead, TrailLink, TrailPage, TrailWanted

PAGE_LIMIT = 1000
UNREADABLE = "unreadable"


def page_of_trail(connection: Connection, wanted: TrailWanted, before: int | None, limit: int) -> TrailPage:
    """The entries wanted, newest first: what is added meanwhile moves none of them to another page."""
    limit = max(1, min(limit, PAGE_LIMIT))
    here = trail.c
    pairs = ((here.who, wanted.who), (here.what, wanted.what), (here.subject, wanted.subject))
    fits = [column == value for column, value in pairs if value is not None]
    if wanted.since is not None:
        fits.append(here.at >= wanted.since)
    if wanted.until is not None:
        fits.append(here.at < wanted.until)
    if before is not None:
        fits.append(here.seq < before)
    rows = connection.execute(select(trail).where(*fits).order_by(here.seq.desc()).limit(limit + 1)).all()
    more = rows[limit - 1].seq if len(rows) > limit else None
    return TrailPage(items=tuple(_entry(row) or _unreadable(row) for row in rows[:limit]), next=more)


def links(connection: Connection, after: int | None, limit: int) -> list[TrailLink]:
    """The next entries as they stand there, nothing believed."""
    query = select(trail).order_by(trail.c.seq).limit(min(limit, PAGE_LIMIT))
    if after is not None:
        query = query.where(trail.c.seq > after)
    return [
        TrailLink(
            seq=row.seq, body=row.body, prev_hash=row.prev_hash, hash=row.hash, columns_agree=_agrees(row, _entry(row))
        )
        for row in connection.execute(query)
    ]


def head(connection: Connection) -> TrailHead | None:
    """The end of the trail; None before the first entry."""
    row = connection.execute(select(trail_head.c.seq, trail_head.c.hash, trail_head.c.seal)).first()
    return TrailHead.model_validate(dict(row._mapping)) if row else None


def _entry(row: Row[Any]) -> Entry | None:
    with suppress(ValidationError):
        return Entry.model_validate_json(row.body)
    return None


def _agrees(row: Row[Any], entry: Entry | None) -> bool:
    if entry is None:
        return False
    return all(getattr(entry, name) == getattr(row, name) for name in ("seq", "id", "at", "what", "who", "subject"))


def _unreadable(row: Row[Any]) -> Entry:
    """What still shows of an entry that somebody has damaged; the audit names it."""
    return Entry(
        seq=row.seq,
        id=row.id,
        at=row.at,
        what=row.what,
        who=row.who,
        via=UNREADABLE,
        address=None,
        subject=row.subject,
        outcome=UNREADABLE,
        details={},
    )
