"""What is on its way at the moment of the picture: proved to be in the ledger, or to be said again after a restore.

The services drop what they have seen, so saying too much does no harm.
"""

import heapq
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, Select, func, select

from services.backup.moment import Picture
from services.notify import store as notify
from services.records.store import ledger
from services.routing import store as routing
from shared.bus.topology import EVENTS, TELLING
from shared.contracts.envelope import Envelope
from shared.contracts.events import PostUnreachable
from shared.trace import new_traceparent

BITE = 1000
OUTBOX = routing.outbox
"""Where what is to be said again goes."""

Part = tuple[UUID, str, Row[Any]]


@dataclass
class UnderWay:
    """``unarrived``: tickets whose newest event is neither in the ledger nor in routing's outbox, or an earlier one is
    missing in the ledger.

    ``unheard``: ids of events in the ledger that notify, or routing, may not have taken in.
    """

    tickets: int = 0
    unarrived: int = 0
    unheard: list[UUID] = field(default_factory=list)


def survey(picture: Picture) -> UnderWay:
    """Compares, ticket by ticket, the case, its events in the ledger, and how far notify has heard of it."""
    found = UnderWay()
    staged = _staged(picture["routing"])
    for _, group in groupby(_by_ticket(picture), key=itemgetter(0)):
        parts = list(group)
        cases, told, events = ([row for _, kind, row in parts if kind == name] for name in ("case", "told", "event"))
        links = [event for event in events if event.version is not None]
        found.tickets += len(cases)
        arrived = {event.hash for event in links[-1:]} | staged
        gap = bool(links) and links[-1].version != len(links)
        found.unarrived += any(gap or case.hash not in arrived for case in cases)
        found.unheard += _unheard(links, events, told[0].version if told else 0)
    return found


def _by_ticket(picture: Picture) -> Iterator[Part]:
    """All that there is of each ticket: its events by version."""
    cases = select(routing.cases.c.id, routing.cases.c.hash)
    told = select(notify.tickets.c.id, notify.tickets.c.version)
    columns = ledger.c
    events = select(
        columns.ticket_id, columns.version, columns.type, columns.hash, columns.seq, columns.event_id
    ).where(columns.version.isnot(None) | (columns.type == PostUnreachable.wire_type()))
    in_order = (
        _parts(picture["routing"], "case", cases.order_by(routing.cases.c.id)),
        _parts(picture["notify"], "told", told.order_by(notify.tickets.c.id)),
        _parts(picture["records"], "event", events.order_by(columns.ticket_id, columns.version)),
    )
    return heapq.merge(*in_order, key=itemgetter(0))


def _parts(connection: Connection, kind: str, query: Select[Any]) -> Iterator[Part]:
    for row in connection.execute(query, execution_options={"yield_per": BITE}):
        yield row[0], kind, row


def _staged(connection: Connection) -> set[str]:
    """The hashes of the events that wait to be published."""
    bodies = connection.execute(select(OUTBOX.c.body), execution_options={"yield_per": BITE}).scalars()
    return {orjson.loads(body)["data"].get("hash", "") for body in bodies}


def _unheard(links: Sequence[Row[Any]], events: Sequence[Row[Any]], heard: int) -> list[UUID]:
    """Notify has not heard of what is newer than the version it knows; routing has not taken in that a post cannot be
    reached where nothing has happened to the ticket since."""
    newest = max((link.seq for link in links), default=0)
    untold = [link.event_id for link in links if link.version > heard and _topic(link.type) in TELLING]
    return untold + [event.event_id for event in events if event.version is None and event.seq > newest]


def _topic(type: str) -> str:
    """The routing key of an event, from its type on the wire."""
    return type.removeprefix("loumen.").rpartition(".v")[0]


def said_again(picture: Picture, unheard: Sequence[UUID]) -> Iterator[Sequence[Any]]:
    """These events as rows of routing's outbox, behind those that are in it."""
    last = picture["routing"].scalar(select(func.max(OUTBOX.c.id))) or 0
    for start in range(0, len(unheard), BITE):
        query = select(ledger).where(ledger.c.event_id.in_(unheard[start : start + BITE])).order_by(ledger.c.seq)
        for at, event in enumerate(picture["records"].execute(query), start=last + start + 1):
            yield at, str(event.event_id), EVENTS, _topic(event.type), _body(event), time.time()


def _body(event: Row[Any]) -> bytes:
    """As it was said, but for its trace."""
    envelope = Envelope(
        id=event.event_id,
        source="loumen/routing",
        type=event.type,
        time=event.at,
        subject=str(event.ticket_id),
        traceparent=new_traceparent(),
        data=orjson.loads(event.body),
    )
    return envelope.model_dump_json().encode()
