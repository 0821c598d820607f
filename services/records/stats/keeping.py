"""The row of figures of each ticket kept up with what comes in, in whatever order that comes.

Whoever calls has brought ``tickets`` up to the same events: that makes two who record events of one ticket wait for
each other, and the second sees what the first has put into the ledger.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import Connection, select

from services.records.stats.folding import Happened, fold, happened, outcome_of
from services.records.store import facts, ledger
from shared.bulk import insert_rows, over
from shared.contracts.events import TicketAssigned, TicketContacted, TicketEvent
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Outcome, Status

CHANGING = (TicketAssigned, TicketContacted)
"""After these the row of an open ticket may differ."""
Row = dict[str, Any]


def put_facts(connection: Connection, events: Sequence[TicketEvent]) -> None:
    """Fold anew what these events may have changed: of a ticket that has ended anything, of an open one little."""
    of_each: dict[UUID, list[TicketEvent]] = defaultdict(list)
    for event in events:
        of_each[event.ticket.id].append(event)
    here = facts.c.id.in_(list(of_each))
    known = {row.id: row.outcome for row in connection.execute(select(facts.c.id, facts.c.outcome).where(here))}
    rows: list[Row] = []
    again: list[UUID] = []
    for id, some in of_each.items():
        if id not in known and (whole := _from_the_first(some)):
            rows.append(fold([happened(each.at, each.ticket) for each in whole], whole[-1].ticket))
        elif known.get(id) != Outcome.OPEN or any(map(_counts, some)):
            again.append(id)
    rows += [row for row in facts_of(connection, again).values() if row]
    if rows:
        insert_rows(connection, facts, sorted(rows, key=lambda row: row["id"]), over)


def facts_of(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Row | None]:
    """The rows of these tickets by the ledger; None where it cannot be read."""
    stories: dict[UUID, list[str]] = defaultdict(list)
    chained = select(ledger.c.ticket_id, ledger.c.body).where(
        ledger.c.ticket_id.in_(ids), ledger.c.version.is_not(None)
    )
    for row in connection.execute(chained.order_by(ledger.c.ticket_id, ledger.c.version)) if ids else ():
        stories[row.ticket_id].append(row.body)
    return {id: _read(bodies) for id, bodies in stories.items()}


def _from_the_first(events: Sequence[TicketEvent]) -> list[TicketEvent] | None:
    """All events of a ticket that nobody has heard of; None where some are missing before them."""
    by_version = {each.ticket.version: each for each in events}
    whole = [by_version[version] for version in sorted(by_version)]
    return whole if whole[0].ticket.version == 1 and whole[-1].ticket.version == len(whole) else None


def _counts(event: TicketEvent) -> bool:
    return isinstance(event, CHANGING) or outcome_of(event.ticket) is not Outcome.OPEN


def _read(bodies: Sequence[str]) -> Row | None:
    with suppress(KeyError, TypeError, ValueError, ValidationError):
        events = [orjson.loads(body) for body in bodies]
        return fold([_happened(each) for each in events], Ticket.model_validate(events[-1]["ticket"]))
    return None


def _happened(event: dict[str, Any]) -> Happened:
    """As ``happened``, of which only this is read: there are many, and the last alone is needed whole."""
    ticket = event["ticket"]
    owner, accept_by = ticket.get("owner"), ticket.get("accept_by")
    return Happened(
        at=datetime.fromisoformat(event["at"]),
        status=Status(ticket["status"]),
        level=ticket["level"],
        post=owner["post"] if owner else None,
        accept_by=datetime.fromisoformat(accept_by) if accept_by else None,
    )
