"""Who is told of a ticket's event, each person once. Pure.

Who is told besides owner and handler is the shipped preset (assumption): routing has put it on the ticket.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.contracts import events
from shared.contracts.events import (
    REPORTER,
    TicketAccepted,
    TicketAssigned,
    TicketClosed,
    TicketEscalated,
    TicketEvent,
    TicketHandedBack,
    TicketNoted,
    TicketOverdue,
    TicketReminded,
    TicketResolved,
    TicketSubmitted,
)
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason
from shared.directory import Town


class Purpose(StrEnum):
    """Why somebody is told. Who is told for two reasons is told for the first of them only."""

    OWNER = "owner"
    HANDLER = "handler"
    SUMMONED = "summoned"
    ASKED = "asked"
    REPLACED = "replaced"
    RELEASED = "released"
    INFORMED = "informed"
    DIGEST = "digest"
    DOOR = "door"
    REPORTER = "reporter"
    ALSO_REPORTED = "also_reported"
    COSIGNER = "cosigner"


SEATED = (Purpose.OWNER, Purpose.HANDLER, Purpose.SUMMONED)
"""Who must act; the others are told for information."""

TOLD: dict[type[TicketEvent], tuple[Purpose, ...]] = {
    TicketAssigned: (Purpose.OWNER, Purpose.HANDLER, Purpose.INFORMED, Purpose.DIGEST),
    TicketEscalated: (Purpose.OWNER, Purpose.HANDLER, Purpose.INFORMED, Purpose.DIGEST, Purpose.REPORTER),
    TicketOverdue: (Purpose.OWNER, Purpose.HANDLER, Purpose.INFORMED, Purpose.DIGEST),
    TicketReminded: (Purpose.OWNER, Purpose.HANDLER),
    TicketHandedBack: (Purpose.OWNER,),
    TicketAccepted: (Purpose.REPORTER,),
    TicketResolved: (Purpose.REPORTER,),
    TicketSubmitted: (),
    TicketNoted: (),
    TicketClosed: (),
    events.TicketContacted: (),
    events.TicketCalledBack: (),
    events.TicketTakenBack: (Purpose.OWNER, Purpose.REPLACED),
    events.TicketTransferred: (Purpose.OWNER, Purpose.HANDLER, Purpose.INFORMED, Purpose.DIGEST, Purpose.REPORTER),
    events.TicketSupervised: (Purpose.OWNER, Purpose.HANDLER),
    events.TicketSuspensionAsked: (Purpose.ASKED,),
    events.TicketSuspensionDeclined: (Purpose.OWNER,),
    events.TicketSuspended: (Purpose.OWNER, Purpose.HANDLER, Purpose.REPORTER),
    events.TicketDeliberated: (Purpose.OWNER, Purpose.HANDLER, Purpose.REPORTER),
    events.TicketResumed: (Purpose.OWNER, Purpose.HANDLER, Purpose.REPORTER),
    events.TicketRestamped: (Purpose.OWNER, Purpose.HANDLER),
    events.TicketMerged: (Purpose.REPLACED, Purpose.REPORTER),
    events.TicketAbsorbed: (Purpose.OWNER, Purpose.HANDLER),
    events.TicketUnmerged: (Purpose.OWNER, Purpose.INFORMED, Purpose.DIGEST, Purpose.REPORTER),
    events.TicketRelinquished: (Purpose.OWNER,),
    events.TicketSplit: (),
    events.TicketTaskEnded: (Purpose.OWNER,),
    events.TicketWhistled: (Purpose.SUMMONED,),
    events.TicketArrived: (Purpose.OWNER,),
    events.TicketReleased: (Purpose.RELEASED,),
    events.TicketRejected: (Purpose.REPLACED, Purpose.REPORTER),
    events.TicketHouseholdConfirmed: (Purpose.OWNER,),
    events.TicketCosigned: (Purpose.DOOR,),
    events.TicketCommented: (Purpose.OWNER, Purpose.HANDLER),
    events.TicketReopened: (Purpose.OWNER, Purpose.HANDLER),
    events.TicketRated: (),
    events.TicketErased: (),
    events.TicketWithdrawn: (Purpose.REPLACED,),
    events.TicketAppealed: (Purpose.OWNER, Purpose.HANDLER),
}
"""Which events tell whom: every kind has its line, so that none is forgotten in silence. A reminder goes to those
who are late, not to those who are only informed. The reporter hears of the owner's acceptance, not of the handler's.
Whoever has co-signed, or reported what was merged into it, hears what the reporter hears; the post at their door hears
of them."""


@dataclass(frozen=True)
class Recipient:
    """Somebody who should hear of an event; ``person`` is None for the reporter, whose address records keeps, and a
    reference to the address for a co-signer, and for who reported a ticket that was merged into this one.

    ``assignment`` is a seat's: only who must act has one.
    """

    purpose: Purpose
    role: str
    post: str | None = None
    person: str | None = None
    assignment: int | None = None


def whom_to_tell(event: TicketEvent, town: Town, now: datetime) -> list[Recipient]:
    """Each person once, for the first reason that fits; nobody of his own action. A post's is who holds it now."""
    found: dict[str, Recipient] = {}
    seated = (seated_at(seat, purpose, town, now) for purpose, seat in seats_to_tell(event))
    for recipient in (*seated, *_besides(event, town, now)):
        if recipient.person:
            found.setdefault(recipient.person, recipient)
    return [*found.values(), *_reporters(event)]


