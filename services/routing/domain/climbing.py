"""A ticket climbs: the level above becomes owner, the handler works on until the new owner assigns another."""

from datetime import datetime
from typing import Any

from services.routing.domain.case import Case, Change, Doing, happen, work_time_of
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import Matter, matter_of, owner_above
from shared.contracts.directory import Post
from shared.contracts.events import Step, TicketEscalated, TicketOverdue, TicketReminded
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason
from shared.directory import Town


def climb(case: Case, reason: Reason, town: Town, now: datetime, by: Doing | None = None) -> Change:
    """To the next level that has somebody; at the top the ticket stays, is marked overdue and reminded."""
    matter, level = matter_of(case.ticket, case.policy, town), case.ticket.level
    found = owner_above(matter, level, town)
    if found is None:
        return _remind_top(case, reason, town, now)
    post, past_empty_rungs = found
    first = Step(from_level=level, level=matter.levels[matter.levels.index(level) + 1], reason=reason)
    steps = (first, *past_empty_rungs)
    changes, due_at = _new_owner(case, post, steps, matter, town, now)
    return happen(TicketEscalated, case, now, due_at=due_at, by=by, changes=changes, steps=steps)


def _new_owner(
    case: Case, post: Post, steps: tuple[Step, ...], matter: Matter, town: Town, now: datetime
) -> tuple[dict[str, Any], datetime]:
    ticket = case.ticket
    _, given, due_at = give_to(case, post, steps[-1].level, matter, town, now)
    changes = {
        **given,
        "handler": _within(ticket.handler, given["resolve_by"]),
        "overdue": False,
        "escalations": ticket.escalations + len(steps),
    }
    return changes, due_at


def _within(handler: Seat | None, resolve_by: datetime) -> Seat | None:
    """The handler works on, but never beyond the owner's limit: another calendar may end earlier."""
    if handler is None or handler.due_by is None or handler.due_by <= resolve_by:
        return handler
    return handler.model_copy(update={"due_by": resolve_by})


def _remind_top(case: Case, reason: Reason, town: Town, now: datetime) -> Change:
    """The public mark at first, then a reminder at the start of each of the owner's working days.

    Who was merely not reached is reminded at once, and has all the time left.
    """
    if reason is Reason.UNREACHABLE:
        return happen(TicketReminded, case, now, due_at=case.due_at, reason=reason)
    kind = TicketReminded if case.ticket.overdue else TicketOverdue
    return happen(kind, case, now, due_at=next_reminder(case, town, now), changes={"overdue": True}, reason=reason)


def next_reminder(case: Case, town: Town, now: datetime) -> datetime:
    """The start of the owner's next working day."""
    return work_time_of(case.ticket.owner, town).next_start(now)
