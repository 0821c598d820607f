"""A ticket climbs: the level above becomes owner, the handler works on until the new owner assigns another."""

from datetime import datetime
from typing import Any

from services.routing.domain.case import Case, Change, Doing, counts_from, happen, moved, too_late
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import Matter, matter_of, way_up
from services.routing.domain.ringing import next_reminder
from shared.contracts.directory import Post
from shared.contracts.events import Step, TicketEscalated, TicketOverdue, TicketReminded
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason
from shared.directory import Town


def climb(case: Case, reason: Reason, town: Town, now: datetime, by: Doing | None = None) -> Change:
    """To the next level that has somebody; at the top the ticket stays, is marked overdue and reminded.

    Past its outer limit it goes to the top at once: no level on the way has any time left. A task stays as at the top.
    """
    matter, late = matter_of(case.ticket, case.policy, town), too_late(case.ticket, now)
    found = None if case.ticket.parent else way_up(matter, case.ticket.level, reason, town, now, to_top=late)
    if found is None:
        return _remind_top(case, reason, town, now)
    post, steps = found
    changes, due_at = _new_owner(case, post, steps, matter, town, now)
    climbed = happen(TicketEscalated, case, now, due_at=due_at, by=by, changes=changes, steps=steps)
    return climbed.then(overdue(climbed.case, town, now)) if late else climbed


def overdue(case: Case, town: Town, now: datetime) -> Change:
    """The public mark, of a ticket at the top."""
    return _remind_top(case, Reason.RESOLVE_OVERDUE, town, now)


def _new_owner(
    case: Case, post: Post, steps: tuple[Step, ...], matter: Matter, town: Town, now: datetime
) -> tuple[dict[str, Any], datetime]:
    owner, given, due_at = give_to(case, post, steps[-1].level, matter, town, now)
    changes = {
        **given,
        "handler": worker_under(case, owner, given["resolve_by"], town, now),
        "overdue": False,
        "escalations": case.ticket.escalations + len(steps),
    }
    return changes, due_at


def worker_under(case: Case, owner: Seat, resolve_by: datetime, town: Town, now: datetime) -> Seat:
    """Who works on under a new owner; of a handler in a pause, which ends by that, the own limit moves as it does."""
    stood_still = counts_from(case, town, now) - case.ticket.limits_from
    return works_on(moved(case.ticket.handler, stood_still, case.ticket.pause), owner, resolve_by, town)


def works_on(handler: Seat | None, owner: Seat, resolve_by: datetime, town: Town) -> Seat:
    """Who works on under a new owner: the handler, but never beyond the owner's limit, as another calendar may end
    earlier; the owner where nobody is left at the handler's post.
    """
    post = town.post(handler.post) if handler else None
    if handler is None or post is None or not town.staffed(post):
        return owner
    if handler.due_by is None or handler.due_by <= resolve_by:
        return handler
    return handler.model_copy(update={"due_by": resolve_by})


def _remind_top(case: Case, reason: Reason, town: Town, now: datetime) -> Change:
    """The public mark at first, then a reminder at the start of each of the owner's working days.

    Who was merely not reached is reminded at once, and has all the time left.
    """
    if reason is Reason.UNREACHABLE:
        return happen(TicketReminded, case, now, due_at=case.due_at, reason=reason)
    kind = TicketReminded if case.ticket.overdue else TicketOverdue
    due_at = next_reminder(case.ticket, town, now)
    return happen(kind, case, now, due_at=due_at, changes={"overdue": True}, reason=reason)
