"""A ticket with its story, the hotline's orders, and how to reach who reported: as records has them."""

from shared.contracts.base import Frozen, Instant
from shared.contracts.ticket import Contact, Ticket
from shared.contracts.vocabulary import Channel, EventType, Grade, Reason


class TimelineEntry(Frozen):
    """One line of a ticket's story. ``actor_role`` did it; ``to_role`` was given it, or told by ``channel``.

    ``photos``: ids of those added with it. ``other``: the code of another ticket that it is about.
    ``grade``: what was given with it. ``actor_post``: the code of the post that did it, None where no post did.
    """

    at: Instant
    type: EventType
    version: int | None
    level: str
    from_level: str | None = None
    reason: Reason | None = None
    actor_role: str | None = None
    to_role: str | None = None
    channel: Channel | None = None
    text: str | None = None
    photos: tuple[str, ...] = ()
    internal: bool = False
    other: str | None = None
    grade: Grade | None = None
    actor_post: str | None = None
    contact: Contact | None = None


class TicketRecord(Frozen):
    """A ticket with its story, oldest first."""

    ticket: Ticket
    timeline: tuple[TimelineEntry, ...]


class ChangedOrder(Frozen):
    """An order of the hotline as it stands since its last change."""

    changed_at: Instant
    record: TicketRecord


class OrderPage(Frozen):
    """Some of the orders asked for; ``next`` is the cursor of those that changed after them."""

    items: tuple[ChangedOrder, ...]
    next: str | None


class Reporter(Frozen):
    """How to reach who reported, for the one who must do it now."""

    name: str | None
    phone: str | None
    email: str | None
    language: str
