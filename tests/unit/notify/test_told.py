"""Who is told of what: no event of a ticket is forgotten."""

from services.notify.domain.whom import TOLD
from shared.contracts.base import REGISTRY
from shared.contracts.events import TicketEvent


def test_every_event_of_a_ticket_says_whom_it_tells():
    """A new kind of event, or a new version of one, has to say so: otherwise nobody would ever hear of it."""
    assert set(TOLD) == {cls for cls in REGISTRY.values() if issubclass(cls, TicketEvent)}
