"""A dry run: a ticket that is never filed, put through the very rules that a filed one goes by, its clock run ahead."""

from datetime import datetime
from uuid import UUID

from services.routing.domain.case import Case, Doing, Standing
from services.routing.domain.effects import accept
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.contracts.commands import SubmitTicket
from shared.contracts.events import TicketAssigned, TicketEscalated, TicketEvent
from shared.contracts.queries import PostChoice, Preview, PreviewRung, PreviewWanted
from shared.contracts.ticket import Actor, FreeText
from shared.contracts.vocabulary import Action, Kind, Part, Source
from shared.directory import Town


def preview(wanted: PreviewWanted, town: Town, now: datetime) -> Preview:
    """What would become of such a ticket if nobody did anything, or, ``accepted``, no more than accept it.

    Raises ``UnknownPlace``; ``NoOwnerLeft`` where nobody holds any post.
    """
    opened = open_case(_submission(wanted, wanted.at or now), town, wanted.at or now, _unsaid)
    case, events = opened.case, list(opened.events)
    while not case.ticket.overdue:
        case = _accepted(case, town) if wanted.accepted else case
        assert case.due_at is not None
        change = tick(case, town, case.due_at)
        case = change.case
        events += change.events
    ticket, policy = case.ticket, town.policy_for(case.ticket.category)
    return Preview(
        at=ticket.opened_at,
        category=ticket.category,
        matter=ticket.matter,
        urgency=ticket.urgency,
        policy=ticket.policy,
        source=policy.source,
        inherited=policy.inherited,
        budget=case.budget,
        rungs=tuple(_rung(event, town) for event in events if isinstance(event, TicketAssigned | TicketEscalated)),
        overdue_at=events[-1].at,
    )


def _submission(wanted: PreviewWanted, at: datetime) -> SubmitTicket:
    return SubmitTicket(
        ticket_id=UUID(int=0),
        door_code=wanted.door_code,
        description="-",
        kind=Kind.HELP,
        category=wanted.category,
        urgency=wanted.urgency,
        title=None,
        location_note=None,
        anonymous=False,
        reporter_ref=None,
        photos=(),
        source=Source.SYSTEM,
        external_ref=None,
        about_role=None,
        submitted_at=at,
    )


def _unsaid(text: str) -> FreeText:
    return FreeText(digest="", text=text)


def _accepted(case: Case, town: Town) -> Case:
    """By its owner, at once."""
    owner = case.ticket.owner
    assert owner is not None
    who = Standing(Part.OWNER, Actor(post=owner.post, role=owner.role), owner)
    return accept(case, Doing(Action.ACCEPT, who), town, owner.since).case


def _rung(event: TicketEvent, town: Town) -> PreviewRung:
    ticket = event.ticket
    assert ticket.owner
    assert ticket.accept_by
    assert ticket.resolve_by
    return PreviewRung(
        at=event.at,
        level=ticket.level,
        steps=event.steps if isinstance(event, TicketEscalated) else (),
        owner=PostChoice(post=ticket.owner.post, name=ticket.owner.name),
        accept_by=ticket.accept_by,
        resolve_by=ticket.resolve_by,
        provisional=ticket.provisional,
        also_told=_named(ticket.also_told, town),
        in_digest=_named(ticket.in_digest, town),
    )


def _named(codes: tuple[str, ...], town: Town) -> tuple[PostChoice, ...]:
    posts = (town.post(code) for code in codes)
    return tuple(PostChoice(post=post.code, name=town.post_name(post)) for post in posts if post)
