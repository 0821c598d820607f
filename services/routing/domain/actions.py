"""What owner and handler may do with a ticket: one line of ``ACTIONS`` for each action.

``refusal`` says why an action is not open to a seat; ``forms`` asks it for every action, so that a page offers what
would succeed and says why the rest would not. What is missing in the form of an open action ``act`` says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.routing.domain import effects
from services.routing.domain.case import Case, Change, Doing, is_owner, work_time_of
from services.routing.domain.ladder import assignable, matter_of, owner_above
from shared.contracts.commands import By
from shared.contracts.queries import Form, PostChoice
from shared.contracts.ticket import Seat, Ticket
from shared.contracts.vocabulary import Action, Refusal, Status
from shared.directory import Town

IN_WORK: Final = (Status.ASSIGNED, Status.ACCEPTED)

Effect = Callable[[Case, Doing, Town, datetime], Change | Refusal]
Hindrance = Callable[[Case, Seat, Town, datetime], Refusal | None]


@dataclass(frozen=True)
class Rule:
    """An action: what it does, in which statuses, whether the handler may, what its form asks for, and what else
    stands in its way (``unless``)."""

    effect: Effect
    statuses: tuple[Status, ...] = IN_WORK
    owner_only: bool = False
    needs_text: bool = False
    asks_photos: bool = False
    unless: Hindrance | None = None


def _accepted(_case: Case, who: Seat, _town: Town, _now: datetime) -> Refusal | None:
    return Refusal.WRONG_STATUS if who.accepted_at else None


def _hand_back_hindrance(case: Case, who: Seat, town: Town, now: datetime) -> Refusal | None:
    """Within its limit and not too often; silence forfeits it (退单). From the top there is nobody to hand back to."""
    if is_owner(case.ticket, who) and _at_top(case, who, town, now):
        return Refusal.TOP_OF_LADDER
    if who.handed_back_at:
        return Refusal.WRONG_STATUS
    if case.ticket.hand_backs >= case.policy.hand_backs_at_most:
        return Refusal.TOO_OFTEN
    within = work_time_of(who, town).add(who.since, case.policy.hand_back_within).at
    return Refusal.TOO_LATE if now > within else None


def _at_top(case: Case, _who: Seat, town: Town, now: datetime) -> Refusal | None:
    above = owner_above(matter_of(case.ticket, case.policy, town), case.ticket.level, town, now)
    return Refusal.TOP_OF_LADDER if above is None else None


def _nobody_below(case: Case, _who: Seat, town: Town, now: datetime) -> Refusal | None:
    below = assignable(case.ticket, matter_of(case.ticket, case.policy, town), town, now)
    return None if below else Refusal.NO_SUCH_POST


ACTIONS: Final = {
    Action.ACCEPT: Rule(effects.accept, unless=_accepted),
    Action.RESOLVE: Rule(effects.resolve, asks_photos=True),
    Action.HAND_BACK: Rule(effects.hand_back, needs_text=True, unless=_hand_back_hindrance),
    Action.ESCALATE: Rule(effects.escalate, owner_only=True, unless=_at_top),
    Action.NOTE: Rule(effects.note, (*IN_WORK, Status.RESOLVED), needs_text=True, asks_photos=True),
    Action.ASSIGN: Rule(effects.assign, owner_only=True, unless=_nobody_below),
}


def seat_of(ticket: Ticket, by: By, town: Town, now: datetime) -> Seat | None:
    """The seat that the person acts from.

    None when the ticket has gone to another since, or the person no longer holds the post.
    """
    held = {post.code for post in town.posts_of(by.person, now)}
    return next((seat for seat in ticket.seats if seat.post in held and _is_meant(seat, by)), None)


def _is_meant(seat: Seat, by: By) -> bool:
    return by.post in (None, seat.post) and by.assignment in (None, seat.assignment)


def refusal(case: Case, action: Action, who: Seat, town: Town, now: datetime) -> Refusal | None:
    """Why the seat cannot do that now; None when it can."""
    rule = ACTIONS[action]
    if case.ticket.status not in rule.statuses:
        return Refusal.WRONG_STATUS
    if rule.owner_only and not is_owner(case.ticket, who):
        return Refusal.NOT_OWNER
    return rule.unless(case, who, town, now) if rule.unless else None


def forms(case: Case, who: Seat, town: Town, now: datetime) -> tuple[Form, ...]:
    """Every action as the seat finds it now, with the posts that it could give the work to."""
    return tuple(
        Form(
            action=action,
            refused=refusal(case, action, who, town, now),
            needs_text=rule.needs_text,
            asks_photos=rule.asks_photos,
            posts=_choices(case, town, now) if action is Action.ASSIGN else (),
        )
        for action, rule in ACTIONS.items()
    )


def _choices(case: Case, town: Town, now: datetime) -> tuple[PostChoice, ...]:
    below = assignable(case.ticket, matter_of(case.ticket, case.policy, town), town, now)
    return tuple(PostChoice(post=post.code, name=town.post_name(post)) for post in below)


def act(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    """Do it, or say why not."""
    if why_not := refusal(case, doing.action, doing.seat, town, now):
        return why_not
    rule = ACTIONS[doing.action]
    if rule.needs_text and doing.text is None:
        return Refusal.TEXT_MISSING
    return rule.effect(case, doing, town, now)
