"""What records keeps, and the statements that write what is heard. Every write may be repeated without harm."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    delete,
    false,
    func,
    literal_column,
    select,
    true,
    update,
)

from services.records.accounts.tables import account_tables
from services.records.photos import photos_table
from services.records.stats.tables import facts_table
from services.records.texts import text_row, texts_table
from services.records.trail.tables import trail_tables
from shared.bulk import if_newer, insert_rows
from shared.bus.outbox import outbox_table
from shared.contracts.events import TicketEvent
from shared.contracts.ticket import Ticket, newest_of_each
from shared.contracts.vocabulary import Source
from shared.db import Moment, Serial, metadata, upsert

Sorted = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its bytes, so that an index finds everything with one beginning."""

tables = metadata()

ledger = Table(
    "ledger",
    tables,
    Column("seq", Serial, primary_key=True),
    Column("event_id", Uuid, nullable=False, unique=True),
    Column("ticket_id", Uuid, nullable=False),
    Column("version", Integer),  # none for delivery events: they stand outside the chain
    Column("type", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("body", Text, nullable=False),  # the event as JSON, as it came: its hash is over this
    Column("received_at", Moment, nullable=False),
    UniqueConstraint("ticket_id", "version"),
)

tickets = Table(
    "tickets",
    tables,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("open", Boolean, nullable=False, server_default=false()),
    Column("level", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("path", Sorted, nullable=False),  # place codes from the top down: /a/b/c/
    Column("category", Text, nullable=False),
    Column("owner_post", Text),
    Column("handler_post", Text),
    Column("helper_posts", Text),  # who was summoned and not yet released, and by whom: /a/b/; none: nobody
    Column("about_role", Text),
    Column("overdue", Boolean, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("accept_by", Moment),
    Column("resolve_by", Moment),
    Column("due_at", Moment),  # which limit passes next; UNLIMITED where none runs
    Column("body", Text, nullable=False),  # the ticket as JSON
)
UNLIMITED = datetime(9999, 1, 1, tzinfo=UTC)
"""Comes after every limit: what an index walks from the most urgent on must not have holes."""


def _partial(name: str, where: Any, *columns: str) -> None:
    here = [tickets.c[column] for column in columns]
    Index(f"ix_tickets_{name}", *here, postgresql_where=where, sqlite_where=where)


is_open, has_ended = tickets.c.open == true(), tickets.c.open == false()
"""A column that says so itself: whether a partial index holds what is wanted, a database sees at once. A list of
statuses it compares one by one, for each index and each arm of a list, and knows nothing of how many have one of them.
"""
_partial("open_path", is_open, "path")
_partial("ended_path", has_ended, "path")
_partial("open_due_at_id", is_open, "due_at", "id")
for _name in ("owner_post", "handler_post", "status", "level", "category"):
    _partial(f"open_{_name}_due_at_id", is_open, _name, "due_at", "id")
for _name in ("owner_post", "handler_post", "status"):
    _partial(f"ended_{_name}_opened_at_id", has_ended, _name, "opened_at", "id")

is_helped = tickets.c.helper_posts.isnot(None)
helpers = func.string_to_array(tickets.c.helper_posts, literal_column("'/'"))
"""The posts one by one. PostgreSQL finds the tickets of each; SQLite looks through all that have some."""
_partial("helped_due_at_id", is_helped, "due_at", "id")
Index("ix_tickets_helpers", helpers, postgresql_using="gin", postgresql_where=is_helped).ddl_if(dialect="postgresql")

texts = texts_table(tables)

orders = Table(
    "orders",
    tables,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index(None, "changed_at", "id"),
)
"""The tickets that are orders of the hotline, by when they last changed."""

places = Table(
    "places",
    tables,
    Column("code", Text, primary_key=True),
    Column("path", Text, nullable=False),
)

reporters = Table(
    "reporters",
    tables,
    Column("reporter_ref", Uuid, primary_key=True),
    Column("ticket_id", Uuid, nullable=False),
    Column("sealed", LargeBinary),  # encrypted; none once erased
    Column("recorded_at", Moment, nullable=False),
    Column("erased_at", Moment),
)

parked = Table(
    "parked",
    tables,
    Column("id", Serial, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("message_id", Text),
    Column("properties", Text, nullable=False),  # what else came with it, as JSON
    Column("parked_at", Moment, nullable=False),
    Column("resent_at", Moment),
    Column("dropped_at", Moment),
)
unresolved = parked.c.resent_at.is_(None) & parked.c.dropped_at.is_(None)
Index("uq_parked_unresolved", parked.c.digest, unique=True, postgresql_where=unresolved, sqlite_where=unresolved)

directories = Table(
    "directories",
    tables,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("loaded_at", Moment, nullable=False),
)

outbox = outbox_table(tables)
facts = facts_table(tables)
photos = photos_table(tables)
accounts, sessions, api_tokens, sign_ins = account_tables(tables)
trail, trail_head = trail_tables(tables)

Row = dict[str, Any]


def add_events(connection: Connection, rows: Sequence[Row]) -> int:
    """Append to the ledger what it lacks; how many that were. Sorted, so that two writers never wait for each other in
    a circle.
    """
    if not rows:
        return 0
    ordered = sorted(rows, key=lambda row: row["event_id"])
    return insert_rows(connection, ledger, ordered).rowcount


def hashes_of(connection: Connection, event_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The hash that the ledger has for each of these events."""
    found = connection.execute(select(ledger.c.event_id, ledger.c.hash).where(ledger.c.event_id.in_(list(event_ids))))
    return {row.event_id: row.hash for row in found}


def put_tickets(connection: Connection, changed: Iterable[Ticket]) -> bool:
    """Bring the read table to these versions where it has older ones; whether it had of all."""
    rows = [ticket_row(ticket) for ticket in newest_of_each(changed)]
    return not rows or insert_rows(connection, tickets, rows, if_newer).rowcount == len(rows)


def replace_tickets(connection: Connection, gone: Iterable[UUID], right: Sequence[Ticket]) -> None:
    """Take rows out of the read table and put these in, whatever stood there, also with their code under another id."""
    ids, codes = [*gone, *(ticket.id for ticket in right)], [ticket.code for ticket in right]
    if ids:
        connection.execute(delete(tickets).where(tickets.c.id.in_(ids) | tickets.c.code.in_(codes)))
    put_tickets(connection, right)


def put_orders(connection: Connection, events: Iterable[TicketEvent]) -> None:
    """Bring the hotline's orders among these to the moments of their newest events."""
    found = {
        event.ticket.id: event for event in sorted(events, key=lambda each: each.ticket.version) if is_order(event)
    }
    if rows := [order_row(found[id]) for id in sorted(found)]:
        insert_rows(connection, orders, rows, if_newer)


def is_order(event: TicketEvent) -> bool:
    """A task split off an order is none."""
    ticket = event.ticket
    return ticket.source is Source.HOTLINE and ticket.external_ref is not None and ticket.parent is None


def order_row(event: TicketEvent) -> Row:
    return {"id": event.ticket.id, "version": event.ticket.version, "changed_at": event.at}


def ticket_row(ticket: Ticket) -> Row:
    """A ticket as its row in the read table."""
    return {
        "id": ticket.id,
        "code": ticket.code,
        "version": ticket.version,
        "status": ticket.status.value,
        "open": ticket.status.is_open,
        "level": ticket.level,
        "place": ticket.place.code,
        "path": path_of(item.code for item in ticket.place.path),
        "category": ticket.category,
        "owner_post": ticket.owner.post if ticket.owner else None,
        "handler_post": ticket.handler.post if ticket.handler else None,
        "helper_posts": path_of(ticket.called) if ticket.called else None,
        "about_role": ticket.about_role,
        "overdue": ticket.overdue,
        "opened_at": ticket.opened_at,
        "accept_by": ticket.accept_by,
        "resolve_by": ticket.resolve_by,
        "due_at": ticket.due_at or UNLIMITED,
        "body": ticket.model_dump_json(exclude_defaults=True),
    }


def add_texts(connection: Connection, opened: Iterable[Ticket]) -> None:
    """Let these tickets be found by their words, which stay as they were handed in."""
    if rows := [text_row(ticket) for ticket in newest_of_each(opened)]:
        insert_rows(connection, texts, rows)


def path_of(codes: Iterable[str]) -> str:
    """Codes as one text: of places from the top down, so that every place below begins with it."""
    return "/" + "".join(f"{code}/" for code in codes)


def add_parked(connection: Connection, rows: Sequence[Row]) -> None:
    """Keep messages that nobody could handle; one that is here already, unresolved, is not kept twice."""
    if rows:
        connection.execute(upsert(parked, connection).on_conflict_do_nothing(), rows)


def resolve_parked(connection: Connection, id: int, **moment: datetime) -> bool:
    """Set ``resent_at`` or ``dropped_at`` unless either is set; says whether it did."""
    return connection.execute(update(parked).where((parked.c.id == id) & unresolved).values(**moment)).rowcount == 1
