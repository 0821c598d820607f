"""Others watch how it goes: a level above (督办), and whoever asks how it stands (催办)."""

from datetime import datetime, timedelta

from services.routing.domain.case import Case, Change, Doing, Standing, happen
from services.routing.domain.transferring import nobody_else_works
from shared.contracts.events import TicketReminded, TicketSupervised
from shared.contracts.vocabulary import Part, Reason, Refusal
from shared.directory import Town

REMINDED_AGAIN_AFTER = timedelta(hours=24)


def supervised_before(case: Case, _who: Standing, _town: Town, _now: datetime) -> Refusal | None:
    return Refusal.ALREADY if case.ticket.supervised else None


def supervise(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    """It stays so until the end, whoever owns it."""
    return happen(TicketSupervised, case, now, due_at=case.due_at, by=doing, changes={"supervised": True})


def cannot_remind(case: Case, who: Standing, town: Town, now: datetime) -> Refusal | None:
    """Once a day for all of them together; an owner has nobody to remind but a handler."""
    if who.part is Part.OWNER and (nobody := nobody_else_works(case, who, town, now)):
        return nobody
    before = case.ticket.reminded_at
    return Refusal.TOO_SOON if before and now < before + REMINDED_AGAIN_AFTER else None


def remind(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    """Whose turn it is hears of it; the clock is not moved."""
    changes = {"reminded_at": now}
    return happen(TicketReminded, case, now, due_at=case.due_at, by=doing, changes=changes, reason=Reason.ASKED_FOR)
