"""What follows when nobody owes work on a ticket any more, however that came about."""

from datetime import datetime

from services.routing.domain.case import Case, Change
from services.routing.domain.summoning import release_of


def aftermath(before: Case, change: Change, now: datetime) -> Change:
    """The change, and what follows from it: who was summoned is released."""
    ticket = change.case.ticket
    if not before.ticket.status.is_open or ticket.status.is_open:
        return change
    if ticket.helpers:
        change = change.then(release_of(change.case, {seat.post for seat in ticket.helpers}, now))
    return change
