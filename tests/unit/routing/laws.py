"""What must hold of every transaction, whatever happened: the one sentence, told as assertions."""

from datetime import datetime
from itertools import pairwise

from services.routing.domain.case import Case, Change
from shared.contracts.directory import Policy
from shared.contracts.events import (
    TicketAbsorbed,
    TicketAppealed,
    TicketAssigned,
    TicketCosigned,
    TicketEscalated,
    TicketEvent,
    TicketHandedBack,
    TicketHouseholdConfirmed,
    TicketOverdue,
    TicketRelinquished,
    TicketReopened,
    TicketRestamped,
    TicketResumed,
    TicketTransferred,
    TicketUnmerged,
)
from shared.contracts.ticket import Seat, Ticket
from shared.contracts.vocabulary import Reason, Status
from shared.directory import Town

IN_WORK = (Status.ASSIGNED, Status.ACCEPTED)
OVER = (Status.CLOSED, Status.WITHDRAWN, Status.REJECTED, Status.MERGED)
PAUSED = (Status.SUSPENDED, Status.DELIBERATING)


def rung(ticket: Ticket, policy: Policy) -> int:
    return [each.level for each in policy.ladder].index(ticket.level)


def at_top(ticket: Ticket, policy: Policy) -> bool:
    return rung(ticket, policy) == len(policy.ladder) - 1


def seats(ticket: Ticket) -> list[Seat]:
    return [seat for seat in (ticket.owner, ticket.handler) if seat]


def check_change(before: Case, change: Change, now: datetime) -> None:
    """The laws of one transaction from ``before``."""
    after = change.case
    by_hand = any(isinstance(event, TicketRestamped) and event.actor for event in change.events)
    assert after.policy == before.policy or by_hand, "what is stamped stays, unless somebody above says otherwise"
    if not change.events:
        assert after == before, "without an event nothing changes"
        return
    assert change.events[-1].ticket == after.ticket
    for earlier, event in pairwise((before.ticket, *(event.ticket for event in change.events))):
        assert event.version == earlier.version + 1
    for ticket, event in zip((before.ticket, *(e.ticket for e in change.events)), change.events, strict=False):
        assert event.at == now
        check_event(ticket, event, after.policy)
    check_case(after)


def check_event(before: Ticket, event: TicketEvent, policy: Policy) -> None:
    """The laws of one event."""
    after = event.ticket
    check_level(before, event, policy)
    limits = [(each.accept_by, each.resolve_by, each.provisional) for each in (before, after)]
    if limits[0] != limits[1] and not isinstance(event, TicketRestamped):
        if isinstance(event, TicketResumed):
            check_resumed(before, event)
        elif isinstance(event, TicketTransferred):
            check_transferred(before, event, policy)
        else:
            assert before.owner != after.owner, "a limit moves with a new owner only"
            assert isinstance(event, (TicketEscalated, TicketAssigned, TicketReopened, TicketAppealed, TicketUnmerged))
    if before.owner and after.owner and before.owner.assignment != after.owner.assignment:
        beside = isinstance(event, TicketAssigned) and event.reason in (Reason.POST_VACANT, Reason.ABSENT)
        anew = isinstance(event, (TicketReopened, TicketAppealed, TicketUnmerged))
        assert beside or anew or isinstance(event, TicketEscalated | TicketTransferred), (
            "an owner changes for one of three reasons"
        )
    assert after.hand_backs - before.hand_backs == isinstance(event, TicketHandedBack)
    assert after.hand_backs in (before.hand_backs, *range(policy.hand_backs_at_most + 1))
    if after.overdue and not before.overdue:
        assert isinstance(event, TicketOverdue), "the public mark is an event of its own"
    assert before.place == after.place
    assert before.description == after.description
    check_voices(before, event)


def check_resumed(before: Ticket, event: TicketResumed) -> None:
    """A pause takes no time away, and gives none but what it took."""
    after = event.ticket
    assert before.pause
    assert after.pause is None
    assert (before.accept_by, before.owner) == (after.accept_by, after.owner)
    assert before.resolve_by <= after.resolve_by
    assert before.limits_from <= after.limits_from


def check_transferred(before: Ticket, event: TicketTransferred, policy: Policy) -> None:
    """Another post of the level has it, with a time to accept of its own; the time to resolve stays."""
    after = event.ticket
    assert event.replaced == before.owner
    assert after.owner.post != before.owner.post
    assert after.accept_by <= after.resolve_by == before.resolve_by
    assert after.transfers == before.transfers + 1 <= policy.transfers_at_most


