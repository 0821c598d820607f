"""What the ledger and the read table hold, ticket by ticket, for the audit: the rows as they are, nothing believed."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, select, union

from services.records.store import ledger, ticket_row, tickets
from shared.contracts.events import event_id
from shared.contracts.queries import Chain, Recorded
from shared.contracts.ticket import Ticket

BITE_LIMIT = 200


def chains(connection: Connection, after: UUID | None, limit: int) -> list[Chain]:
    """What records holds of the next tickets by id: also of those that only one table knows."""
    ids = next_ids(connection, after, limit)
    rows = {row.id: row for row in connection.execute(select(tickets).where(tickets.c.id.in_(ids)))}
    events: dict[UUID, list[Recorded]] = {id: [] for id in ids}
    chained = select(ledger).where(ledger.c.ticket_id.in_(ids), ledger.c.version.is_not(None))
    for row in connection.execute(chained.order_by(ledger.c.ticket_id, ledger.c.version)):
        events[row.ticket_id].append(_recorded(row))
    return [_chain(id, events[id], rows.get(id)) for id in ids]


def next_ids(connection: Connection, after: UUID | None, limit: int) -> Sequence[UUID]:
    """The next tickets that either table knows."""
    limit = min(limit, BITE_LIMIT)

    def ids(column: Any) -> Select[Any]:
        wanted = select(column.label("id")).distinct().order_by(column).limit(limit)
        return select(wanted.where(column > after).subquery() if after else wanted.subquery())

    both = union(ids(ledger.c.ticket_id), ids(tickets.c.id)).subquery()
    return connection.scalars(select(both.c.id).order_by(both.c.id).limit(limit)).all()


def agrees(row: Row[Any], ticket: Ticket) -> bool:
    """Whether a row of the read table is this ticket's. Its body counts by what it says: an earlier release wrote it
    without the fields that came later.
    """
    return dict(row._mapping) | {"body": ""} == ticket_row(ticket) | {"body": ""} and read_ticket(row.body) == ticket


def read_ticket(body: str) -> Ticket | None:
    """None where it cannot be read any more."""
    with suppress(ValidationError):
        return Ticket.model_validate_json(body)
    return None


def _chain(id: UUID, events: Sequence[Recorded], row: Row[Any] | None) -> Chain:
    ticket = read_ticket(row.body) if row else None
    return Chain(
        ticket_id=id,
        events=tuple(events),
        ticket=ticket,
        columns_agree=row is None or (ticket is not None and agrees(row, ticket)),
    )


def _recorded(row: Row[Any]) -> Recorded:
    event = _read_json(row.body)
    return Recorded(version=row.version, type=row.type, event=event, columns_agree=_found_by(event, row))


def _found_by(event: dict[str, Any], row: Row[Any]) -> bool:
    """Whether what the ledger finds an event by is what stands in it."""
    try:
        at, before = datetime.fromisoformat(event["at"]), event.get("prev_hash", "")
        said = (UUID(event["ticket"]["id"]), at, before, event["hash"])
    except (KeyError, TypeError, ValueError):
        return False
    same_id = row.event_id == event_id(row.ticket_id, row.version)
    return same_id and said == (row.ticket_id, row.at, row.prev_hash, row.hash)


def _read_json(body: str) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
