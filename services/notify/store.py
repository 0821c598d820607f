"""Notify's tables and the few ways to read and write them.

Two clocks: ``next_at`` and ``sent_at`` are the clock's (hours, digests), ``free_at`` and ``tried_at`` are real
(leases, retries, the limits of vendors).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from services.notify.domain.fates import Fate
from services.notify.domain.plan import Delivery
from shared.bulk import if_newer, insert_rows
from shared.bus.outbox import outbox_table
from shared.contracts.ticket import Ticket, newest_of_each
from shared.contracts.vocabulary import Channel
from shared.db import Moment, metadata
from shared.directory_store import directory_table

tables = metadata()

deliveries = Table(
    "deliveries",
    tables,
    Column("id", Uuid, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("ticket_id", Uuid, nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("target", Text),
    Column("lane", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("post", Text),
    Column("person", Text),
    Column("assignment", Integer),
    Column("mentions", Text, nullable=False),
    Column("traceparent", Text, nullable=False),
    Column("body", Text),  # the event as it came; gone when the fate is final
    Column("fate", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("free_at", Moment, nullable=False),
    Column("tried_at", Moment),
    Column("message_id", Uuid),  # deliveries of one digest share it
    Column("last_error", Text),
    Column("receipt", Text),
    Column("sent_at", Moment),
)
pending = deliveries.c.fate == literal_column("'pending'")  # as the partial indexes have them: no parameter fits those
tried_bots = deliveries.c.channel == literal_column("'wecom'")
Index(
    "ix_deliveries_due",
    deliveries.c.next_at,
    deliveries.c.lane,
    deliveries.c.person,
    deliveries.c.id,
    sqlite_where=pending,
    postgresql_where=pending,
)
Index(
    "ix_deliveries_tried",
    deliveries.c.lane,
    deliveries.c.tried_at,
    sqlite_where=tried_bots,
    postgresql_where=tried_bots,
)

tickets = Table(
    "tickets",
    tables,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("owner_assignment", Integer),
    Column("handler_assignment", Integer),
)

unreachable = Table("unreachable", tables, Column("id", Uuid, primary_key=True))
"""Ids of the ``PostUnreachable`` said, so that each is said once."""

directories = directory_table(tables)
outbox = outbox_table(tables)


class Planned(NamedTuple):
    """A delivery with the event that it tells of, as it came."""

    delivery: Delivery
    traceparent: str
    body: bytes


def insert_deliveries(connection: Connection, planned: Sequence[Planned], real_now: datetime) -> None:
    """Keep deliveries with the events they tell of; those already there stay as they are."""
    if planned:
        rows = [_row(each, real_now) for each in sorted(planned, key=lambda each: each.delivery.id)]
        insert_rows(connection, deliveries, rows)


def _row(planned: Planned, real_now: datetime) -> dict[str, Any]:
    delivery, recipient = planned.delivery, planned.delivery.recipient
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "ticket_id": delivery.ticket_id,
        "channel": delivery.channel.value,
        "target": delivery.target,
        "lane": delivery.lane,
        "purpose": recipient.purpose.value,
        "role": recipient.role,
        "post": recipient.post,
        "person": recipient.person,
        "assignment": recipient.assignment,
        "mentions": json.dumps(delivery.mentions),
        "traceparent": planned.traceparent,
        "body": planned.body.decode(),
        "fate": Fate.PENDING.value,
        "attempts": 0,
        "next_at": delivery.next_at,
        "free_at": real_now + delivery.pause,
    }


def note_tickets(connection: Connection, seen: Iterable[Ticket]) -> None:
    """Keep how each ticket stands, by its highest version."""
    if rows := [_standing_row(ticket) for ticket in newest_of_each(seen)]:
        insert_rows(connection, tickets, rows, if_newer)


def _standing_row(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "version": ticket.version,
        "is_open": ticket.status.is_open,
        "owner_assignment": ticket.owner.assignment if ticket.owner else None,
        "handler_assignment": ticket.handler.assignment if ticket.handler else None,
    }


def deliveries_of(connection: Connection, ticket_id: UUID) -> list[dict[str, Any]]:
    """What became of a ticket's deliveries, oldest first."""
    columns = deliveries.c
    shown = (
        columns.id,
        columns.event_id,
        columns.channel,
        columns.target,
        columns.purpose,
        columns.role,
        columns.post,
        columns.assignment,
        columns.fate,
        columns.attempts,
        columns.next_at,
        columns.sent_at,
        columns.last_error,
        columns.receipt,
    )
    query = select(*shown).where(columns.ticket_id == ticket_id).order_by(columns.next_at, columns.id)
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in connection.execute(query)]


def _plain(value: Any) -> Any:
    """As JSON can say it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def oldest_due(connection: Connection, now: datetime, real_now: datetime) -> dict[Channel, datetime]:
    """Since when, by the clock, the oldest delivery of each channel has been due that nobody has sent.

    One that waits for its turn in a group, or is on its way for the first time, is in good hands; one that failed and
    waits for the next try is not.
    """
    columns = deliveries.c
    in_good_hands = and_(columns.free_at > real_now, or_(columns.attempts == 0, columns.last_error.is_(None)))
    query = (
        select(columns.channel, func.min(columns.next_at, type_=Moment))
        .where(pending, columns.next_at <= now, not_(in_good_hands))
        .group_by(columns.channel)
    )
    return {Channel(channel): since for channel, since in connection.execute(query)}
