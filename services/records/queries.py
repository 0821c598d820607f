"""What records can be asked: a ticket with its story, pages of tickets, the directory, what is not finished."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, exists, func, select, tuple_

from services.records import domain
from services.records.store import directories, ledger, parked, places, reporters, tickets, unresolved
from shared.contracts.base import REGISTRY, Frozen, Message
from shared.contracts.directory import Directory
from shared.contracts.queries import Backlog, ParkedMessage, TicketPage, TicketRecord
from shared.contracts.ticket import Ticket
from shared.ids import ticket_code

PAGE_LIMIT = 200
NEVER = timedelta(days=1)
"""So long after its reporter a ticket comes no more: what happened to its submission has to be found out."""
MOST_TOLD = 20
FEW = 2000
"""So many tickets are sorted in no time; to meet fifty of more than that takes a short walk."""


def ticket_record(connection: Connection, *, code: str | None, ticket_id: UUID | None) -> TicketRecord | None:
    """A ticket by its code or its id, with its story; None where records has not heard of it."""
    which = tickets.c.code == code if code is not None else tickets.c.id == ticket_id
    found = connection.execute(select(tickets.c.id, tickets.c.body).where(which)).one_or_none()
    if found is None:
        return None
    story = domain.timeline(events_of(connection, found.id))
    return TicketRecord(ticket=Ticket.model_validate_json(found.body), timeline=story)


def events_of(connection: Connection, ticket_id: UUID) -> list[Message]:
    """Everything in the ledger about a ticket: its own events by version, then deliveries as they came."""
    statement = (
        select(ledger.c.type, ledger.c.body)
        .where(ledger.c.ticket_id == ticket_id)
        .order_by(ledger.c.version.is_(None), ledger.c.version, ledger.c.seq)
    )
    return [REGISTRY[row.type].model_validate_json(row.body) for row in connection.execute(statement)]


class Wanted(Frozen):
    """Which tickets: ``place`` means it and all below it, ``owner`` is a post's code; None means any."""

    place: str | None = None
    level: str | None = None
    status: str | None = None
    owner: str | None = None
    overdue: bool | None = None


def page_of_tickets(connection: Connection, wanted: Wanted, cursor: str | None = None, limit: int = 50) -> TicketPage:
    """The tickets wanted, newest first. Raises ``ValueError`` for a ``cursor`` that is not ours."""
    limit = max(1, min(limit, PAGE_LIMIT))
    source: FromClause = tickets
    fits: list[ColumnElement[bool]] = []
    if wanted.place is not None:
        path = connection.scalar(select(places.c.path).where(places.c.code == wanted.place))
        if path is None:
            return TicketPage(items=(), next=None)
        source, fits = _below(connection, path)
    column = source.c
    pairs = (
        (column.level, wanted.level),
        (column.status, wanted.status),
        (column.owner_post, wanted.owner),
        (column.overdue, wanted.overdue),
    )
    fits += [named == value for named, value in pairs if value is not None]
    if cursor is not None:
        fits.append(tuple_(column.opened_at, column.id) < tuple_(*read_cursor(cursor)))
    newest_first = (column.opened_at.desc(), column.id.desc())
    statement = select(column.id, column.opened_at, column.body).where(*fits).order_by(*newest_first)
    rows = connection.execute(statement.limit(limit + 1)).all()
    more = f"{rows[limit - 1].opened_at.isoformat()}~{rows[limit - 1].id}" if len(rows) > limit else None
    return TicketPage(items=tuple(Ticket.model_validate_json(row.body) for row in rows[:limit]), next=more)