def check_voices(before: Ticket, event: TicketEvent) -> None:
    """A household has one voice, and only the post at its door makes it count."""
    after = event.ticket
    assert len({voice.household for voice in after.voices}) == len(after.voices)
    if isinstance(event, TicketAbsorbed | TicketRelinquished):
        return  # what comes and goes with another ticket is for the laws of several
    assert len(after.voices) - len(before.voices) == isinstance(event, TicketCosigned)
    assert after.confirmed_households - before.confirmed_households == isinstance(event, TicketHouseholdConfirmed)


def check_level(before: Ticket, event: TicketEvent, policy: Policy) -> None:
    """The level rises by an escalation alone, rung by rung, each with its reason; it never falls."""
    after = event.ticket
    if not isinstance(event, TicketEscalated):
        assert (after.level, after.escalations) == (before.level, before.escalations)
        return
    levels = [each.level for each in policy.ladder]
    assert event.steps
    assert [step.from_level for step in event.steps] == levels[rung(before, policy) : rung(after, policy)]
    assert [step.level for step in event.steps] == levels[rung(before, policy) + 1 : rung(after, policy) + 1]
    assert all(step.reason in Reason for step in event.steps)
    assert after.escalations == before.escalations + len(event.steps)


def check_case(case: Case) -> None:
    """One owner, one level, one running clock until the end; nobody judges himself."""
    ticket, policy = case.ticket, case.policy
    assert ticket.owner
    assert ticket.handler
    assert ticket.level in [each.level for each in policy.ladder]
    assert (case.due_at is None) == (ticket.status in OVER)
    assert ticket.accept_by <= ticket.resolve_by
    assert ticket.outer_limit is None or ticket.resolve_by <= ticket.outer_limit
    check_clock(case)
    check_complaint(ticket, policy)
    if ticket.handler.due_by:
        already_late = ticket.handler.due_by == ticket.handler.since
        assert ticket.handler.due_by <= ticket.resolve_by or already_late
    assert from_json(case) == case


def check_clock(case: Case) -> None:
    """The clock that runs is the one that the status says."""
    ticket = case.ticket
    stands_still = ticket.pause is not None and ticket.pause.since is not None
    assert stands_still == (ticket.status in PAUSED)
    if ticket.pause:
        assert ticket.status in (*PAUSED, Status.ACCEPTED), "who asks has accepted"
        assert ticket.outer_limit is None or ticket.pause.until <= ticket.outer_limit
    if stands_still:
        assert ticket.pause.status is ticket.status
        assert case.due_at == ticket.pause.until
        assert not ticket.overdue
    if ticket.overdue:
        assert ticket.status in IN_WORK
        assert ticket.parent or at_top(ticket, case.policy), "the public mark is the top's, or a task's"
    elif ticket.status is Status.ASSIGNED:
        assert case.due_at == ticket.accept_by
    elif ticket.status is Status.ACCEPTED:
        assert case.due_at in (ticket.handler.due_by, ticket.resolve_by)
        assert case.due_at <= ticket.resolve_by


def check_complaint(ticket: Ticket, policy: Policy) -> None:
    """The post complained of never owns, works or is told; but at the top somebody must own."""
    if ticket.about_role is None:
        return
    assert all(code.split(":")[1] != ticket.about_role for code in (*ticket.also_told, *ticket.in_digest))
    if any(seat.role == ticket.about_role for seat in seats(ticket)):
        assert at_top(ticket, policy)


def check_owner(case: Case, town: Town, now: datetime) -> None:
    """Of a new owner: somebody holds the post, and it is complained of only where no other could own."""
    owner, ticket = town.post(case.ticket.owner.post), case.ticket
    assert owner
    assert town.held(owner, now) or at_top(ticket, case.policy)
    if owner.role == ticket.about_role:
        others = set(case.policy.rules[ticket.matter].owners[ticket.level]) - {owner.role}
        assert not any(town.held(post, now) for role in others if (post := town.nearest_post(role, owner.place)))


def from_json(case: Case) -> Case:
    """The case as the store would give it back."""
    ticket = Ticket.model_validate_json(case.ticket.model_dump_json())
    return Case(ticket, Policy.model_validate_json(case.policy.model_dump_json()), case.due_at)
