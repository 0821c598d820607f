"""The read tables made anew from what they are made of, a bite at a time, while events go on coming in.

A wrong row is replaced whatever version it claims to have, and a newer version always wins: first the table is locked,
then the ledger is read. Whoever records an event writes the ledger before the row. So either we wait for them and see
their event, or they wait for us and put their newer version over ours. The whole table, since rows that are missing
cannot be locked: two who put in the same ones would wait for each other in a circle.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, Table, and_, delete, func, select, true, tuple_

from services.records import paths, queries, store
from services.records.erasing import add_photos
from services.records.evidence import agrees, next_ids
from services.records.photos import photos_of
from services.records.stats.keeping import facts_of
from services.records.store import facts, ledger, orders, photos, places, texts, tickets
from services.records.texts import text_row
from shared.bulk import insert_rows
from shared.contracts.base import REGISTRY
from shared.contracts.events import TicketEvent
from shared.contracts.queries import Rebuilt
from shared.db import lock_table

Rebuild = Callable[[Connection, str | None, int, bool], Rebuilt]
"""Compares up to so many rows and, if asked to write, puts right what differs; begins after the ``last`` of before."""


def rebuild_tickets(connection: Connection, after: str | None, limit: int, write: bool) -> Rebuilt:
    """By the newest event of each ticket. One whose newest event cannot be read stays as it is."""
    lock_table(connection, tickets)
    ids = next_ids(connection, UUID(after) if after else None, limit)
    rows = {row.id: row for row in connection.execute(select(tickets).where(tickets.c.id.in_(ids)))}
    newest = newest_events(connection, ids)
    right = [event.ticket for event in newest.values() if event]
    wrong = [ticket for ticket in right if ticket.id not in rows or not agrees(rows[ticket.id], ticket)]
    surplus = rows.keys() - newest.keys()
    if write:
        store.replace_tickets(connection, surplus, wrong)
    return Rebuilt(
        compared=len(ids),
        differing=len(wrong),
        surplus=len(surplus),
        unreadable=len(newest) - len(right),
        last=str(ids[-1]) if ids else None,
    )


def newest_events(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, TicketEvent | None]:
    """The newest event of each ticket; None where it cannot be read."""
    here = ledger.c
    heads = select(here.ticket_id, func.max(here.version).label("version")).where(here.ticket_id.in_(ids))
    head = heads.group_by(here.ticket_id).subquery()
    same = and_(here.ticket_id == head.c.ticket_id, here.version == head.c.version)
    events = connection.execute(select(here.ticket_id, here.type, here.body).join(head, same))
    return {row.ticket_id: _event_of(row.type, row.body) for row in events}


def _event_of(type: str, body: str) -> TicketEvent | None:
    with suppress(KeyError, ValidationError):
        event = REGISTRY[type].model_validate_json(body)
        return event if isinstance(event, TicketEvent) else None
    return None


def rebuild_photos(connection: Connection, after: str | None, limit: int, write: bool) -> Rebuilt:
    """By all events of each ticket: counted are the photos. A ticket with one that cannot be read loses none."""
    lock_table(connection, photos)
    ids = next_ids(connection, UUID(after) if after else None, limit)
    here = photos.c.ticket_id > UUID(after) if after else true()
    up_to = photos.c.ticket_id <= ids[-1] if ids else true()
    found = {(row.ticket_id, row.photo) for row in connection.execute(select(photos).where(here, up_to))}
    said = select(ledger.c.ticket_id, ledger.c.type, ledger.c.body)
    rows = connection.execute(said.where(ledger.c.ticket_id.in_(ids), ledger.c.version.is_not(None))).all()
    events = [(row.ticket_id, _event_of(row.type, row.body)) for row in rows]
    unreadable = {id for id, event in events if event is None}
    right = {pair for _, event in events if event for pair in photos_of(event)}
    missing, surplus = right - found, {pair for pair in found - right if pair[0] not in unreadable}
    if write:
        connection.execute(delete(photos).where(tuple_(photos.c.ticket_id, photos.c.photo).in_(surplus)))
        add_photos(connection, [event for _, event in events if event])
    return Rebuilt(
        compared=len(found | right),
        differing=len(missing),
        surplus=len(surplus),
        unreadable=len(unreadable),
        last=str(ids[-1]) if ids else None,
    )


def rebuild_places(connection: Connection, _after: str | None, _limit: int, write: bool) -> Rebuilt:
    """By the newest directory, all at once."""
    lock_table(connection, places)
    found = {row.code: row.path for row in connection.execute(select(places))}
    newest = queries.newest_directory(connection)
    right = paths.paths_of(newest) if newest else {}
    if write and found != right:
        paths.replace_places(connection, right)
    return Rebuilt(
        compared=len(found.keys() | right.keys()),
        differing=sum(found.get(code) != path for code, path in right.items()),
        surplus=len(found.keys() - right.keys()),
        unreadable=0,
        last=None,
    )


Right = Callable[[Connection, Sequence[UUID]], Mapping[UUID, store.Row | None]]
"""The rows that these tickets have by the ledger; None where it cannot be read. A ticket may have none."""


def _made_of(table: Table, right_rows: Right) -> Rebuild:
    """For a table with a row for each ticket, or some. What cannot be read stays as it is."""

    def rebuild(connection: Connection, after: str | None, limit: int, write: bool) -> Rebuilt:
        lock_table(connection, table)
        ids = next_ids(connection, UUID(after) if after else None, limit)
        found = right_rows(connection, ids)
        here = table.c.id > UUID(after) if after else true()
        up_to = table.c.id <= ids[-1] if ids else true()
        rows = {row.id: dict(row._mapping) for row in connection.execute(select(table).where(here, up_to))}
        right = {id: row for id, row in found.items() if row}
        wrong = [row for id, row in right.items() if rows.get(id) != row]
        unreadable = found.keys() - right.keys()
        surplus = rows.keys() - found.keys()
        if write:
            connection.execute(delete(table).where(table.c.id.in_([*surplus, *(row["id"] for row in wrong)])))
            if wrong:
                insert_rows(connection, table, wrong)
        return Rebuilt(
            compared=len(rows.keys() | right.keys()),
            differing=len(wrong),
            surplus=len(surplus),
            unreadable=len(unreadable & rows.keys()),
            last=str(ids[-1]) if ids else None,
        )

    return rebuild


def _of_newest(row_of: Callable[[TicketEvent], store.Row | None]) -> Right:
    """Rows that the newest event of each ticket makes alone; a ticket of which it makes None has none."""

    def rows(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, store.Row | None]:
        newest = newest_events(connection, ids)
        made = {id: row_of(event) if event else None for id, event in newest.items()}
        return {id: row for id, row in made.items() if row or newest[id] is None}

    return rows


READ_TABLES: Mapping[str, Rebuild] = {
    "tickets": rebuild_tickets,
    "orders": _made_of(orders, _of_newest(lambda event: store.order_row(event) if store.is_order(event) else None)),
    "texts": _made_of(texts, _of_newest(lambda event: text_row(event.ticket))),
    "facts": _made_of(facts, facts_of),
    "photos": rebuild_photos,
    "places": rebuild_places,
}
"""Every table that can be made anew. A further one joins here."""
