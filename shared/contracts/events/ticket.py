"""What all events of a ticket share: the whole ticket, and the event's place in the hash chain."""

from uuid import UUID, uuid5

from shared.contracts.base import Instant, Message
from shared.contracts.ticket import Actor, FreeText, Ticket
from shared.contracts.vocabulary import EventType

EVENT_NAMESPACE = UUID("6f1d0c3e-5b0a-4a86-9d0e-7a3f4c1b2e55")


class TicketEvent(Message):
    """What all ticket events share. ``hash`` is HMAC over ``prev_hash`` and this event without its free texts.

    ``photos``: ids of those that the actor added (each a hash of its bytes, so the chain covers what they show).
    """

    at: Instant
    ticket: Ticket
    actor: Actor | None = None
    text: FreeText | None = None
    photos: tuple[str, ...] = ()
    prev_hash: str = ""
    hash: str = ""

    @property
    def id(self) -> UUID:
        """Derived, so that a repeat has the same."""
        return event_id(self.ticket.id, self.ticket.version)

    @property
    def name(self) -> EventType:
        return EventType(self.TYPE.removeprefix("ticket."))


def event_id(ticket_id: UUID, version: int) -> UUID:
    """The id of a ticket's event number ``version``."""
    return uuid5(EVENT_NAMESPACE, f"{ticket_id}/{version}")
