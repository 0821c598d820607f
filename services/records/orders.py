"""What the hotline can be told: which of its orders are here, and how those stand that have changed since a moment."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, tuple_

from services.records import domain
from services.records.queries import PAGE_LIMIT
from services.records.store import ledger, orders, tickets
from shared.contracts.base import REGISTRY, Message
from shared.contracts.queries import ChangedOrder, OrderPage, TicketRecord
from shared.contracts.ticket import Ticket
from shared.cursor import read_cursor, write_cursor

KNOWN_LIMIT = 500


def known(connection: Connection, ids: Sequence[UUID]) -> list[Ticket]:
    """Those of some tickets that are here. Raises ``ValueError`` for too many."""
    if len(ids) > KNOWN_LIMIT:
        raise ValueError(f"more than {KNOWN_LIMIT} at once")
    bodies = connection.scalars(select(tickets.c.body).where(tickets.c.id.in_(ids)).order_by(tickets.c.id))
    return [Ticket.model_validate_json(body) for body in bodies]


def changed_orders(connection: Connection, since: datetime | None, cursor: str | None, limit: int) -> OrderPage:
    """The orders that have changed at a moment or later, in the order of their changes; one that changes meanwhile
    comes again. Raises ``ValueError`` for a ``cursor`` that is not ours."""
    limit = max(1, min(limit, PAGE_LIMIT))
    here = select(orders.c.id, orders.c.changed_at, tickets.c.body).join(tickets, tickets.c.id == orders.c.id)
    if since is not None:
        here = here.where(orders.c.changed_at >= since)
    if cursor is not None:
        here = here.where(tuple_(orders.c.changed_at, orders.c.id) > tuple_(*read_cursor(cursor)))
    rows = connection.execute(here.order_by(orders.c.changed_at, orders.c.id).limit(limit + 1)).all()
    shown = rows[:limit]
    stories = _stories(connection, [row.id for row in shown])
    items = tuple(
        ChangedOrder(
            changed_at=row.changed_at,
            record=TicketRecord(ticket=Ticket.model_validate_json(row.body), timeline=domain.timeline(stories[row.id])),
        )
        for row in shown
    )
    more = write_cursor(shown[-1].changed_at, shown[-1].id) if len(rows) > limit else None
    return OrderPage(items=items, next=more)


def _stories(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, list[Message]]:
    stories: dict[UUID, list[Message]] = defaultdict(list)
    here = select(ledger.c.ticket_id, ledger.c.type, ledger.c.body).where(ledger.c.ticket_id.in_(ids))
    for row in connection.execute(here.order_by(ledger.c.seq)):
        stories[row.ticket_id].append(REGISTRY[row.type].model_validate_json(row.body))
    return stories
