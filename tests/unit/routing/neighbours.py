"""Residents and what they do with a ticket, told in short words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain.case import Case, Change
from services.routing.domain.doing import do
from services.routing.domain.opening import open_case, stamp
from services.routing.domain.parts import standings
from shared.contracts.commands import By, Details
from shared.contracts.events import TicketEscalated
from shared.contracts.ticket import Voice
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal, Status
from shared.directory import Town
from tests.acting import act, write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
REPORTER, NEIGHBOUR = By(resident=Part.REPORTER), By(resident=Part.NEIGHBOUR)
UNIT_HEAD, OFFICER = By(person="p-U-unit_head"), By(person="p-C-community_officer")
SOON = MONDAY_10 + timedelta(hours=1)


def opened(**differences: object) -> Case:
    return open_case(a_submission(**differences), TOWN, MONDAY_10, write).case


def tried(
    case: Case,
    action: Action,
    by: By,
    now: datetime = SOON,
    voice: Voice | None = None,
    text: str | None = None,
    town: Town = TOWN,
    **details: object,
) -> Change | Refusal:
    words = write(text) if text else None
    return do(case, action, standings(case, by, town, now), Details(text=text, **details), words, town, now, voice)


def done(case: Case, action: Action, by: By, *args: object, **more: object) -> Change:
    change = tried(case, action, by, *args, **more)  # type: ignore[arg-type]
    assert isinstance(change, Change), change
    return change


def household(number: int, place: str = "U") -> Voice:
    return Voice(household=f"{place}-{number}", place=place, ref=UUID(int=number))


def cosigned(case: Case, numbers: Sequence[int], *, confirmed: int = 0) -> Case:
    """By so many households, of which the unit head has confirmed the first."""
    for number in numbers:
        case = done(case, Action.COSIGN, NEIGHBOUR, voice=household(number)).case
    for number in numbers[:confirmed]:
        case = done(case, Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household=f"U-{number}").case
    return case


def stamped_anew(case: Case, **policy: object) -> Case:
    """As if that had been the policy when it was handed in."""
    edited = TOWN.directory.policy.model_copy(update=policy)
    return replace(case, policy=stamp(edited, case.policy.rules[case.ticket.matter], case.ticket.urgency))


def confirmed_by_five(case: Case) -> Change:
    """The last of them is the one that makes it enough."""
    return done(cosigned(case, range(1, 6), confirmed=4), Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household="U-5")


def resolved(case: Case, now: datetime = SOON) -> Case:
    change = act(case, Action.RESOLVE, case.ticket.owner, TOWN, now, "修好了")
    assert isinstance(change, Change), change
    return change.case


def rejected(case: Case) -> Case:
    ticket = case.ticket.model_copy(update={"status": Status.REJECTED, "closed_at": SOON})
    return Case(ticket, case.policy, None)


def names(change: Change) -> list[EventType]:
    return [event.name for event in change.events]


def reasons(change: Change) -> list[Reason]:
    return [step.reason for event in change.events if isinstance(event, TicketEscalated) for step in event.steps]