def _reporters(event: TicketEvent) -> Iterator[Recipient]:
    """Who reported it, who reported what was merged into it, and who co-signed."""
    if Purpose.REPORTER in _purposes(event):
        if event.ticket.reporter_ref:
            yield Recipient(Purpose.REPORTER, REPORTER)
        for report in event.ticket.also_reported:
            yield Recipient(Purpose.ALSO_REPORTED, REPORTER, person=str(report.ref))
        for voice in event.ticket.voices:
            if voice.ref:
                yield Recipient(Purpose.COSIGNER, events.COSIGNER, person=str(voice.ref))


def seats_to_tell(event: TicketEvent) -> Iterator[tuple[Purpose, Seat]]:
    """Who must act on the event, whether anybody holds the post or not.

    Who does something at one post and sits at another is told there: a link belongs to a seat, not to a person.
    """
    ticket, purposes = event.ticket, _purposes(event)
    summoned = event.seats if isinstance(event, events.TicketWhistled) else ()
    seats = ((Purpose.OWNER, ticket.owner), (Purpose.HANDLER, ticket.handler))
    for purpose, seat in (*seats, *((Purpose.SUMMONED, each) for each in summoned)):
        if seat is None or purpose not in purposes or (event.actor and event.actor.post == seat.post):
            continue
        if purpose is Purpose.OWNER or seat.role != ticket.about_role:
            yield purpose, seat


def seated_at(seat: Seat, purpose: Purpose, town: Town, now: datetime) -> Recipient:
    """The seat's holder; ``person`` is None where nobody holds the post at the moment."""
    return Recipient(purpose, seat.role, seat.post, _holder(seat.post, town, now), seat.assignment)


def has_empty_seat(event: TicketEvent, town: Town, now: datetime) -> bool:
    """Whether nobody holds a post that must act on the event."""
    return any(_holder(seat.post, town, now) is None for _, seat in seats_to_tell(event))


def _purposes(event: TicketEvent) -> tuple[Purpose, ...]:
    if isinstance(event, TicketAssigned) and event.reason is Reason.ASSIGNED_DOWN:
        return (Purpose.HANDLER, Purpose.REPLACED)
    if isinstance(event, events.TicketRestamped) and not event.moved and event.reason is not Reason.COSIGNED:
        return ()
    if isinstance(event, TicketReminded) and event.reason in (Reason.NEW_HOLDER, Reason.TASK_OVERDUE):
        return (Purpose.OWNER,)
    if isinstance(event, TicketReminded) and event.reason is Reason.HANDLER_NEW_HOLDER:
        return (Purpose.HANDLER,)
    if isinstance(event, TicketAccepted) and not _is_owners(event):
        return ()
    return TOLD[type(event)]


def _is_owners(event: TicketEvent) -> bool:
    """Whether the one who answers for the ticket did it."""
    return bool(event.actor and event.ticket.owner and event.actor.post == event.ticket.owner.post)


def _besides(event: TicketEvent, town: Town, now: datetime) -> Iterator[Recipient]:
    """Who need not act: never the role complained of (routing has left it out; to tell it would do harm, so this is
    checked here as well), never who did it.
    """
    ticket, purposes = event.ticket, _purposes(event)
    posts = (
        (Purpose.ASKED, event.asked if isinstance(event, events.TicketSuspensionAsked) else ()),
        (Purpose.REPLACED, tuple(seat.post for seat in _relieved(event))),
        (
            Purpose.RELEASED,
            tuple(seat.post for seat in event.seats) if isinstance(event, events.TicketReleased) else (),
        ),
        (Purpose.INFORMED, ticket.also_told),
        (Purpose.DIGEST, ticket.in_digest),
        (Purpose.DOOR, _at_door(event, town)),
    )
    actor = _holder(event.actor.post, town, now) if event.actor else None
    for purpose, code in ((purpose, code) for purpose, codes in posts if purpose in purposes for code in codes):
        post, person = town.post(code), _holder(code, town, now)
        if post and post.role != ticket.about_role and person != actor:
            yield Recipient(purpose, post.role, code, person)


def _relieved(event: TicketEvent) -> tuple[Seat, ...]:
    """Whose work on the ticket ends with the event."""
    match event:
        case TicketAssigned(replaced=Seat() as replaced) | events.TicketTakenBack(replaced=replaced):
            return (replaced,)
        case events.TicketMerged() | events.TicketWithdrawn():
            return event.ticket.seats
        case events.TicketRejected():
            return event.ticket.seats[1:]
        case _:
            return ()


def _at_door(event: TicketEvent, town: Town) -> tuple[str, ...]:
    """The posts that have to confirm the household that has just co-signed."""
    if not isinstance(event, events.TicketCosigned):
        return ()
    voice = next(each for each in event.ticket.voices if each.household == event.household)
    return tuple(post.code for post in town.posts_at_door(voice.place, event.ticket.about_role))


def _holder(post_code: str, town: Town, now: datetime) -> str | None:
    post = town.post(post_code)
    return town.holder(post, now) if post else None
