"""The holidays of a year become known: limits that were reckoned without them are set anew, earlier or later."""

from datetime import datetime

from services.routing.domain.case import Case, Change, happen, post_time, work_time_of
from services.routing.domain.terms import handler_term, terms
from shared.contracts.events import TicketRestamped
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason, Status
from shared.directory import Town


def restamp(case: Case, town: Town, now: datetime) -> Change:
    """The limits as its owner would have got them, had the holidays been known then; the clock goes with them.

    Nothing where no limit runs: what is overdue at the top, what stands still (it is reckoned when it goes on), what is
    settled; nor where the owner's post is gone, as its calendar is.
    """
    ticket, owner = case.ticket, case.ticket.owner
    post = town.post(owner.post) if owner else None
    if owner is None or post is None or ticket.overdue or ticket.status not in (Status.ASSIGNED, Status.ACCEPTED):
        return Change(case)
    time, outer = post_time(post, town), ticket.outer_limit
    limits = terms(case.policy, case.budget, ticket.level, ticket.limits_from, owner.since, time, outer)
    changes = {
        "accept_by": limits.accept_by,
        "resolve_by": limits.resolve_by,
        "provisional": limits.provisional,
        "handler": _handler(case, limits.resolve_by, town),
    }
    changed = ticket.model_copy(update=changes)
    if changed == ticket:
        return Change(case)
    moved = (changed.accept_by, changed.resolve_by) != (ticket.accept_by, ticket.resolve_by)
    due_at, reason = _due_at(case, Case(changed, case.policy, None)), Reason.HOLIDAYS_KNOWN
    return happen(TicketRestamped, case, now, due_at=due_at, changes=changes, reason=reason, moved=moved)


def _handler(case: Case, resolve_by: datetime, town: Town) -> Seat | None:
    """A limit of the handler's own is a part of the time until the owner's."""
    handler = case.ticket.handler
    if handler is None or handler.due_by is None or resolve_by == case.ticket.resolve_by:
        return handler
    due_by = handler_term(case.policy, handler.since, resolve_by, work_time_of(handler, town))
    return handler.model_copy(update={"due_by": due_by})


def _due_at(before: Case, after: Case) -> datetime | None:
    """The clock that was to ring at a limit rings at the same one, where that is now."""
    old, new = before.ticket, after.ticket
    if old.status is Status.ASSIGNED:
        return new.accept_by
    was, is_now = old.handler and old.handler.due_by, new.handler and new.handler.due_by
    return (is_now or new.resolve_by) if was == before.due_at else new.resolve_by
