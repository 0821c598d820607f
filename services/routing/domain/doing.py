"""Somebody wants to do something with a ticket: whether it is open to them, what its form asks for, and doing it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.routing.domain.actions import ACTIONS, OWNER, Rule
from services.routing.domain.aftermath import aftermath
from services.routing.domain.case import NOBODY, Case, Change, Doing, Standing
from services.routing.domain.effects import accepted_first
from shared.contracts.commands import By, Details
from shared.contracts.queries import Form, PostChoice
from shared.contracts.ticket import FreeText, Voice
from shared.contracts.vocabulary import Action, Detail, Part, Refusal
from shared.directory import Town

RESIDENTS: Final = frozenset({Part.REPORTER, Part.COSIGNER, Part.NEIGHBOUR})
UNHEARD: Final = frozenset({Detail.SETTLED, Detail.GRADE})
"""Taken where the resident was reached."""
MISSING: Final = {Detail.TEXT: Refusal.TEXT_MISSING, Detail.TO: Refusal.TO_MISSING}


def refusal(case: Case, action: Action, who: Standing, town: Town, now: datetime) -> Refusal | None:
    """Why they cannot do that now; None when they can."""
    rule = ACTIONS[action]
    if who.part not in rule.parts:
        return Refusal.NOT_OWNER if rule.parts == OWNER else Refusal.NOT_YOUR_PART
    if case.ticket.status not in rule.statuses:
        return Refusal.WRONG_STATUS
    if rule.counts and who.voice and not who.voice.confirmed_at:
        return Refusal.UNCONFIRMED
    return rule.unless(case, who, town, now) if rule.unless else None


def able(
    case: Case, action: Action, standings: Sequence[Standing], town: Town, now: datetime
) -> tuple[Standing, ...] | Refusal:
    """Those of somebody's parts in which the action is open; where none is, why not in one that could at all."""
    asked = [(who, refusal(case, action, who, town, now)) for who in standings]
    if found := tuple(who for who, why_not in asked if why_not is None):
        return found
    refusals = (why_not for _, why_not in asked if why_not)
    return min(refusals, key=lambda each: each.is_about_who, default=Refusal.NOT_YOURS)


def forms(case: Case, standings: Sequence[Standing], town: Town, now: datetime) -> tuple[Form, ...]:
    """Every action of their side (at work, or residents) as they find it now; who has no part in it is at work."""
    side = {who.part in RESIDENTS for who in standings} or {False}
    return tuple(
        _form(case, action, rule, standings, town, now)
        for action, rule in ACTIONS.items()
        if any((part in RESIDENTS) in side for part in rule.parts)
    )


def _form(case: Case, action: Action, rule: Rule, standings: Sequence[Standing], town: Town, now: datetime) -> Form:
    found = able(case, action, standings, town, now)
    posts = rule.posts(case, standings, town, now) if rule.posts else ()
    return Form(
        action=action,
        refused=found if isinstance(found, Refusal) else None,
        needs=rule.needs,
        takes=rule.takes,
        posts=tuple(PostChoice(post=post.code, name=town.post_name(post)) for post in posts),
        until_at_most=latest(case, action, town, now),
    )


def do(
    case: Case,
    action: Action,
    standings: Sequence[Standing],
    details: Details,
    text: FreeText | None,
    town: Town,
    now: datetime,
    voice: Voice | None = None,
    *,
    by: By = NOBODY,
    others: tuple[Case, ...] = (),
    tasks: tuple[FreeText, ...] = (),
) -> Change | Refusal:
    """Do it in the first of their parts in which it can be done, or say why not in the first in which it is open.

    ``text``: the words of ``details``, sealed; ``voice``, ``by``, ``others``, ``tasks``: as in ``Doing``.
    """
    found = able(case, action, standings, town, now)
    if isinstance(found, Refusal):
        return found
    rule = ACTIONS[action]
    if missing := _missing(rule, details):
        return MISSING.get(missing[0], Refusal.INCOMPLETE)
    if _strange(rule, details):
        return Refusal.NOT_TAKEN
    if details.until and not _within(details.until, now, latest(case, action, town, now)):
        return Refusal.NO_SUCH_DATE
    refusals = []
    for who in found:
        wish = Doing(action, who, details, text, voice, by, others, tasks)
        accepted = accepted_first(case, who, town, now) if rule.accepts else Change(case)
        outcome = rule.effect(accepted.case, wish, town, now)
        if isinstance(outcome, Change):
            return aftermath(case, accepted.then(outcome), others, now)
        refusals.append(outcome)
    return refusals[0]


def latest(case: Case, action: Action, town: Town, now: datetime) -> datetime | None:
    """The latest date that the action can name."""
    rule = ACTIONS[action]
    return rule.until(case, town, now) if rule.until else None


def at_fault(outcome: Refusal, action: Action, details: Details) -> tuple[Detail, ...]:
    """The fields that are missing, that the action does not take, or that are out of bounds."""
    rule = ACTIONS[action]
    match outcome:
        case Refusal.TEXT_MISSING:
            return (Detail.TEXT,)
        case Refusal.TO_MISSING:
            return (Detail.TO,)
        case Refusal.NO_SUCH_DATE:
            return (Detail.UNTIL,)
        case Refusal.INCOMPLETE:
            return _missing(rule, details)
        case Refusal.NOT_TAKEN:
            strange = _strange(rule, details) or details.given & UNHEARD
            return tuple(each for each in Detail if each in strange)
    return ()


def _missing(rule: Rule, details: Details) -> tuple[Detail, ...]:
    return tuple(each for each in rule.needs if each not in details.given)


def _strange(rule: Rule, details: Details) -> frozenset[Detail]:
    """What was sent and the action does not take."""
    return details.given - {*rule.needs, *rule.takes}


def _within(until: datetime, now: datetime, latest: datetime | None) -> bool:
    return latest is not None and now < until <= latest
