"""The open case: the ticket, the policy stamped on it, and the moment when its clock next rings."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.routing.domain.terms import PostTime
from shared.calendar import WorkTime
from shared.contracts.commands import By, Details
from shared.contracts.directory import Calendar, Holidays, Limit, Policy, Post, Shift
from shared.contracts.events import TicketEvent
from shared.contracts.ticket import Actor, FreeText, Pause, Report, Seat, Ticket, Voice
from shared.contracts.vocabulary import Action, Part, Unit
from shared.directory import Town

E = TypeVar("E", bound=TicketEvent)

ROUND_THE_CLOCK = WorkTime(
    Calendar(
        code="round-the-clock",
        name="全天候",
        weekdays={day: (Shift(opens=time.min, closes=time.min),) for day in range(1, 8)},
        holidays=False,
    ),
    Holidays(first_year=1, last_year=1, rest_days=frozenset(), work_days=frozenset()),
)


@dataclass(frozen=True)
class Case:
    """``due_at``: the one running clock; None when nothing is owed any more."""

    ticket: Ticket
    policy: Policy
    due_at: datetime | None

    @property
    def budget(self) -> Limit:
        return self.policy.budgets[self.ticket.urgency]


@dataclass(frozen=True)
class Standing:
    """Somebody's part in a ticket: the seat of one who has it or helps, the voice of one who co-signs, the report of
    one whose own ticket was merged into it."""

    part: Part
    actor: Actor
    seat: Seat | None = None
    voice: Voice | None = None
    report: Report | None = None


NO_DETAILS = Details()
NOBODY = By()


@dataclass(frozen=True)
class Doing:
    """Somebody does something. ``text``: the words of ``details``, with their digest; ``voice``: a new co-signer's.

    ``tasks``: the words of the tasks in ``details``. ``others``: the cases that it may draw in, locked with this one;
    ``by`` tells what somebody is to those.
    """

    action: Action
    who: Standing
    details: Details = NO_DETAILS
    text: FreeText | None = None
    voice: Voice | None = None
    by: By = NOBODY
    others: tuple[Case, ...] = ()
    tasks: tuple[FreeText, ...] = ()


@dataclass(frozen=True)
class Change:
    """What a rule has decided: the case after it, and what to tell the world, in order.

    ``beside``: what happens to other cases with it, in the same transaction or not at all.
    """

    case: Case
    events: tuple[TicketEvent, ...] = ()
    beside: tuple["Change", ...] = ()

    def then(self, other: "Change") -> "Change":
        return Change(other.case, self.events + other.events, self.beside + other.beside)

    def together_with(self, *others: "Change") -> "Change":
        return replace(self, beside=self.beside + others)


def happen(
    kind: type[E],
    case: Case,
    now: datetime,
    *,
    due_at: datetime | None,
    by: Doing | None = None,
    changes: dict[str, Any] | None = None,
    **fields: Any,
) -> Change:
    """One event: the ticket with ``changes`` and the next version, the clock at ``due_at``; ``by`` whom, if anybody.

    Raises ``TypeError`` for a change of what no ticket has: pydantic's copy would lose it in silence.
    """
    if changes and not changes.keys() <= Ticket.model_fields.keys():
        raise TypeError(f"no fields of a ticket: {changes.keys() - Ticket.model_fields.keys()}")
    ticket = case.ticket.model_copy(update={**(changes or {}), "version": case.ticket.version + 1})
    if by:
        fields |= {"actor": by.who.actor, "text": by.text, "photos": by.details.photos}
        if by.who.voice and "household" in kind.model_fields:  # whose words they are, for when it wants them erased
            fields["household"] = by.who.voice.household
    event = kind(at=now, ticket=ticket, **fields)
    return Change(replace(case, ticket=ticket, due_at=due_at), (event,))


def parent_of(ticket: Ticket, others: Iterable[Case]) -> Case | None:
    """The one of the others that it is a task of."""
    return next((each for each in others if each.ticket.id == ticket.parent), None)


def relatives(ticket: Ticket) -> set[UUID]:
    """The tickets without which nothing may happen to this one, as something may happen to them with it."""
    tasks = (task.ticket_id for task in ticket.tasks if task.ended_at is None)
    return {each for each in (ticket.merged_into, ticket.parent, *tasks) if each}


def seat(post: Post, town: Town, assignment: int, now: datetime) -> Seat:
    """The post as it takes its seat at a ticket."""
    return Seat(post=post.code, role=post.role, name=town.post_name(post), assignment=assignment, since=now)


def next_assignment(ticket: Ticket) -> int:
    """The number of the next time that the ticket is given to a post: of the events before, so that none comes twice
    (the seats of now do not tell: a handler who handed back has left his)."""
    return ticket.version


def post_time(post: Post, town: Town) -> PostTime:
    role = town.role(post.role)
    return PostTime(town.work_time(post.calendar), volunteer=bool(role and role.volunteer))


def work_time_of(who: Seat | None, town: Town) -> WorkTime:
    """The calendar of a seat's post; round the clock where the post has left the directory."""
    post = town.post(who.post) if who else None
    return town.work_time(post.calendar) if post else ROUND_THE_CLOCK


def is_owner(ticket: Ticket, who: Seat) -> bool:
    return ticket.owner is not None and ticket.owner.assignment == who.assignment


def too_late(ticket: Ticket, now: datetime) -> bool:
    """Whether the time is over in which others want it settled: then no rung has any left."""
    return ticket.outer_limit is not None and ticket.outer_limit <= now


def in_working_time(case: Case) -> bool:
    """Whether the budget counts in the hours that posts work, not in plain time."""
    return case.budget.unit in (Unit.WORKING_HOURS, Unit.WORKING_DAYS)


def counts_from(case: Case, town: Town, now: datetime) -> datetime:
    """From when the shares of the ladder count: time in which the clock stands still is nobody's."""
    ticket = case.ticket
    if ticket.pause is None or ticket.pause.since is None:
        return ticket.limits_from
    if in_working_time(case):
        time = work_time_of(ticket.owner, town)
        return time.add_open_minutes(ticket.limits_from, time.minutes_between(ticket.pause.since, now)).at
    return ticket.limits_from + (now - ticket.pause.since)


def moved(handler: Seat | None, by: timedelta, pause: Pause | None) -> Seat | None:
    """The handler after a pause, whose own limit moves as the owner's; one that had passed before stays passed."""
    if handler is None or handler.due_by is None or pause is None or pause.since is None:
        return handler
    return handler.model_copy(update={"due_by": handler.due_by + by}) if pause.since < handler.due_by else handler


def in_time(ticket: Ticket, now: datetime) -> bool:
    """Whether the owner still has time to resolve."""
    return ticket.resolve_by is None or now < ticket.resolve_by
