"""Which photos tickets name: a picture may be evidence of more than one."""

from uuid import UUID

from sqlalchemy import Column, Index, MetaData, Table, Text, Uuid

from shared.contracts.events import TicketEvent


def photos_table(metadata: MetaData) -> Table:
    return Table(
        "photos",
        metadata,
        Column("ticket_id", Uuid, primary_key=True),
        Column("photo", Text, primary_key=True),
        Index(None, "photo"),
    )


def photos_of(event: TicketEvent) -> list[tuple[UUID, str]]:
    """The photos that an event names, each after its ticket: the rows of the table."""
    return [(event.ticket.id, photo) for photo in (*event.ticket.photos, *event.photos)]
