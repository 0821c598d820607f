"""Limits are set anew: once the holidays of a year are known, or by the policy in force when a level above says so
(where there is none, the owner), or by the budget of the next urgency when enough neighbours co-sign.

What is stamped stays otherwise: no edit of a policy moves a running clock by itself.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.routing.domain.case import Case, Change, Doing, Standing, happen, in_time, post_time, work_time_of
from services.routing.domain.opening import bands, name_of, stamp
from services.routing.domain.parts import above
from services.routing.domain.pausing import go_on
from services.routing.domain.ringing import rings_at
from services.routing.domain.splitting import whole_time
from services.routing.domain.terms import handler_term, terms
from shared.contracts.directory import Policy
from shared.contracts.events import TicketRestamped
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Part, Reason, Refusal, Status
from shared.directory import Town


def restamp(case: Case, town: Town, now: datetime) -> Change:
    """The limits as its owner would have got them, had the holidays been known then; the clock goes with them.

    After a pause they are reckoned in whole days from where the shares count since, so by less than a day otherwise
    than the time that was left when it went on.
    """
    changes = _anew(case, town, now)
    if case.ticket.model_copy(update=changes) == case.ticket:
        return Change(case)
    return _said(case, changes, Reason.HOLIDAYS_KNOWN, town, now)


def cannot_restamp(case: Case, who: Standing, town: Town, now: datetime) -> Refusal | None:
    """An owner gives himself no other time where somebody is above (of a task: who owns the whole). Where the policy is
    the one that was stamped, or has no place for the ticket any more, there is nothing to do."""
    if who.part is Part.OWNER and (case.ticket.parent or above(case, town, now)):
        return Refusal.NOT_YOUR_PART
    return None if _in_force(case, town) else Refusal.NOTHING_TO_DO


def restamp_by_hand(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """The same matter and urgency by the policy in force; its limits are as if the owner had got it by that."""
    policy = _in_force(case, town)
    assert policy is not None
    stamped = replace(case, policy=policy)
    changes = {**_anew(stamped, town, now), "policy": name_of(policy)}
    return _said(stamped, changes, Reason.POLICY_EDITED, town, now, by=doing)


def can_be_more_urgent(case: Case) -> bool:
    return len(bands(case.policy, case.ticket.urgency)) > 1


def more_urgent(case: Case, reason: Reason, town: Town, now: datetime) -> Change:
    """One band, by the stamped policy: the limits are as if it had been as urgent when the owner got it. What stands
    still goes on first: it is not to wait any more."""
    pause = case.ticket.pause
    started = go_on(case, reason, town, now) if pause and pause.since else Change(case)
    case = started.case
    urgency = bands(case.policy, case.ticket.urgency)[1]
    policy = stamp(case.policy, case.policy.rules[case.ticket.matter], urgency)
    raised = Case(case.ticket.model_copy(update={"urgency": urgency}), policy, case.due_at)
    changes = {**_anew(raised, town, now), "urgency": urgency}
    return started.then(_said(replace(case, policy=policy), changes, reason, town, now))


def _in_force(case: Case, town: Town) -> Policy | None:
    """What would be stamped on it now; None where that is no other, or it knows neither the matter nor the level."""
    ticket, policy = case.ticket, town.policy_for(case.ticket.category)
    rule = policy.rules.get(ticket.matter)
    if rule is None or ticket.level not in [rung.level for rung in policy.ladder]:
        return None
    stamped = stamp(policy, rule, ticket.urgency)
    if ticket.parent:
        stamped = whole_time(stamped, ticket.level)
    return None if stamped == case.policy else stamped


def _anew(case: Case, town: Town, now: datetime) -> dict[str, Any]:
    """Nothing where no limit runs: what is overdue at the top (unless it was merely not accepted, and has time to be
    resolved), what stands still (it is reckoned when it goes on), what is settled; nor where the owner's post is gone,
    as its calendar is.
    """
    ticket, owner = case.ticket, case.ticket.owner
    post = town.post(owner.post) if owner else None
    over = ticket.overdue and not in_time(ticket, now)
    if owner is None or post is None or over or ticket.status not in (Status.ASSIGNED, Status.ACCEPTED):
        return {}
    time, outer = post_time(post, town), ticket.outer_limit
    limits = terms(case.policy, case.budget, ticket.level, ticket.limits_from, owner.since, time, outer)
    return {
        "accept_by": limits.accept_by,
        "resolve_by": limits.resolve_by,
        "provisional": limits.provisional,
        "handler": _handler(case, limits.resolve_by, town),
    }


def _said(
    case: Case, changes: dict[str, Any], reason: Reason, town: Town, now: datetime, by: Doing | None = None
) -> Change:
    ticket, changed = case.ticket, case.ticket.model_copy(update=changes)
    moved = (changed.accept_by, changed.resolve_by) != (ticket.accept_by, ticket.resolve_by)
    due_at = rings_at(changed, town, now) if "resolve_by" in changes else case.due_at
    return happen(TicketRestamped, case, now, due_at=due_at, by=by, changes=changes, reason=reason, moved=moved)


def _handler(case: Case, resolve_by: datetime, town: Town) -> Seat | None:
    """A limit of the handler's own is a part of the time until the owner's."""
    handler = case.ticket.handler
    if handler is None or handler.due_by is None or resolve_by == case.ticket.resolve_by:
        return handler
    due_by = handler_term(case.policy, handler.since, resolve_by, work_time_of(handler, town))
    return handler.model_copy(update={"due_by": due_by})