def _below(connection: Connection, path: str) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Where to look for the tickets of a place and all below it, and what they must fit.

    PostgreSQL knows how many there are. SQLite takes any path for a narrow one, and would sort a million tickets of
    a subdistrict to show fifty: there a few are picked out first, and many are met while walking from the newest.
    """
    after_all = path[:-1] + "0"  # "0" follows "/" in ASCII
    within = [tickets.c.path >= path, tickets.c.path < after_all]
    if connection.dialect.name != "sqlite":
        return tickets, within
    few = select(tickets).where(*within).limit(FEW + 1)
    if len(connection.execute(few.with_only_columns(tickets.c.id)).all()) <= FEW:
        return few.subquery(), []
    unindexed = tickets.c.path.concat("")
    return tickets, [unindexed >= path, unindexed < after_all]


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The moment and the ticket after which to go on. Raises ``ValueError`` for what is no cursor."""
    at, _, id = cursor.partition("~")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError("a cursor has an offset")
    return moment, UUID(id)


def sealed_reporter(connection: Connection, reporter_ref: UUID) -> bytes | None:
    """A reporter's encrypted data; None where there is none, or it was erased."""
    return connection.scalar(select(reporters.c.sealed).where(reporters.c.reporter_ref == reporter_ref))


def reported_ticket(connection: Connection, code: str) -> UUID | None:
    """The id of the ticket with this code, also of one that never came while its reporter did."""
    known = connection.scalar(select(tickets.c.id).where(tickets.c.code == code))
    return known or next((id for id in connection.scalars(_alone()) if ticket_code(id) == code), None)


def _alone() -> Select[Any]:
    """The tickets that never came while their reporters did."""
    came = exists().where(tickets.c.id == reporters.c.ticket_id)
    return select(reporters.c.ticket_id).where(reporters.c.erased_at.is_(None), ~came)


def newest_directory(connection: Connection) -> Directory | None:
    body = connection.scalar(select(directories.c.body).order_by(directories.c.version.desc()).limit(1))
    return Directory.model_validate_json(body) if body else None


def directory_version(connection: Connection) -> int:
    """0 where no directory was ever loaded."""
    return connection.scalar(select(func.coalesce(func.max(directories.c.version), 0))) or 0


def parked_messages(connection: Connection, *, all: bool, after: int, limit: int) -> list[ParkedMessage]:
    """Parked messages by id, those that somebody still has to look at, or ``all`` that ever were."""
    size = func.length(parked.c.body).label("size")
    columns = [parked.c[name] for name in ParkedMessage.model_fields if name != "size"]
    statement = select(*columns, size).where(parked.c.id > after).order_by(parked.c.id).limit(min(limit, PAGE_LIMIT))
    rows = connection.execute(statement if all else statement.where(unresolved))
    return [ParkedMessage.model_validate(dict(row._mapping)) for row in rows]


def parked_message(connection: Connection, id: int) -> Row[Any] | None:
    return connection.execute(select(parked).where(parked.c.id == id)).one_or_none()


def parked_in_full(connection: Connection, id: int) -> dict[str, Any] | None:
    """A ``ParkedMessage`` as JSON data, with its ``body`` as text and what else came with it."""
    row = parked_message(connection, id)
    if row is None:
        return None
    known = {name: value for name, value in row._mapping.items() if name in ParkedMessage.model_fields}
    brief = ParkedMessage.model_validate(known | {"size": len(row.body)})
    body = row.body.decode(errors="backslashreplace")
    return brief.model_dump(mode="json") | {"properties": json.loads(row.properties), "body": body}


def backlog(
    connection: Connection, now: datetime, oldest_outbox_seconds: float, in_hand_seconds: float | None
) -> Backlog:
    """What records has not finished, but for the tickets that ``never_came``: those take longer to find."""
    count, oldest = connection.execute(select(func.count(), func.min(parked.c.parked_at)).where(unresolved)).one()
    return Backlog(
        oldest_outbox_seconds=oldest_outbox_seconds or None,
        oldest_parked_seconds=(now - oldest).total_seconds() if oldest else None,
        oldest_in_hand_seconds=in_hand_seconds,
        parked_messages=count,
        directory_version=directory_version(connection),
    )


def never_came(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Codes of tickets whose reporters were recorded ``NEVER`` ago, ``MOST_TOLD`` of them at most."""
    late = _alone().where(reporters.c.recorded_at < now - NEVER).order_by(reporters.c.recorded_at)
    return tuple(ticket_code(id) for id in connection.scalars(late.limit(MOST_TOLD)))
