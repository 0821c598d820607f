"""What residents wrote is erased once the ticket is over: the work needs it until then, and no longer."""

from datetime import datetime

from services.routing.domain.case import Case, Change, happen
from shared.contracts.events import TicketErased
from shared.contracts.ticket import FreeText

WORDS = ("title", "description", "location_note")


def erase_words(case: Case, now: datetime, household: str | None = None) -> Change | None:
    """None while it is open. The digests stay: what was sealed is still sealed. Of one ``household`` what it has added:
    that is in no ticket, but in the events."""
    ticket = case.ticket
    if ticket.status.is_open:
        return None
    if household is not None:
        return happen(TicketErased, case, now, due_at=case.due_at, household=household)
    texts: dict[str, FreeText | None] = {name: getattr(ticket, name) for name in WORDS}
    if not ticket.photos and not any(text and text.text for text in texts.values()):
        return Change(case)
    changes = {name: text and text.model_copy(update={"text": None}) for name, text in texts.items()}
    return happen(TicketErased, case, now, due_at=case.due_at, changes={**changes, "photos": ()})
