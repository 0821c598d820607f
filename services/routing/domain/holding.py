"""Whoever answered for the owner's post does so no more: another is told, or the ticket is passed on."""

from datetime import datetime

from services.routing.domain.case import Case, Change, happen
from services.routing.domain.climbing import climb, works_on
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import matter_of, owner_above, owner_at, why_empty
from shared.contracts.events import TicketAssigned, TicketReminded
from shared.contracts.vocabulary import Reason, Status
from shared.directory import Town


def holder_of(case: Case, town: Town, now: datetime) -> str | None:
    """Who answers for the owner's post; None where nobody does, or the post has left the directory."""
    post = town.post(case.ticket.owner.post) if case.ticket.owner else None
    return town.holder(post, now) if post else None


def change_hands(case: Case, town: Town, now: datetime) -> Change:
    """A new holder is told, and has the time that is left.

    A post that was removed or fell vacant keeps no ticket. Where its people are merely away, what nobody has accepted
    is passed on; whoever has accepted may be back in time, and the clock runs.
    """
    ticket = case.ticket
    if holder_of(case, town, now):
        return happen(TicketReminded, case, now, due_at=case.due_at, reason=Reason.NEW_HOLDER)
    post = town.post(ticket.owner.post) if ticket.owner else None
    reason = why_empty([post] if post else [], town)
    abandoned = ticket.status is Status.ACCEPTED and reason is Reason.POST_VACANT
    return _pass_on(case, reason, town, now) if abandoned or ticket.status is Status.ASSIGNED else Change(case)


def _pass_on(case: Case, reason: Reason, town: Town, now: datetime) -> Change:
    """To another post of the same level, or else up. At the top, with nobody else, it stays."""
    level, matter = case.ticket.level, matter_of(case.ticket, case.policy, town)
    beside = owner_at(matter, level, town, now)
    if beside and town.held(beside, now):
        owner, given, due_at = give_to(case, beside, level, matter, town, now)
        handler = works_on(case.ticket.handler, owner, given["resolve_by"], town)
        return happen(TicketAssigned, case, now, due_at=due_at, changes={**given, "handler": handler}, reason=reason)
    above = None if case.ticket.parent else owner_above(matter, level, town, now)
    return climb(case, reason, town, now) if above else Change(case)
