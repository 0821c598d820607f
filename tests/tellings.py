"""Ticket events in the small town, for the tests of who is told what."""

from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from services.notify.domain.fates import Standing
from services.notify.domain.plan import Bot, Groups, Webhook, plan
from services.notify.domain.turns import Bundle, Due
from services.notify.handlers import Heard
from shared.contracts.envelope import decode, encode
from shared.contracts.events import Delivery, Step, TicketEvent
from shared.contracts.ticket import Actor, FreeText, Seat, Ticket
from shared.contracts.vocabulary import Channel, Kind, Reason, Source, Status, Urgency, Visibility
from shared.ids import ticket_code
from shared.trace import new_traceparent
from tests.builders import MONDAY_10, a_town

TOWN = a_town()
BOT = Bot("k", "K", frozenset({"property_manager", "grid_worker", "unit_head"}))
HOOK = Webhook("property", "C", frozenset({"property_manager"}))
GROUPS = Groups((BOT,), (HOOK,))

E = TypeVar("E", bound=TicketEvent)


def a_seat(post: str, assignment: int = 1, **differences: Any) -> Seat:
    place, role = post.split(":")
    name = f"{TOWN.full_name(place)}{role}"
    return Seat(post=post, role=role, name=name, assignment=assignment, since=MONDAY_10, **differences)


OFFICER, MANAGER = a_seat("C:community_officer", 2), a_seat("K:property_manager")
CLIMB = (Step(from_level="unit", level="community", reason=Reason.ACCEPT_OVERDUE),)
LATE = {"reason": Reason.ACCEPT_OVERDUE}


def a_ticket(**differences: Any) -> Ticket:
    """A lamp at 1单元, owned and handled by the property manager, the unit head in the digest."""
    id = differences.pop("id", None) or uuid4()
    seat = a_seat("K:property_manager")
    fields: dict[str, Any] = {
        "id": id,
        "code": ticket_code(id),
        "version": 2,
        "status": Status.ASSIGNED,
        "level": "unit",
        "place": TOWN.place_ref("U"),
        "category": "lighting",
        "matter": "facilities",
        "kind": Kind.HELP,
        "urgency": Urgency.ORDINARY,
        "visibility": Visibility.TEXT,
        "title": None,
        "description": FreeText(digest="d", text="楼道灯不亮"),
        "location_note": None,
        "anonymous": False,
        "reporter_ref": None,
        "about_role": None,
        "photos": (),
        "source": Source.QR,
        "external_ref": None,
        "policy": "p",
        "opened_at": MONDAY_10,
        "owner": seat,
        "handler": seat,
        "in_digest": ("U:unit_head",),
        "accept_by": MONDAY_10 + timedelta(hours=4),
        "resolve_by": MONDAY_10 + timedelta(days=1),
    }
    return Ticket(**fields | differences)


def an_event(cls: type[E], *, at: datetime = MONDAY_10, actor: str | None = None, **differences: Any) -> E:
    """An event of a ticket; ``actor`` is a post's code, what is no field of the event is the ticket's."""
    own = {name: differences.pop(name) for name in list(differences) if name in cls.model_fields}
    ticket = own.pop("ticket", None) or a_ticket(**differences)
    return cls(at=at, ticket=ticket, actor=Actor(post=actor, role=actor.split(":")[1]) if actor else None, **own)


def heard(*events: TicketEvent) -> list[Heard]:
    """The events as a subscriber hands them over."""
    return [_heard(event) for event in events]


def _heard(event: TicketEvent) -> Heard:
    body = encode(
        event,
        id=event.id,
        source="routing",
        time=event.at,
        subject=str(event.ticket.id),
        traceparent=new_traceparent(),
    )
    envelope, message = decode(body)
    assert isinstance(message, TicketEvent)
    return envelope, message, body


def the_bundle(
    event: TicketEvent, channel: Channel, post: str | None = "K:property_manager", person: str | None = None
) -> Bundle[Due]:
    """The one message that an event becomes for a channel and a post, or for a resident (``person`` is a reference)."""
    [planned] = [
        each
        for each in plan(event, TOWN, GROUPS, MONDAY_10, time(18))
        if each.channel is channel
        and each.recipient.post == post
        and (post is not None or each.recipient.person == person)
    ]
    who = planned.recipient
    delivery = Delivery(
        id=planned.id,
        ticket_id=planned.ticket_id,
        event_id=planned.event_id,
        post=who.post,
        role=who.role,
        assignment=who.assignment,
        channel=channel,
    )
    [(_, _, body)] = heard(event)
    due = Due(
        id=planned.id,
        channel=channel,
        lane=planned.lane,
        purpose=who.purpose,
        person=who.person,
        next_at=planned.next_at,
        delivery=delivery,
        target=planned.target,
        mentions=planned.mentions,
        traceparent="",
        body=body,
        attempts=1,
        standing=Standing(1, True, 1, 1),
    )
    return Bundle((due,))
