"""In touch with the resident: while the work goes on, and after it (回访)."""

from datetime import datetime

from services.routing.domain.case import Case, Change, Doing, happen
from shared.contracts.commands import Details
from shared.contracts.events import TicketCalledBack, TicketContacted
from shared.contracts.ticket import Contact
from shared.contracts.vocabulary import Detail, Refusal
from shared.directory import Town


def contact(case: Case, doing: Doing, _town: Town, now: datetime) -> Change | Refusal:
    """An attempt counts as one; the first time that the resident is reached is what response rates ask for."""
    heard = _heard(doing.details, now)
    if isinstance(heard, Refusal):
        return heard
    first = case.ticket.contacted_at or (now if heard.reached else None)
    return happen(
        TicketContacted, case, now, due_at=case.due_at, by=doing, changes={"contacted_at": first}, contact=heard
    )


def call_back(case: Case, doing: Doing, _town: Town, now: datetime) -> Change | Refusal:
    """What the resident says is kept; to reopen is theirs alone. Who answered once is not lost by a later attempt."""
    heard = _heard(doing.details, now)
    if isinstance(heard, Refusal):
        return heard
    before = case.ticket.called_back
    last = before if before and before.reached and not heard.reached else heard
    return happen(
        TicketCalledBack, case, now, due_at=case.due_at, by=doing, changes={"called_back": last}, contact=heard
    )


def _heard(details: Details, now: datetime) -> Contact | Refusal:
    """What the form says of it; who was not reached has said nothing."""
    if not details.reached and details.given & {Detail.SETTLED, Detail.GRADE}:
        return Refusal.NOT_TAKEN
    said = details.model_dump(include={"way", "reached", "settled", "grade"})
    return Contact(at=now, **said)
