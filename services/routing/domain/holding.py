"""Whoever answered for a post that has a ticket does so no more: another is told, or the ticket, or the work, is passed
on."""

from datetime import datetime

from services.routing.domain.case import Case, Change, happen
from services.routing.domain.climbing import climb, worker_under
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import matter_of, owner_above, owner_at, why_empty
from services.routing.domain.ringing import rings_at
from shared.contracts.events import TicketAssigned, TicketReminded, TicketTakenBack
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason, Status
from shared.directory import Town


def holder_of(seat: Seat | None, town: Town, now: datetime) -> str | None:
    """Who answers for the seat's post; None where nobody does, or the post has left the directory."""
    post = town.post(seat.post) if seat else None
    return town.holder(post, now) if post else None


def change_hands(case: Case, town: Town, now: datetime) -> Change:
    """A new holder of the owner's post is told, and has the time that is left.

    A post that was removed or fell vacant keeps no ticket, nor a pause of it: whoever gets it has all the time that
    stood still, and may ask for a pause anew. Where its people are merely away, what nobody has accepted is passed on;
    whoever has accepted may be back in time, and the clock runs.
    """
    ticket = case.ticket
    if holder_of(ticket.owner, town, now):
        return happen(TicketReminded, case, now, due_at=case.due_at, reason=Reason.NEW_HOLDER)
    post = town.post(ticket.owner.post) if ticket.owner else None
    reason = why_empty([post] if post else [], town)
    keeps = ticket.status is not Status.ASSIGNED and reason is Reason.ABSENT
    return Change(case) if keeps else _pass_on(case, reason, town, now)


def _pass_on(case: Case, reason: Reason, town: Town, now: datetime) -> Change:
    """To another post of the same level, or else up. At the top, with nobody else, it stays."""
    level, matter = case.ticket.level, matter_of(case.ticket, case.policy, town)
    beside = owner_at(matter, level, town, now)
    if beside and town.held(beside, now):
        owner, given, due_at = give_to(case, beside, level, matter, town, now)
        handler = worker_under(case, owner, given["resolve_by"], town, now)
        return happen(TicketAssigned, case, now, due_at=due_at, changes={**given, "handler": handler}, reason=reason)
    above = None if case.ticket.parent else owner_above(matter, level, town, now)
    return climb(case, reason, town, now) if above else Change(case)


def work_changes_hands(case: Case, town: Town, now: datetime) -> Change:
    """A new holder of the handler's post is told. A post that was removed or fell vacant does no work: the owner has it
    again, and is told. Where its people are merely away, they may be back in time; the owner's clock runs."""
    ticket, handler = case.ticket, next(iter(case.ticket.seats[1:]), None)
    if handler is None:
        return Change(case)
    if holder_of(handler, town, now):
        return happen(TicketReminded, case, now, due_at=case.due_at, reason=Reason.HANDLER_NEW_HOLDER)
    post = town.post(handler.post)
    if post and town.staffed(post):
        return Change(case)
    changes, reason = {"handler": ticket.owner}, Reason.HANDLER_VACANT
    stands_still = ticket.pause and ticket.pause.since
    due_at = case.due_at if stands_still else rings_at(ticket.model_copy(update=changes), town, now)
    return happen(TicketTakenBack, case, now, due_at=due_at, changes=changes, replaced=handler, reason=reason)
