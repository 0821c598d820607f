"""What must hold between tickets: one was merged into another, one is a task of another. Pure."""

from collections.abc import Mapping
from uuid import UUID

from services.audit.rules import Breach, Flaw
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status
from shared.ids import ticket_code


def tied(ticket: Ticket) -> set[UUID]:
    """The tickets that this one names."""
    tasks = (task.ticket_id for task in ticket.tasks)
    return {each for each in (ticket.merged_into, ticket.parent, *ticket.absorbed, *tasks) if each}


def tie_breaches(ticket: Ticket, others: Mapping[UUID, Ticket]) -> list[Breach]:
    """Where a ticket and one that it names do not say the same of each other. ``others``: those that are there."""
    apart = (id for id in sorted(tied(ticket)) if id not in others or not _agree(ticket, others[id]))
    return [Breach(flaw=Flaw.TIE, subject=ticket.code, details={"other": ticket_code(id)}) for id in apart]


def _agree(one: Ticket, other: Ticket) -> bool:
    pairs = (one, other), (other, one)
    return all(_agree_on_merging(*pair) and _agree_on_task(*pair) for pair in pairs)


def _agree_on_merging(one: Ticket, into: Ticket) -> bool:
    merged = one.merged_into == into.id and one.status is Status.MERGED
    return merged == (one.id in into.absorbed)


def _agree_on_task(task: Ticket, parent: Ticket) -> bool:
    """The parent knows its tasks, and which of them are over."""
    known = next((each for each in parent.tasks if each.ticket_id == task.id), None)
    if known is None or task.parent != parent.id:
        return known is None and task.parent != parent.id
    return (known.ended_at is None) == task.status.is_open
