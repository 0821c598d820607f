"""What residents do with a ticket once it is there. Who they are is in no event."""

from typing import Final
from uuid import UUID

from shared.contracts.base import register
from shared.contracts.events.telling import REPORTER
from shared.contracts.events.ticket import TicketEvent
from shared.contracts.ticket import Actor
from shared.contracts.vocabulary import Grade

COSIGNER: Final = "cosigner"
NEIGHBOUR: Final = "neighbour"
RESIDENTS: Final = {name: Actor(post=name, role=name) for name in (REPORTER, COSIGNER, NEIGHBOUR)}
"""Stand where a post does: no post and no role of a directory is called so."""


@register
class TicketCosigned(TicketEvent):
    """A household has co-signed."""

    TYPE = "ticket.cosigned"
    household: str


@register
class TicketCommented(TicketEvent):
    """The reporter (``household`` None) or a household has added something."""

    TYPE = "ticket.commented"
    household: str | None = None


@register
class TicketReopened(TicketEvent):
    """Not settled after all, says the reporter (``household`` None) or a household."""

    TYPE = "ticket.reopened"
    household: str | None = None


@register
class TicketRated(TicketEvent):
    """The reporter or a ``household`` has graded it, or who reported a ticket that was merged into it (``through``)."""

    TYPE = "ticket.rated"
    grade: Grade
    household: str | None = None
    through: UUID | None = None


@register
class TicketWithdrawn(TicketEvent):
    """The reporter has taken it back."""

    TYPE = "ticket.withdrawn"


@register
class TicketErased(TicketEvent):
    """What residents wrote and their photos are gone for good, here and in every event before this; of one
    ``household`` where it is named."""

    TYPE = "ticket.erased"
    household: str | None = None


@register
class TicketAppealed(TicketEvent):
    """The reporter does not accept that it was not taken up: it goes one level up."""

    TYPE = "ticket.appealed"
