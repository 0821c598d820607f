"""Tickets' events as routing would say them, sealed, for tests of who hears them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from shared.bus.received import Received
from shared.bus.topology import RECORDS_EVENTS
from shared.chain import free_text, seal
from shared.contracts.base import Message
from shared.contracts.envelope import decode, encode
from shared.contracts.events import (
    Delivery,
    NotificationFailed,
    NotificationSent,
    Step,
    TicketAccepted,
    TicketAssigned,
    TicketClosed,
    TicketEscalated,
    TicketEvent,
    TicketNoted,
    TicketResolved,
    TicketSubmitted,
)
from shared.contracts.queries import Recorded
from shared.contracts.ticket import Actor, PathItem, PlaceRef, Seat, Ticket
from shared.contracts.vocabulary import Channel, Kind, Reason, Source, Status, Urgency, Visibility
from shared.ids import ticket_code
from shared.trace import new_traceparent
from tests.builders import MONDAY_10, PLACES, a_submission

KEY = b"a key for tests"


def at(minutes: float) -> datetime:
    return MONDAY_10 + timedelta(minutes=minutes)


def a_place(code: str = "U") -> PlaceRef:
    path: list[PathItem] = []
    here: str | None = code
    while here:
        parent, level, name = PLACES[here]
        path.insert(0, PathItem(level=level, code=here, name=name))
        here = parent
    return PlaceRef(code=code, name="".join(item.name for item in path[2:]), path=tuple(path))


def a_seat(role: str = "property_manager", place: str = "K", assignment: int = 1) -> Seat:
    return Seat(post=f"{place}:{role}", role=role, name=f"{place} {role}", assignment=assignment, since=at(0))


def a_ticket(**differences: Any) -> Ticket:
    """A lamp that does not work, just submitted at the unit."""
    id = differences.get("id") or uuid4()
    fields: dict[str, Any] = {
        "id": id,
        "code": ticket_code(id),
        "version": 1,
        "status": Status.SUBMITTED,
        "level": "unit",
        "place": a_place(),
        "category": "lighting",
        "matter": "facilities",
        "kind": Kind.HELP,
        "urgency": Urgency.ORDINARY,
        "visibility": Visibility.TEXT,
        "title": None,
        "description": free_text("楼道灯不亮", KEY),
        "location_note": None,
        "anonymous": False,
        "reporter_ref": None,
        "about_role": None,
        "photos": (),
        "source": Source.QR,
        "external_ref": None,
        "policy": "beijing-2020/1",
        "opened_at": MONDAY_10,
    }
    return Ticket.model_validate({**fields, **differences})


def a_story(ticket: Ticket | None = None, key: bytes = KEY) -> list[TicketEvent]:
    """Submitted, assigned, noted, climbed two rungs at once, accepted, resolved, closed; ten minutes apart."""
    ticket = ticket or a_ticket()
    unit, top = a_seat(), a_seat("subdistrict_officer", "S", 2)
    worker, officer = Actor(post=unit.post, role=unit.role), Actor(post=top.post, role=top.role)
    steps = (
        Step(from_level="unit", level="community", reason=Reason.ACCEPT_OVERDUE),
        Step(from_level="community", level="subdistrict", reason=Reason.POST_VACANT),
    )
    limits = {"accept_by": at(60), "resolve_by": at(600)}
    climbed = {"level": "subdistrict", "owner": top, "escalations": 2}
    happened: list[tuple[type[TicketEvent], dict[str, Any], dict[str, Any]]] = [
        (TicketSubmitted, {}, {}),
        (TicketAssigned, {}, {"status": Status.ASSIGNED, "owner": unit, "handler": unit, **limits}),
        (TicketNoted, {"actor": worker, "text": free_text("已看过", key)}, {}),
        (TicketEscalated, {"steps": steps}, climbed),
        (TicketAccepted, {"actor": officer}, {"status": Status.ACCEPTED}),
        (TicketResolved, {"actor": officer}, {"status": Status.RESOLVED, "resolved_at": at(50)}),
        (TicketClosed, {"reason": Reason.CONFIRM_WINDOW_PASSED}, {"status": Status.CLOSED, "closed_at": at(60)}),
    ]
    events: list[TicketEvent] = []
    for number, (cls, fields, changes) in enumerate(happened):
        ticket = ticket.model_copy(update=changes | {"version": ticket.version if number == 0 else ticket.version + 1})
        event = cls(at=at(10 * number), ticket=ticket, **fields)
        events.append(seal(event, events[-1].hash if events else "", key))
    return events


def a_delivery(event: TicketEvent, minutes: float, *, failed: bool = False) -> NotificationSent | NotificationFailed:
    """A message about an event to the owner by e-mail, at so many minutes."""
    delivery = Delivery(
        id=uuid5(event.id, str(minutes)),
        ticket_id=event.ticket.id,
        event_id=event.id,
        post="K:property_manager",
        role="property_manager",
        assignment=1,
        channel=Channel.EMAIL,
    )
    if failed:
        return NotificationFailed(at=at(minutes), delivery=delivery, error="550 no such user")
    return NotificationSent(at=at(minutes), delivery=delivery)


def recorded(event: TicketEvent) -> Recorded:
    """The event as the ledger has it."""
    return Recorded(version=event.ticket.version, type=event.wire_type(), event=event.data)


def heard(message: Message, *, id: UUID | None = None, queue: str = RECORDS_EVENTS) -> Received:
    """The message as a subscriber gets it, over the wire's own encoding."""
    if id is None:
        id = message.id if isinstance(message, TicketEvent) else uuid4()
    body = encode(message, id=id, source="test", time=MONDAY_10, subject=None, traceparent=new_traceparent())
    envelope, decoded = decode(body)
    return Received(envelope, decoded, body, {}, queue)


def a_submission_heard() -> Received:
    """A command where only events should come."""
    return heard(a_submission())
