"""Who is told of a ticket's event, each person once. Pure.

Who is told besides owner and handler is the shipped preset (assumption): routing has put it on the ticket.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.events import (
    TicketAccepted,
    TicketAssigned,
    TicketEscalated,
    TicketEvent,
    TicketHandedBack,
    TicketOverdue,
    TicketReminded,
    TicketResolved,
)
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason
from shared.directory import Town


class Purpose(StrEnum):
    """Why somebody is told. Who is told for two reasons is told for the first of them only."""

    OWNER = "owner"
    HANDLER = "handler"
    INFORMED = "informed"
    DIGEST = "digest"
    REPORTER = "reporter"


SEATED = (Purpose.OWNER, Purpose.HANDLER)
"""Who must act; the others are told for information."""

TOLD: dict[type[TicketEvent], tuple[Purpose, ...]] = {
    TicketAssigned: (Purpose.OWNER, Purpose.HANDLER, Purpose.INFORMED, Purpose.DIGEST),
    TicketEscalated: (Purpose.OWNER, Purpose.HANDLER, Purpose.INFORMED, Purpose.DIGEST, Purpose.REPORTER),
    TicketOverdue: (Purpose.OWNER, Purpose.HANDLER, Purpose.INFORMED, Purpose.DIGEST),
    TicketReminded: (Purpose.OWNER, Purpose.HANDLER),
    TicketHandedBack: (Purpose.OWNER,),
    TicketAccepted: (Purpose.REPORTER,),
    TicketResolved: (Purpose.REPORTER,),
}
"""Which events tell whom. A reminder goes to those who are late, not to those who are only informed."""

REPORTER_ROLE = "reporter"


@dataclass(frozen=True)
class Recipient:
    """Somebody who should hear of an event; ``person`` is None for the reporter, whose address records keeps."""

    purpose: Purpose
    role: str
    post: str | None = None
    person: str | None = None
    assignment: int | None = None


def whom_to_tell(event: TicketEvent, town: Town) -> list[Recipient]:
    """Each person once, for the first reason that fits; nobody of his own action."""
    found: dict[str | None, Recipient] = {}
    for recipient in _candidates(event, town):
        if not _acted(recipient, event, town):
            found.setdefault(recipient.person, recipient)
    return list(found.values())


def _acted(recipient: Recipient, event: TicketEvent, town: Town) -> bool:
    if event.actor is None or recipient.purpose is Purpose.REPORTER:
        return False
    return recipient.post == event.actor.post or recipient.person == _holder(event.actor.post, town)


def _candidates(event: TicketEvent, town: Town) -> Iterator[Recipient]:
    ticket, purposes = event.ticket, TOLD.get(type(event), ())
    if isinstance(event, TicketAssigned) and event.reason is Reason.ASSIGNED_DOWN:
        purposes = (Purpose.HANDLER,)
    for purpose, seat in ((Purpose.OWNER, ticket.owner), (Purpose.HANDLER, ticket.handler)):
        if purpose in purposes and seat and not (purpose is Purpose.HANDLER and seat.role == ticket.about_role):
            yield from _seated(purpose, seat, town)
    for purpose, posts in ((Purpose.INFORMED, ticket.also_told), (Purpose.DIGEST, ticket.in_digest)):
        if purpose in purposes:
            yield from _told_besides(purpose, posts, ticket.about_role, town)
    if Purpose.REPORTER in purposes and ticket.reporter_ref:
        yield Recipient(Purpose.REPORTER, REPORTER_ROLE)


def _seated(purpose: Purpose, seat: Seat, town: Town) -> Iterator[Recipient]:
    person = _holder(seat.post, town)
    if person:
        yield Recipient(purpose, seat.role, seat.post, person, seat.assignment)


def _told_besides(purpose: Purpose, posts: tuple[str, ...], about_role: str | None, town: Town) -> Iterator[Recipient]:
    """Routing has left out the post complained of; to tell it would do harm, so this is checked here as well."""
    for code in posts:
        post, person = town.post(code), _holder(code, town)
        if post and person and post.role != about_role:
            yield Recipient(purpose, post.role, code, person)


def _holder(post_code: str, town: Town) -> str | None:
    post = town.post(post_code)
    return post.holder if post else None
