"""What records can be asked: a ticket with its story, the directory, what is not finished."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, exists, func, select

from services.records import domain
from services.records.store import directories, ledger, parked, reporters, tickets, unresolved
from shared.contracts.base import REGISTRY, Message
from shared.contracts.directory import Directory
from shared.contracts.queries import Backlog, ParkedMessage, TicketRecord
from shared.contracts.ticket import Ticket
from shared.ids import ticket_code

PAGE_LIMIT = 200
NEVER = timedelta(days=1)
"""So long after its reporter a ticket comes no more: what happened to its submission has to be found out."""
MOST_TOLD = 20


def ticket_record(
    connection: Connection, *, code: str | None, ticket_id: UUID | None, story: bool = True
) -> TicketRecord | None:
    """A ticket by its code or its id, with its story or without; None where records has not heard of it."""
    which = tickets.c.code == code if code is not None else tickets.c.id == ticket_id
    found = connection.execute(select(tickets.c.id, tickets.c.body).where(which)).one_or_none()
    if found is None:
        return None
    timeline = domain.timeline(events_of(connection, found.id)) if story else ()
    return TicketRecord(ticket=Ticket.model_validate_json(found.body), timeline=timeline)


def events_of(connection: Connection, ticket_id: UUID) -> list[Message]:
    """Everything in the ledger about a ticket: its own events by version, then deliveries as they came."""
    statement = (
        select(ledger.c.type, ledger.c.body)
        .where(ledger.c.ticket_id == ticket_id)
        .order_by(ledger.c.version.is_(None), ledger.c.version, ledger.c.seq)
    )
    return [REGISTRY[row.type].model_validate_json(row.body) for row in connection.execute(statement)]


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
