"""When the one clock of a ticket rings next, while it waits to be accepted or is in work: said here alone."""

from datetime import datetime

from services.routing.domain.case import in_time, work_time_of
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status
from shared.directory import Town


def rings_at(ticket: Ticket, town: Town, now: datetime) -> datetime | None:
    """The owner's limit to accept; in work the handler's own limit if it is still to come, else the owner's.

    A limit that has passed unnoticed rings at once: accepting late buys no time. What is overdue at the top rings
    with the next reminder.
    """
    waits = ticket.status is Status.ASSIGNED
    if ticket.overdue and (waits or not in_time(ticket, now)):
        return next_reminder(ticket, town, now)
    if waits:
        return ticket.accept_by
    own = ticket.handler and ticket.handler.due_by
    return own if own and now < own else ticket.resolve_by


def next_reminder(ticket: Ticket, town: Town, now: datetime) -> datetime:
    """The start of the owner's next working day."""
    return work_time_of(ticket.owner, town).next_start(now)
