"""What is counted of a ticket, folded from its events. Pure.

Of a ticket that has not ended only this is counted: that it was handed in, and whether the resident was contacted in
time. So its row need not be written anew with each event.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Outcome, Status

ZONE = ZoneInfo("Asia/Shanghai")
ENDS = {
    Status.REJECTED: Outcome.REJECTED,
    Status.WITHDRAWN: Outcome.WITHDRAWN,
    Status.MERGED: Outcome.MERGED,
}


class Happened(NamedTuple):
    """What the figures need of each event."""

    at: datetime
    status: Status
    level: str
    post: str | None
    accept_by: datetime | None


def happened(at: datetime, ticket: Ticket) -> Happened:
    owner = ticket.owner.post if ticket.owner else None
    return Happened(at, ticket.status, ticket.level, owner, ticket.accept_by)


def fold(story: Sequence[Happened], ticket: Ticket) -> dict[str, Any]:
    """A ticket as its row: ``story`` by version, not empty; ``ticket`` as the last event has it."""
    first = next((each for each in story if each.post), None)
    outcome = outcome_of(ticket)
    row: dict[str, Any] = {
        "id": ticket.id,
        "week": week_of(ticket.opened_at),
        "path": "/" + "".join(f"{item.code}/" for item in ticket.place.path),
        "category": ticket.category,
        "about_role": ticket.about_role,
        "post": first.post if first else None,
        "outcome": outcome.value,
        "contact_by": first.accept_by if first and ticket.reporter_ref else None,
        "contacted_at": ticket.contacted_at,
        "level": None,
        "rungs": 0,
        "reopenings": 0,
        "said_settled": None,
        "grades": 0,
        "good_grades": 0,
        "stays": "{}",
    }
    if outcome is Outcome.OPEN:
        return row
    grades = [each for each in (_reporters_grade(ticket), *ticket.others_grades) if each]
    return row | {
        "post": ticket.owner.post if ticket.owner else None,
        "level": ticket.level,
        "rungs": ticket.escalations,
        "reopenings": ticket.reopenings,
        "said_settled": _said(ticket),
        "grades": len(grades),
        "good_grades": sum(each.is_satisfied for each in grades),
        "stays": json.dumps(_stays(story), sort_keys=True),
    }


def outcome_of(ticket: Ticket) -> Outcome:
    """Closed is not solved: the resident's word counts, else that of who resolved it."""
    if ticket.status is not Status.CLOSED:
        return ENDS.get(ticket.status, Outcome.OPEN)
    said = _said(ticket)
    match ticket.settled if said is None else said:
        case True:
            return Outcome.FIXED
        case False:
            return Outcome.UNFIXED
        case None:
            return Outcome.UNSAID


def week_of(moment: datetime) -> str:
    """The Monday of its week, where the tickets are."""
    day = moment.astimezone(ZONE).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def _said(ticket: Ticket) -> bool | None:
    """What the resident said when called back, since the work on it last began."""
    heard = ticket.called_back
    if heard is None or not heard.reached or (ticket.taken_up_at and heard.at < ticket.taken_up_at):
        return None
    return heard.settled


def _reporters_grade(ticket: Ticket) -> Any:
    heard = ticket.called_back
    current = heard and not (ticket.taken_up_at and heard.at < ticket.taken_up_at)
    return ticket.grade or (heard.grade if heard and current else None)


def _stays(story: Sequence[Happened]) -> dict[str, int]:
    """For how long somebody at each level owed work on it; while it stood still as well."""
    seconds: Counter[str] = Counter()
    for before, after in pairwise(story):
        if before.status.is_open:
            seconds[before.level] += round((after.at - before.at).total_seconds())
    return dict(seconds)
