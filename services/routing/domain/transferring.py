"""A ticket goes sideways, or the work comes back: to another post of the level (转办), from the handler (收回)."""

from datetime import datetime

from services.routing.domain.case import Case, Change, Doing, Standing, happen, in_time, is_owner
from services.routing.domain.climbing import works_on
from services.routing.domain.effects import named
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import beside, matter_of
from services.routing.domain.ringing import rings_at
from shared.contracts.directory import Post
from shared.contracts.events import TicketTakenBack, TicketTransferred
from shared.contracts.ticket import Seat, Ticket
from shared.contracts.vocabulary import Refusal
from shared.directory import Town


def cannot_transfer(case: Case, _who: Standing, town: Town, now: datetime) -> Refusal | None:
    """Not too often, and not what is late already: it has a level above."""
    if case.ticket.transfers >= case.policy.transfers_at_most:
        return Refusal.TOO_OFTEN
    if not in_time(case.ticket, now):
        return Refusal.TOO_LATE
    return None if peers(case, town, now) else Refusal.NO_SUCH_POST


def peers(case: Case, town: Town, now: datetime) -> tuple[Post, ...]:
    """Who may own it instead."""
    return beside(case.ticket, matter_of(case.ticket, case.policy, town), town, now)


def transfer(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    """The new owner has a time to accept of its own; until when it has to be resolved stays."""
    ticket, post = case.ticket, named(doing.details.to, peers(case, town, now))
    if post is None:
        return Refusal.NO_SUCH_POST
    matter = matter_of(ticket, case.policy, town)
    owner, given, accept_by = give_to(case, post, ticket.level, matter, town, now)
    assert ticket.resolve_by is not None
    changes = given | {
        "accept_by": min(accept_by, ticket.resolve_by),
        "resolve_by": ticket.resolve_by,
        "provisional": ticket.provisional,
        "handler": _works_on(ticket, owner, ticket.resolve_by, town),
        "transfers": ticket.transfers + 1,
        "overdue": False,
    }
    due_at = changes["accept_by"]
    return happen(TicketTransferred, case, now, due_at=due_at, by=doing, changes=changes, replaced=ticket.owner)


def _works_on(ticket: Ticket, owner: Seat, resolve_by: datetime, town: Town) -> Seat:
    """A handler goes on, unless that was the former owner, or is the new one."""
    handler = ticket.handler
    if handler is None or is_owner(ticket, handler) or handler.post == owner.post:
        return owner
    return works_on(handler, owner, resolve_by, town)


def nobody_else_works(case: Case, _who: Standing, _town: Town, _now: datetime) -> Refusal | None:
    return None if case.ticket.seats[1:] else Refusal.NOTHING_TO_DO


def take_back(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """The owner does it himself from now on. Accepting may have relieved the other already, who had handed it back."""
    others = case.ticket.seats[1:]
    if not others:
        return Change(case)
    changes = {"handler": case.ticket.owner}
    due_at = rings_at(case.ticket.model_copy(update=changes), town, now)
    return happen(TicketTakenBack, case, now, due_at=due_at, by=doing, changes=changes, replaced=others[0])
