"""A case opens: from a submission to its first owner and a running clock."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.routing.domain.case import Case, Change, happen, too_late
from services.routing.domain.climbing import overdue
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import first_owner, matter_of
from shared.contracts.commands import SubmitTicket
from shared.contracts.directory import Category, Policy, Rule
from shared.contracts.events import TicketAssigned, TicketEscalated, TicketSubmitted
from shared.contracts.ticket import FreeText, PlaceRef, Ticket
from shared.contracts.vocabulary import Raised, Status, Urgency, Visibility
from shared.directory import OTHER, Town
from shared.ids import ticket_code


class UnknownPlace(Exception):
    """The directory in force does not have that door, or that place (yet)."""


def open_case(command: SubmitTicket, town: Town, now: datetime, free_text: Callable[[str], FreeText]) -> Change:
    """Submitted, and assigned at once. Raises ``UnknownPlace``; ``NoOwnerLeft`` where nobody holds any post."""
    place = town.place(command.place) if command.place else town.door(command.door_code)
    if place is None:
        raise UnknownPlace(command.place or command.door_code)
    category = town.category(command.category) or town.category(OTHER)
    assert category is not None
    policy, urgency = town.policy_for(category.code), _urgency(command, category)
    rule = (urgency is Urgency.DANGER and policy.rules.get(urgency)) or town.rule_for(category.code)
    command = command.model_copy(update={"about_role": _about(command, category)})
    ticket = _ticket(command, category, urgency, rule, policy, town.place_ref(place.code), free_text)
    stamped = stamp(policy, rule, ticket.urgency)
    submitted = happen(TicketSubmitted, Case(ticket, stamped, None), now, due_at=now)
    return submitted.then(_assign(submitted.case, town, now))


def _about(command: SubmitTicket, category: Category) -> str | None:
    """Who was named, else whom the category is about: nobody may read of himself for want of a field."""
    return command.about_role or next(iter(category.about), None)


def _urgency(command: SubmitTicket, category: Category) -> Urgency:
    """What was said, else the category's; a danger to life stays one, whatever was said."""
    if Urgency.DANGER in (command.urgency, category.urgency):
        return Urgency.DANGER
    return command.urgency or category.urgency


def _visibility(command: SubmitTicket, rule: Rule) -> Visibility:
    """The matter's; of a complaint about a post never more than kind and status (the preset's table)."""
    if command.about_role and rule.visibility is not Visibility.HIDDEN:
        return Visibility.STATUS
    return rule.visibility


RISING: Final = (Urgency.HARD, Urgency.ORDINARY, Urgency.URGENT)
"""As far as neighbours who co-sign raise it: many voices make no danger to life, which has owners of its own."""


def bands(policy: Policy, urgency: Urgency) -> tuple[Urgency, ...]:
    """The urgency, and after it those to which co-signers can still raise it."""
    if policy.cosign_raises is Raised.URGENCY and urgency in RISING:
        return RISING[RISING.index(urgency) :]
    return (urgency,)


def stamp(policy: Policy, rule: Rule, urgency: Urgency) -> Policy:
    """The part of the policy that concerns one ticket: what is edited later moves no running clock."""
    budgets = {band: policy.budgets[band] for band in bands(policy, urgency)}
    return policy.model_copy(update={"rules": {rule.matter: rule}, "budgets": budgets})


def name_of(policy: Policy) -> str:
    """As a ticket names what is stamped on it."""
    return f"{policy.name}@{policy.version}"


def _ticket(
    command: SubmitTicket,
    category: Category,
    urgency: Urgency,
    rule: Rule,
    policy: Policy,
    place: PlaceRef,
    free_text: Callable[[str], FreeText],
) -> Ticket:
    return Ticket(
        id=command.ticket_id,
        code=ticket_code(command.ticket_id),
        version=0,
        status=Status.SUBMITTED,
        level=rule.start or policy.ladder[0].level,
        place=place,
        category=category.code,
        matter=rule.matter,
        kind=command.kind,
        urgency=urgency,
        visibility=_visibility(command, rule),
        title=free_text(command.title) if command.title else None,
        description=free_text(command.description),
        location_note=free_text(command.location_note) if command.location_note else None,
        anonymous=command.anonymous,
        reporter_ref=command.reporter_ref,
        about_role=command.about_role,
        photos=command.photos,
        source=command.source,
        external_ref=command.external_ref,
        policy=name_of(policy),
        opened_at=command.submitted_at,
        outer_limit=command.outer_limit,
        filed_by=command.filed_by,
    )


def _assign(case: Case, town: Town, now: datetime) -> Change:
    ticket = case.ticket
    matter = matter_of(ticket, town.policy_for(ticket.category), town)
    late = too_late(ticket, now)
    post, steps = first_owner(matter, town, now, at_top=late)
    level = steps[-1].level if steps else ticket.level
    owner, given, due_at = give_to(case, post, level, matter, town, now)
    changes = {**given, "handler": owner, "escalations": len(steps)}
    if steps:
        assigned = happen(TicketEscalated, case, now, due_at=due_at, changes=changes, steps=steps)
    else:
        assigned = happen(TicketAssigned, case, now, due_at=due_at, changes=changes)
    return assigned.then(overdue(assigned.case, town, now)) if late else assigned
