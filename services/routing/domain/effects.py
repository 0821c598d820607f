"""What owner and handler do with a ticket, and what stands in their way: the actions that carry it along the chain.

Each effect finds its action open (``doing.refusal`` has been asked), and a seat in the one who does it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from services.routing.domain.case import (
    Case,
    Change,
    Doing,
    Standing,
    happen,
    in_time,
    is_owner,
    next_assignment,
    seat,
    work_time_of,
)
from services.routing.domain.climbing import climb
from services.routing.domain.ladder import assignable, matter_of, owner_above
from services.routing.domain.ringing import rings_at
from services.routing.domain.terms import handler_term
from shared.contracts.directory import Post
from shared.contracts.events import TicketAccepted, TicketAssigned, TicketHandedBack, TicketNoted, TicketResolved
from shared.contracts.ticket import Seat, Ticket
from shared.contracts.vocabulary import Action, Reason, Refusal, Status
from shared.directory import Town


def seated(who: Standing) -> Seat:
    """The seat from which one acts. Raises ``ValueError`` for somebody without: no action of theirs asks for it."""
    if who.seat is None:
        raise ValueError(f"{who.part} has no seat")
    return who.seat


def accepted_before(_case: Case, who: Standing, _town: Town, _now: datetime) -> Refusal | None:
    return Refusal.WRONG_STATUS if seated(who).accepted_at else None


def cannot_hand_back(case: Case, who: Standing, town: Town, now: datetime) -> Refusal | None:
    """Within its limit and not too often; silence forfeits it (退单). From the top there is nobody to hand back to."""
    sitting = seated(who)
    if is_owner(case.ticket, sitting) and at_top(case, who, town, now):
        return Refusal.TOP_OF_LADDER
    if sitting.handed_back_at:
        return Refusal.WRONG_STATUS
    if case.ticket.hand_backs >= case.policy.hand_backs_at_most:
        return Refusal.TOO_OFTEN
    within = work_time_of(sitting, town).add(sitting.since, case.policy.hand_back_within).at
    return Refusal.TOO_LATE if now > within else None


def at_top(case: Case, _who: Standing, town: Town, now: datetime) -> Refusal | None:
    """A task never climbs: its parent's owner answers for it."""
    above = owner_above(matter_of(case.ticket, case.policy, town), case.ticket.level, town, now)
    return Refusal.TOP_OF_LADDER if above is None or case.ticket.parent else None


def nobody_below(case: Case, _who: Standing, town: Town, now: datetime) -> Refusal | None:
    return None if any(below(case, town, now)) else Refusal.NO_SUCH_POST


def below(case: Case, town: Town, now: datetime) -> Iterator[Post]:
    """Who may be given the work."""
    return assignable(case.ticket, matter_of(case.ticket, case.policy, town), town, now)


def tasks_open(case: Case, _who: Standing, _town: Town, _now: datetime) -> Refusal | None:
    return Refusal.TASKS_OPEN if any(task.ended_at is None for task in case.ticket.tasks) else None


def accept(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """The owner's accept starts the resolve clock, and relieves whoever handed the ticket back."""
    ticket, accepted = case.ticket, seated(doing.who).model_copy(update={"accepted_at": now, "handed_back_at": None})
    if not is_owner(ticket, seated(doing.who)):
        return happen(TicketAccepted, case, now, due_at=case.due_at, by=doing, changes={"handler": accepted})
    handler = ticket.handler
    if handler is None or handler.assignment == accepted.assignment or handler.handed_back_at:
        handler = accepted
    changes = {
        "owner": accepted,
        "handler": handler,
        "status": Status.ACCEPTED,
        "overdue": ticket.overdue and not in_time(ticket, now),
    }
    due_at = rings_at(ticket.model_copy(update=changes), town, now)
    return happen(TicketAccepted, case, now, due_at=due_at, by=doing, changes=changes)


def accepted_first(case: Case, who: Standing, town: Town, now: datetime) -> Change:
    """Nothing where that seat has accepted before."""
    if seated(who).accepted_at:
        return Change(case)
    return accept(case, Doing(Action.ACCEPT, who), town, now)


def resolve(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """Done. The work may end and the matter not be settled (办结 is not 解决)."""
    settled = doing.details.settled
    due_at = work_time_of(case.ticket.owner, town).add(now, case.policy.confirm_within).at
    changes = {"status": Status.RESOLVED, "resolved_at": now, "overdue": False, "settled": settled, "pause": None}
    return happen(TicketResolved, case, now, due_at=due_at, by=doing, changes=changes)


def hand_back(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """A handler gives it back to the owner; an owner to the level above, and works on until somebody there accepts."""
    ticket = case.ticket
    counted = {"hand_backs": ticket.hand_backs + 1}
    if not is_owner(ticket, seated(doing.who)):
        changes = {**counted, "handler": ticket.owner}
        due_at = rings_at(ticket.model_copy(update=changes), town, now)
        return happen(TicketHandedBack, case, now, due_at=due_at, by=doing, changes=changes)
    given_back = seated(doing.who).model_copy(update={"handed_back_at": now})
    handler = ticket.handler if ticket.handler and not is_owner(ticket, ticket.handler) else given_back
    handed_back = happen(
        TicketHandedBack,
        case,
        now,
        due_at=case.due_at,
        by=doing,
        changes={**counted, "owner": given_back, "handler": handler},
    )
    return handed_back.then(climb(handed_back.case, Reason.HANDED_BACK, town, now, by=doing))


def escalate(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    return climb(case, Reason.ASKED, town, now, by=doing)


def note(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    return happen(TicketNoted, case, now, due_at=case.due_at, by=doing, internal=bool(doing.details.internal))


def owners_limit(case: Case, _town: Town, _now: datetime) -> datetime | None:
    """A handler has no longer than the owner."""
    return case.ticket.resolve_by


def assign(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    """交办: the work goes down, the owner goes on answering for it. Until when is the owner's to say; who does not
    leaves it to the policy."""
    ticket, post = case.ticket, named(doing.details.to, below(case, town, now))
    if post is None:
        return Refusal.NO_SUCH_POST
    assert ticket.resolve_by is not None
    until = doing.details.until
    due_by = until or handler_term(case.policy, now, ticket.resolve_by, town.work_time(post.calendar))
    handler = seat(post, town, next_assignment(ticket), now).model_copy(update={"due_by": due_by})
    return happen(
        TicketAssigned,
        case,
        now,
        due_at=rings_at(ticket.model_copy(update={"handler": handler}), town, now),
        by=doing,
        changes={"handler": handler},
        reason=Reason.ASSIGNED_DOWN,
        replaced=_replaced(ticket, handler),
    )


def _replaced(ticket: Ticket, handler: Seat) -> Seat | None:
    """Whose work ends with that: a handler who was neither the owner nor is the new one."""
    before = ticket.handler
    return before if before and not is_owner(ticket, before) and before.post != handler.post else None


def named(to: str | None, posts: Iterable[Post]) -> Post | None:
    """The post with that code, or the nearest of that role."""
    return next((post for post in posts if to in (post.code, post.role)), None)
