"""What has happened: one class per event. Ticket events carry the whole ticket and its place in the hash chain."""

from uuid import UUID, uuid5

from shared.contracts.base import Frozen, Instant, Message, register
from shared.contracts.ticket import FreeText, Seat, Ticket
from shared.contracts.vocabulary import Channel, EventType, Reason

EVENT_NAMESPACE = UUID("6f1d0c3e-5b0a-4a86-9d0e-7a3f4c1b2e55")


class Actor(Frozen):
    """Who did it: a post, never a name. The system itself (a clock) has none."""

    post: str
    role: str


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


@register
class TicketSubmitted(TicketEvent):
    """Routing has opened the case; the next event names its owner."""

    TYPE = "ticket.submitted"


@register
class TicketAssigned(TicketEvent):
    """The ticket has its first owner, or the owner has given the work to a handler (``reason`` assigned_down).

    ``replaced``: the handler whose work ended with that.
    """

    TYPE = "ticket.assigned"
    reason: Reason | None = None
    replaced: Seat | None = None


@register
class TicketAccepted(TicketEvent):
    """The owner (or the handler) has taken it on."""

    TYPE = "ticket.accepted"


@register
class TicketNoted(TicketEvent):
    """Somebody working on it has written something down."""

    TYPE = "ticket.noted"


@register
class TicketHandedBack(TicketEvent):
    """The handler has given it back to the owner, or the owner to the level above (then an escalation follows)."""

    TYPE = "ticket.handed_back"


class Step(Frozen):
    """One rung climbed, and why."""

    from_level: str
    level: str
    reason: Reason


@register
class TicketEscalated(TicketEvent):
    """The ticket has climbed. One step a rung: rungs where nobody holds the post are passed over, and say so."""

    TYPE = "ticket.escalated"
    steps: tuple[Step, ...]


@register
class TicketOverdue(TicketEvent):
    """The top level has let a limit pass: the public mark."""

    TYPE = "ticket.overdue"
    reason: Reason


@register
class TicketReminded(TicketEvent):
    """Somebody late was reminded: the top level each working day, an owner whose handler is late."""

    TYPE = "ticket.reminded"
    reason: Reason


@register
class TicketResolved(TicketEvent):
    """The work is said to be done; the confirm window runs."""

    TYPE = "ticket.resolved"


@register
class TicketClosed(TicketEvent):
    """It is over."""

    TYPE = "ticket.closed"
    reason: Reason


REPORTER = "reporter"
"""Stands where a role does, for who reported: no role of a directory is called so."""


class Delivery(Frozen):
    """A message to a person about a ticket's event: by which channel, never to which address.

    ``role``: the recipient's, or ``REPORTER``.
    """

    id: UUID
    ticket_id: UUID
    event_id: UUID
    post: str | None
    role: str
    assignment: int | None
    channel: Channel


@register
class NotificationSent(Message):
    """A channel took the message. For a group bot that means accepted (已发出), not delivered."""

    TYPE = "notification.sent"
    at: Instant
    delivery: Delivery


@register
class NotificationFailed(Message):
    """A channel gave up on a message, after all tries."""

    TYPE = "notification.failed"
    at: Instant
    delivery: Delivery
    error: str


@register
class PostUnreachable(Message):
    """Every channel to a post failed for one assignment: the ticket should not wait for it."""

    TYPE = "post.unreachable"
    at: Instant
    ticket_id: UUID
    post: str
    assignment: int
