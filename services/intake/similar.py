"""Offering what is open already: one who is about to report the same may follow it instead of reporting it again."""

import structlog

from services.intake.masking import mask
from services.intake.problems import Problem, of_wrong
from services.intake.shapes.views import SimilarTickets
from services.intake.state import State
from services.intake.submission import check_codes
from services.intake.visibility import public_view
from shared.bus.asyncio import BrokerAway, CallTimedOut, NotNow
from shared.contracts.queries import TicketRecord
from shared.i18n import Speaker

OFFERED = 3

log = structlog.get_logger()


async def offer_similar(here: State, door_code: str, text: str, category: str | None, say: Speaker) -> SimilarTickets:
    """What anybody may see of them. Nothing here may keep a person from reporting: while records is away there is
    nothing to offer, and no error. Raises ``Problem`` for a door or a category that is not there.
    """
    if wrong := check_codes(here.town(), category=category):
        raise of_wrong(wrong, say)
    place = here.town().door(door_code)
    if place is None:
        raise Problem("unknown_door")
    try:
        found = await here.desk.similar(place=place.code, text=mask(text), category=category, limit=OFFERED)
    except (BrokerAway, CallTimedOut, NotNow) as error:
        log.warning("nothing similar could be looked for", reason=type(error).__name__)
        return SimilarTickets(tickets=(), asked=False)
    views = (public_view(TicketRecord(ticket=ticket, timeline=()), here.show) for ticket in found)
    return SimilarTickets(tickets=tuple(view for view in views if view is not None), asked=True)
