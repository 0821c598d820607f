"""A clock rings: what is due happens, once, however late we notice."""

from datetime import datetime

from services.routing.domain.case import Case, Change, happen, in_time
from services.routing.domain.climbing import climb
from services.routing.domain.pausing import go_on
from services.routing.domain.ringing import rings_at
from shared.contracts.events import PostUnreachable, TicketClosed, TicketReminded
from shared.contracts.vocabulary import Reason, Status
from shared.directory import Town


def tick(case: Case, town: Town, now: datetime) -> Change:
    """What is due at ``now``; nothing where nothing is."""
    if case.due_at is None or now < case.due_at:
        return Change(case)
    match case.ticket.status:
        case Status.ASSIGNED:
            return climb(case, Reason.ACCEPT_OVERDUE, town, now)
        case Status.ACCEPTED if not case.ticket.overdue and in_time(case.ticket, now):
            return _handler_late(case, town, now)
        case Status.ACCEPTED:
            return climb(case, Reason.RESOLVE_OVERDUE, town, now)
        case Status.SUSPENDED | Status.DELIBERATING:
            resumed = go_on(case, Reason.REVIEW_DUE, town, now)
            return resumed.then(tick(resumed.case, town, now))
        case Status.RESOLVED:
            return _close(case, now)
        case other:
            raise ValueError(f"no clock runs in status {other}")


def unreachable(case: Case, news: PostUnreachable, town: Town, now: datetime) -> Change:
    """Every channel to a post failed: an owner who does not know is passed over; about a handler the owner is told.

    Nothing where the ticket has gone on since: an old assignment, or somebody has accepted after all.
    """
    ticket = case.ticket
    if not ticket.status.is_open:
        return Change(case)
    owner, handler = ticket.owner, ticket.handler
    if owner and (owner.post, owner.assignment) == (news.post, news.assignment):
        waiting = ticket.status is Status.ASSIGNED and not ticket.overdue
        return climb(case, Reason.UNREACHABLE, town, now) if waiting else Change(case)
    if handler and (handler.post, handler.assignment) == (news.post, news.assignment) and not handler.accepted_at:
        return _not_reached(case, now)
    if (news.post, news.assignment) in ((each.post, each.assignment) for each in ticket.helpers):
        return _not_reached(case, now)
    return Change(case)


def _handler_late(case: Case, town: Town, now: datetime) -> Change:
    """Handler and owner are told; the owner's own clock goes on."""
    due_at = rings_at(case.ticket, town, now)
    return happen(TicketReminded, case, now, due_at=due_at, reason=Reason.HANDLER_OVERDUE)


def _not_reached(case: Case, now: datetime) -> Change:
    """Whoever else sits at it is told; no clock is moved."""
    return happen(TicketReminded, case, now, due_at=case.due_at, reason=Reason.UNREACHABLE)


def _close(case: Case, now: datetime) -> Change:
    changes = {"status": Status.CLOSED, "closed_at": now}
    return happen(TicketClosed, case, now, due_at=None, changes=changes, reason=Reason.CONFIRM_WINDOW_PASSED)
