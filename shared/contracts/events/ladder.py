"""What the chain itself does with a ticket, and the people who carry it: one class per event."""

from shared.contracts.base import Frozen, register
from shared.contracts.events.ticket import TicketEvent
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason


@register
class TicketSubmitted(TicketEvent):
    """Routing has opened the case; the next event names its owner."""

    TYPE = "ticket.submitted"


@register
class TicketAssigned(TicketEvent):
    """The ticket has its first owner, or the owner has given the work to a handler (``reason`` assigned_down), or
    another post of the level has it since nobody is left at the owner's (post_vacant, absent).

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
    """Somebody at work has written something down, for the resident or for those at work alone (``internal``)."""

    TYPE = "ticket.noted"
    internal: bool = False


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
    """Somebody late was reminded: the top level each working day, an owner whose handler is late; or whoever has
    it, by somebody who asks how it stands (by a ``household``)."""

    TYPE = "ticket.reminded"
    reason: Reason
    household: str | None = None


@register
class TicketResolved(TicketEvent):
    """The work is said to be done; the confirm window runs."""

    TYPE = "ticket.resolved"


@register
class TicketClosed(TicketEvent):
    """It is over."""

    TYPE = "ticket.closed"
    reason: Reason
