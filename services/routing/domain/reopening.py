"""A ticket that had ended is taken up anew: its limits count from then."""

from datetime import datetime
from typing import Any

from services.routing.domain.case import Case, Change, Doing, Standing, happen, work_time_of
from services.routing.domain.climbing import climb
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import matter_of, owner_above, owner_at, why_empty
from shared.contracts.events import TicketAppealed, TicketEvent, TicketReopened
from shared.contracts.vocabulary import Reason, Refusal, Status
from shared.directory import Town


def closed_too_long(case: Case, _who: Standing, town: Town, now: datetime) -> Refusal | None:
    closed_at = case.ticket.closed_at
    if closed_at is None:
        return None
    until = work_time_of(case.ticket.owner, town).add(closed_at, case.policy.reopen_within).at
    return Refusal.TOO_LATE if now > until else None


def reopen(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """To the owner of the same level again; from the second time on the level has shown that it cannot settle it."""
    again = Reason.REOPENED_AGAIN if case.ticket.reopenings else None
    return _take_up(TicketReopened, case, doing, town, now, again, reopenings=case.ticket.reopenings + 1)


def appealed_before(case: Case, _who: Standing, _town: Town, _now: datetime) -> Refusal | None:
    return Refusal.TOO_OFTEN if case.ticket.appealed else None


def appeal(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """One level up: nobody judges his own refusal, but for the top, which has nobody above."""
    return _take_up(TicketAppealed, case, doing, town, now, Reason.APPEALED, appealed=True)


def _take_up(
    kind: type[TicketEvent],
    case: Case,
    doing: Doing,
    town: Town,
    now: datetime,
    reason: Reason | None,
    **counted: object,
) -> Change:
    """The level's own owner has it again, the work too; then it climbs for the ``reason``, or where the level has
    nobody any more. What was said of the end that was none is void."""
    ticket, matter = case.ticket, matter_of(case.ticket, case.policy, town)
    post = owner_at(matter, ticket.level, town, now)
    begin = {"taken_up_at": now, "counted_from": None}
    fresh: dict[str, Any] = {
        **counted,
        **begin,
        "status": Status.ASSIGNED,
        "resolved_at": None,
        "closed_at": None,
        "settled": None,
        "overdue": False,
        "grade": None,
        "called_back": None,
        "voices": tuple(voice.model_copy(update={"grade": None}) for voice in ticket.voices),
        "also_reported": tuple(report.model_copy(update={"grade": None}) for report in ticket.also_reported),
    }
    due_at: datetime = now
    if post:
        begun = Case(ticket.model_copy(update=begin), case.policy, case.due_at)
        owner, given, due_at = give_to(begun, post, ticket.level, matter, town, now)
        fresh |= {**given, "handler": owner}
    else:
        before = town.post(ticket.owner.post) if ticket.owner else None
        reason = reason or why_empty([before] if before else [], town)
    taken_up = happen(kind, case, now, due_at=due_at, by=doing, changes=fresh)
    if reason is None or (post and owner_above(matter, ticket.level, town, now) is None):
        return taken_up
    return taken_up.then(climb(taken_up.case, reason, town, now, by=doing))
