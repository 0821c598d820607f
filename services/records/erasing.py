"""What residents wrote goes out of a ticket's earlier events; their digests stay, and so the chain holds."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, select, update

from services.records.domain import is_of
from services.records.photos import photos_of
from services.records.queries import events_of
from services.records.store import ledger, photos, texts
from services.records.texts import text_row
from shared.bulk import insert_rows
from shared.contracts.events import COSIGNER, RESIDENTS, TicketErased, TicketEvent

WORDS = ("title", "description", "location_note")


def erase_words(connection: Connection, ticket_ids: Collection[UUID]) -> None:
    """Of those among these tickets that were erased: whatever was said before that, however late it comes; where a
    household erased its own, what it had said."""
    here, erased = ledger.c, TicketErased.wire_type()
    found = select(here.ticket_id, here.body).where(here.ticket_id.in_(list(ticket_ids)), here.type == erased)
    for gone in connection.execute(found).all():
        erasing = TicketErased.model_validate_json(gone.body)
        ticket, household = erasing.ticket, erasing.household
        said = select(here.seq, here.body).where(here.ticket_id == ticket.id, here.version.is_not(None))
        if household is None:
            connection.execute(update(texts).where(texts.c.id == ticket.id).values(words=text_row(ticket)["words"]))
        else:
            said = said.where(here.version < ticket.version)
        for row in connection.execute(said).all():
            event = orjson.loads(row.body)
            body = orjson.dumps(without_words(event) if household is None else _without_its(event, household)).decode()
            connection.execute(update(ledger).where(here.seq == row.seq).values(body=body))


def without_words(event: dict[str, Any]) -> dict[str, Any]:
    """An event (as JSON data) without what residents wrote."""
    ticket = {name: _wordless(value) if name in WORDS else value for name, value in event["ticket"].items()}
    by_resident = (event.get("actor") or {}).get("role") in RESIDENTS
    said = {"text": _wordless(event["text"])} if by_resident and "text" in event else {}
    return {**event, "ticket": ticket, **said}


def _without_its(event: dict[str, Any], household: str) -> dict[str, Any]:
    """An event (as JSON data) without what that household said."""
    role = (event.get("actor") or {}).get("role")
    if role != COSIGNER or event.get("household") != household:
        return event
    return {**event, "text": _wordless(event.get("text"))}


def _wordless(text: dict[str, Any] | None) -> dict[str, Any] | None:
    return text and {**text, "text": None}


def add_photos(connection: Connection, events: Iterable[TicketEvent]) -> None:
    """Keep which photos these events name. Sorted, so that two writers never wait for each other in a circle."""
    if rows := sorted({row for event in events for row in photos_of(event)}):
        insert_rows(connection, photos, [{"ticket_id": ticket_id, "photo": photo} for ticket_id, photo in rows])


def photos_to_erase(connection: Connection, ticket_id: UUID, household: str | None = None) -> list[str]:
    """The photos that residents (or that household alone) added to a ticket, and that nobody else names."""
    events = [event for event in events_of(connection, ticket_id) if isinstance(event, TicketEvent)]
    added = {photo for event in events for photo in (*event.ticket.photos, *_added_by_residents(event))}
    if household is not None:
        own = {photo for event in events if is_of(event, household) for photo in event.photos}
        others = {photo for event in events if not is_of(event, household) for photo in event.photos}
        added = own - others - {photo for event in events for photo in event.ticket.photos}
    elsewhere = select(photos.c.photo).where(photos.c.photo.in_(list(added)), photos.c.ticket_id != ticket_id)
    return sorted(added.difference(connection.scalars(elsewhere)))


def _added_by_residents(event: TicketEvent) -> Sequence[str]:
    return event.photos if event.actor and event.actor.role in RESIDENTS else ()
