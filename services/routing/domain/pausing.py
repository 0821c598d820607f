"""The clock stands still: suspended (挂账) with the consent of the level above, or in deliberation (议事).

What was left of the time to resolve is kept on the clock that its budget runs on: plain time for minutes and calendar
days, the owner's open hours for working time. A pause never takes time away, and a limit from outside runs on.

It is the owner's: whoever gets the ticket meanwhile (it climbs, or nobody is left at the owner's post: ``holding.py``)
gets it in work, with all the time that stood still.
"""

from datetime import datetime, timedelta
from math import ceil

from services.routing.domain.case import (
    Case,
    Change,
    Doing,
    Standing,
    counts_from,
    happen,
    in_time,
    in_working_time,
    moved,
    parent_of,
    work_time_of,
)
from services.routing.domain.parts import above
from services.routing.domain.ringing import rings_at
from services.routing.domain.terms import not_after
from shared.calendar import Due
from shared.contracts.directory import Limit
from shared.contracts.events import (
    TicketDeliberated,
    TicketEvent,
    TicketResumed,
    TicketSuspended,
    TicketSuspensionAsked,
    TicketSuspensionDeclined,
)
from shared.contracts.ticket import Pause
from shared.contracts.vocabulary import Reason, Refusal, Status, Unit
from shared.directory import Town

MINUTE_SECONDS = 60


def latest_suspension(case: Case, town: Town, now: datetime) -> datetime:
    return _latest(case, case.policy.suspend_at_most, town, now)


def latest_deliberation(case: Case, town: Town, now: datetime) -> datetime:
    return _latest(case, case.policy.deliberate_at_most, town, now)


def _latest(case: Case, limit: Limit, town: Town, now: datetime) -> datetime:
    at, outer = work_time_of(case.ticket.owner, town).add(now, limit).at, case.ticket.outer_limit
    return at if outer is None else min(at, outer)


def no_time_left(case: Case, _who: Standing, _town: Town, now: datetime) -> Refusal | None:
    """Once the time is over nothing is left that could be kept."""
    return None if in_time(case.ticket, now) else Refusal.TOO_LATE


def cannot_suspend(case: Case, who: Standing, town: Town, now: datetime) -> Refusal | None:
    return Refusal.ALREADY if _asked(case, now) else no_time_left(case, who, town, now)


def not_asked(case: Case, who: Standing, town: Town, now: datetime) -> Refusal | None:
    return no_time_left(case, who, town, now) if _asked(case, now) else Refusal.NOTHING_TO_DO


def _asked(case: Case, now: datetime) -> Pause | None:
    """The suspension that waits for consent, as long as its review date is still to come."""
    pause = case.ticket.pause
    return pause if pause and pause.since is None and now < pause.until else None


def suspend(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """The nearest level above is asked; the clock runs until it consents. Where nobody is above, that is enough."""
    pause, consenting = (
        _pause(Status.SUSPENDED, doing, now),
        above(case, town, now, parent_of(case.ticket, doing.others)),
    )
    if not consenting:
        return _stand_still(TicketSuspended, case, doing, pause, town, now)
    asked = (consenting[0].code,)
    return happen(TicketSuspensionAsked, case, now, due_at=case.due_at, by=doing, changes={"pause": pause}, asked=asked)


def consent(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    pause = _asked(case, now)
    assert pause is not None
    return _stand_still(TicketSuspended, case, doing, pause, town, now)


def decline(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    return happen(TicketSuspensionDeclined, case, now, due_at=case.due_at, by=doing, changes={"pause": None})


def deliberate(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """Nobody has to consent; a suspension that was asked for is dropped."""
    return _stand_still(TicketDeliberated, case, doing, _pause(Status.DELIBERATING, doing, now), town, now)


def _pause(status: Status, doing: Doing, now: datetime) -> Pause:
    assert doing.details.until is not None
    return Pause(status=status, asked_at=now, until=doing.details.until)


def _stand_still(kind: type[TicketEvent], case: Case, doing: Doing, pause: Pause, town: Town, now: datetime) -> Change:
    begun = pause.model_copy(update={"since": now, "left_seconds": _left_seconds(case, town, now)})
    return happen(kind, case, now, due_at=pause.until, by=doing, changes={"status": pause.status, "pause": begun})


def _left_seconds(case: Case, town: Town, now: datetime) -> int:
    resolve_by = case.ticket.resolve_by
    assert resolve_by is not None
    if in_working_time(case):
        return ceil(work_time_of(case.ticket.owner, town).minutes_between(now, resolve_by) * MINUTE_SECONDS)
    return ceil((resolve_by - now).total_seconds())


def resume(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    return go_on(case, Reason.RESUMED_BY_HAND, town, now, by=doing)


def go_on(case: Case, reason: Reason, town: Town, now: datetime, by: Doing | None = None) -> Change:
    """In work again, with the time that was left; the handler's own limit moves as far as the owner's."""
    ticket, resolve_by = case.ticket, _resolve_by(case, town, now)
    assert ticket.resolve_by is not None and ticket.pause is not None
    changes = {
        "status": Status.ACCEPTED,
        "pause": None,
        "counted_from": counts_from(case, town, now),
        "resolve_by": resolve_by.at,
        "provisional": resolve_by.provisional,
        "handler": moved(ticket.handler, resolve_by.at - ticket.resolve_by, ticket.pause),
    }
    due_at = rings_at(ticket.model_copy(update=changes), town, now)
    return happen(TicketResumed, case, now, due_at=due_at, by=by, changes=changes, reason=reason)


def _resolve_by(case: Case, town: Town, now: datetime) -> Due:
    ticket = case.ticket
    assert ticket.resolve_by is not None and ticket.pause is not None and ticket.pause.left_seconds is not None
    time, left = work_time_of(ticket.owner, town), timedelta(seconds=ticket.pause.left_seconds)
    if in_working_time(case):
        due = time.add_open_minutes(now, left / timedelta(minutes=1))
    elif case.budget.unit is Unit.CALENDAR_DAYS:
        due = time.on_working_day(now + left)
    else:
        due = Due(now + left, provisional=False)
    if ticket.outer_limit is not None:
        due = not_after(due, ticket.outer_limit)
    return max(due, Due(ticket.resolve_by, ticket.provisional), key=lambda each: each.at)
