"""The story of a ticket, folded from its events. No I/O."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from shared.contracts.base import Message
from shared.contracts.events import (
    COSIGNER,
    RESIDENTS,
    NotificationFailed,
    NotificationSent,
    TicketAbsorbed,
    TicketAssigned,
    TicketCalledBack,
    TicketContacted,
    TicketErased,
    TicketEscalated,
    TicketEvent,
    TicketMerged,
    TicketNoted,
    TicketRated,
    TicketReleased,
    TicketRelinquished,
    TicketSplit,
    TicketTaskEnded,
    TicketTransferred,
    TicketWhistled,
)
from shared.contracts.queries import TimelineEntry
from shared.contracts.vocabulary import EventType, Reason

Told = NotificationSent | NotificationFailed


def timeline(events: Iterable[Message]) -> tuple[TimelineEntry, ...]:
    """A ticket's story, oldest first: its own events by version, deliveries by their time between them.

    A climb of several rungs is one line a rung, each with its reason; of several posts summoned or released at once,
    or tasks made, each has a line. What says nothing to people (a post that could not be reached is followed by the
    climb that it causes) has none.
    """
    events = list(events)
    steps = sorted((each for each in events if isinstance(each, TicketEvent)), key=lambda each: each.ticket.version)
    told = sorted((each for each in events if isinstance(each, Told)), key=lambda each: (each.at, each.delivery.id))
    after: list[list[Told]] = [[] for _ in range(len(steps) + 1)]
    for each in told:
        after[_steps_before(each, steps)].append(each)
    lines = [_told_line(each, "") for each in after[0]]
    erasings = [step for step in steps if isinstance(step, TicketErased)]
    for number, step in enumerate(steps, start=1):
        lines += _without_photos(_lines(step)) if _is_erased(step, erasings) else _lines(step)
        lines += [_told_line(each, step.ticket.level) for each in after[number]]
    return tuple(lines)


def is_of(event: TicketEvent, household: str) -> bool:
    """Whether a co-signing household has said it."""
    return event.actor == RESIDENTS[COSIGNER] and getattr(event, "household", None) == household


def _is_erased(event: TicketEvent, erasings: list[TicketErased]) -> bool:
    """Whether what a resident added by it is gone: all residents' is, or that household's, which had said it before."""
    if event.actor is None or event.actor.role not in RESIDENTS:
        return False
    return any(
        each.household is None or (is_of(event, each.household) and event.ticket.version < each.ticket.version)
        for each in erasings
    )


def _without_photos(lines: list[TimelineEntry]) -> list[TimelineEntry]:
    return [line.model_copy(update={"photos": ()}) for line in lines]


def _steps_before(told: Told, steps: list[TicketEvent]) -> int:
    """How many of the ticket's events come before a delivery: those up to its time, at least the one it tells of."""
    by_time = bisect_right([step.at for step in steps], told.at)
    told_of = next((n for n, step in enumerate(steps, start=1) if step.id == told.delivery.event_id), 0)
    return max(by_time, told_of)


def _lines(event: TicketEvent) -> list[TimelineEntry]:
    line = TimelineEntry(
        at=event.at,
        type=event.name,
        version=event.ticket.version,
        level=event.ticket.level,
        reason=getattr(event, "reason", None),
        actor_role=event.actor.role if event.actor else None,
        to_role=_given_to(event),
        text=event.text.text if event.text else None,
        photos=event.photos,
        internal=isinstance(event, TicketNoted) and event.internal,
        other=_other(event),
        grade=event.grade if isinstance(event, TicketRated) else None,
        actor_post=event.actor.post if event.actor and event.actor.role not in RESIDENTS else None,
        contact=event.contact if isinstance(event, TicketContacted | TicketCalledBack) else None,
    )
    if isinstance(event, TicketWhistled | TicketReleased):
        return _one_each(line, [{"to_role": seat.role} for seat in event.seats])
    if isinstance(event, TicketSplit):
        return _one_each(line, [{"other": task.code} for task in event.tasks])
    if not isinstance(event, TicketEscalated):
        return [line]
    last = len(event.steps) - 1
    return [
        line.model_copy(
            update=step.model_dump()
            | {"to_role": line.to_role if number == last else None}
            | ({"text": None, "photos": ()} if number else {})
        )
        for number, step in enumerate(event.steps)
    ]


def _one_each(line: TimelineEntry, each: list[dict[str, Any]]) -> list[TimelineEntry]:
    """The words stand in the first."""
    more = ({"text": None, "photos": ()} | values for values in each[1:])
    return [line.model_copy(update=values) for values in (*each[:1], *more)]


def _given_to(event: TicketEvent) -> str | None:
    """The role that the ticket went to, where it went to one."""
    if isinstance(event, TicketAssigned) and event.reason is Reason.ASSIGNED_DOWN:
        return event.ticket.handler.role if event.ticket.handler else None
    if isinstance(event, TicketAssigned | TicketEscalated | TicketTransferred):
        return event.ticket.owner.role if event.ticket.owner else None
    return None


def _other(event: TicketEvent) -> str | None:
    """The code of another ticket that it is about."""
    match event:
        case TicketMerged(into=code) | TicketAbsorbed(other_code=code) | TicketRelinquished(other_code=code):
            return code
        case TicketTaskEnded(task=task):
            return task.code
        case _:
            return None


def _told_line(told: Told, level: str) -> TimelineEntry:
    sent = isinstance(told, NotificationSent)
    return TimelineEntry(
        at=told.at,
        type=EventType.NOTIFIED if sent else EventType.NOTIFICATION_FAILED,
        version=None,
        level=level,
        to_role=told.delivery.role,
        channel=told.delivery.channel,
    )
