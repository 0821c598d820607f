"""What follows for others when work on a ticket is over, or a task is late, however that came about."""

from collections.abc import Iterable
from datetime import datetime

from services.routing.domain.case import Case, Change, happen, parent_of
from services.routing.domain.summoning import release_of
from shared.contracts.events import TicketOverdue, TicketReminded, TicketTaskEnded, TicketWithdrawn
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Reason, Status

LATE = {
    Reason.ACCEPT_OVERDUE: Reason.TASK_OVERDUE,
    Reason.RESOLVE_OVERDUE: Reason.TASK_OVERDUE,
    Reason.UNREACHABLE: Reason.UNREACHABLE,
}
"""What the parent's owner is told of what a task's owner is."""


def aftermath(before: Case, change: Change, others: Iterable[Case], now: datetime) -> Change:
    """The change, and what follows from it. ``others``: the ticket's parent and tasks, and more.

    Who was summoned is released; tasks without a parent are pointless; a parent knows of its tasks.
    """
    ticket = change.case.ticket
    parent = parent_of(ticket, others)
    if before.ticket.status.is_open and not ticket.status.is_open:
        change = _end(change, others, now)
        return change.together_with(_task_ended(parent, ticket, now)) if parent else change
    if parent and parent.ticket.status.is_open and (reason := _late(change)):
        told = happen(TicketReminded, parent, now, due_at=parent.due_at, reason=reason)
        return change.together_with(told)
    return change


def _end(change: Change, others: Iterable[Case], now: datetime) -> Change:
    ticket = change.case.ticket
    if ticket.helpers:
        change = change.then(release_of(change.case, {seat.post for seat in ticket.helpers}, now))
    for task in others:
        if task.ticket.parent == ticket.id and task.ticket.status.is_open:
            change = change.then(_task_ended(change.case, task.ticket, now)).together_with(_withdraw(task, now))
    return change


def _withdraw(task: Case, now: datetime) -> Change:
    changes = {"status": Status.WITHDRAWN, "closed_at": now, "overdue": False, "pause": None}
    return _end(happen(TicketWithdrawn, task, now, due_at=None, changes=changes), (), now)


def _task_ended(parent: Case, ticket: Ticket, now: datetime) -> Change:
    """The parent knows that the task is over."""
    tasks = {each.ticket_id: each for each in parent.ticket.tasks}
    tasks[ticket.id] = tasks[ticket.id].model_copy(update={"ended_at": now})
    changes = {"tasks": tuple(tasks.values())}
    return happen(TicketTaskEnded, parent, now, due_at=parent.due_at, changes=changes, task=tasks[ticket.id])


def _late(change: Change) -> Reason | None:
    told = (event.reason for event in change.events if isinstance(event, TicketOverdue | TicketReminded))
    return next((LATE[reason] for reason in told if reason in LATE), None)
