"""A post gets a ticket: its seat, its limits from now on, and who is told besides."""

from datetime import datetime
from typing import Any

from services.routing.domain.case import Case, counts_from, next_assignment, post_time, seat
from services.routing.domain.ladder import Matter
from services.routing.domain.terms import terms
from services.routing.domain.told import told
from shared.contracts.directory import Post
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Status
from shared.directory import Town


def give_to(
    case: Case, post: Post, level: str, matter: Matter, town: Town, now: datetime
) -> tuple[Seat, dict[str, Any], datetime]:
    """The new owner's seat, what changes of the ticket with it, and when its clock first rings.

    ``matter`` says who is told: by the policy in force at the opening, by the stamped one later.
    """
    ticket, time = case.ticket, post_time(post, town)
    begin = counts_from(case, town, now)
    limits = terms(case.policy, case.budget, level, begin, now, time, ticket.outer_limit)
    owner = seat(post, town, next_assignment(ticket), now)
    changes = {
        "status": Status.ASSIGNED,
        "pause": None,
        "counted_from": None if begin == ticket.opened_at else begin,
        "level": level,
        "owner": owner,
        "accept_by": limits.accept_by,
        "resolve_by": limits.resolve_by,
        "provisional": limits.provisional,
        **told(matter, level, owner, town, now),
    }
    return owner, changes, limits.accept_by
