"""Not taken up (不予受理): the resident is told why, and may appeal."""

from datetime import datetime

from services.routing.domain.case import Case, Change, Doing, happen
from shared.contracts.events import TicketRejected
from shared.contracts.vocabulary import Status
from shared.directory import Town


def reject(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    changes = {"status": Status.REJECTED, "closed_at": now, "overdue": False, "pause": None}
    return happen(TicketRejected, case, now, due_at=None, by=doing, changes=changes)
