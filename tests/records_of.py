"""A recorded ticket for tests of pages and views: every field filled, every text one that can be searched for."""

from datetime import timedelta
from uuid import UUID, uuid4

from services.routing.domain.actions import ACTIONS
from shared.contracts.queries import Form, Offer, PostChoice, TicketRecord, TimelineEntry
from shared.contracts.ticket import Actor, Contact, FreeText, Pause, Seat, Summons, Task, Ticket, Voice
from shared.contracts.vocabulary import (
    Action,
    Channel,
    EventType,
    Grade,
    Kind,
    Reason,
    Refusal,
    Source,
    Status,
    Urgency,
    Visibility,
    Way,
)
from shared.ids import ticket_code
from tests.builders import MONDAY_10, a_town

DESCRIPTION = "楼上漏水泡了楼顶"
SECRETS = {
    "title": "标题-漏水",
    "description": DESCRIPTION,
    "location_note": "位置-302室",
    "note": "记录-住户张某",
    "internal": "内部-先不答复",
    "result": "结果-已修好",
    "person": "p-K-property_manager",
    "household": "住户摘要-5e1f",
}


def a_ticket(**differences: object) -> Ticket:
    """A leak, accepted by the property manager."""
    ticket_id = uuid4()
    seat = Seat(post="K:property_manager", role="property_manager", name="丽园小区物业", assignment=1, since=MONDAY_10)
    handler = seat.model_copy(update={"due_by": MONDAY_10 + timedelta(hours=12)})
    fields = {
        "id": ticket_id,
        "code": ticket_code(ticket_id),
        "version": 3,
        "status": Status.ACCEPTED,
        "level": "unit",
        "place": a_town().place_ref("U"),
        "category": "leak",
        "matter": "neighbours",
        "kind": Kind.COMPLAINT,
        "urgency": Urgency.ORDINARY,
        "visibility": Visibility.TEXT,
        "title": FreeText(digest="d0", text=SECRETS["title"]),
        "description": FreeText(digest="d1", text=DESCRIPTION),
        "location_note": FreeText(digest="d2", text=SECRETS["location_note"]),
        "anonymous": False,
        "reporter_ref": UUID("00000000-0000-8000-8000-00000000abcd"),
        "about_role": "property_manager",
        "photos": ("photo-1",),
        "source": Source.QR,
        "external_ref": "外部-77",
        "policy": "beijing-2020/1",
        "opened_at": MONDAY_10,
        "owner": seat,
        "handler": handler,
        "also_told": ("U:unit_head",),
        "accept_by": MONDAY_10 + timedelta(hours=1),
        "resolve_by": MONDAY_10 + timedelta(days=1),
        "settled": True,
        "contacted_at": MONDAY_10,
        "called_back": Contact(at=MONDAY_10, way=Way.PHONE, reached=True, settled=False, grade=Grade.BAD),
        "pause": Pause(status=Status.SUSPENDED, asked_at=MONDAY_10, until=MONDAY_10, since=MONDAY_10),
        "grade": Grade.GOOD,
        "voices": (Voice(household=SECRETS["household"], place="U", ref=UUID(int=7), grade=Grade.BAD),),
        "summoned": (Summons(seat=seat),),
        "tasks": (Task(ticket_id=ticket_id, code=ticket_code(ticket_id), post="K:property_manager"),),
        "parent": ticket_id,
        "merged_into": ticket_id,
        "filed_by": Actor(post="U:unit_head", role="unit_head"),
        "outer_limit": MONDAY_10 + timedelta(days=2),
    }
    return Ticket.model_validate({**fields, **differences})


def a_record(**differences: object) -> TicketRecord:
    """The ticket with a story of one entry of each kind that matters to a view."""

    def entry(type: EventType, minutes: int, **more: object) -> TimelineEntry:
        at = MONDAY_10 + timedelta(minutes=minutes)
        return TimelineEntry.model_validate({"at": at, "type": type, "version": None, "level": "unit", **more})

    return TicketRecord(
        ticket=a_ticket(**differences),
        timeline=(
            entry(EventType.SUBMITTED, 0),
            entry(EventType.NOTIFIED, 1, to_role="property_manager", channel=Channel.EMAIL),
            entry(EventType.ACCEPTED, 2, actor_role="property_manager"),
            entry(EventType.NOTED, 3, actor_role="property_manager", text=SECRETS["note"], photos=("photo-note",)),
            entry(EventType.NOTED, 3, actor_role="property_manager", text=SECRETS["internal"], internal=True),
            entry(EventType.ESCALATED, 4, from_level="unit", level="community", reason=Reason.RESOLVE_OVERDUE),
            entry(
                EventType.RESOLVED,
                5,
                actor_role="community_officer",
                text=f"{SECRETS['result']} 13812345678",
                photos=("photo-result",),
            ),
        ),
    )


def an_offer(ticket: Ticket, *actions: Action) -> Offer:
    """What routing offers where these actions are open, and no other is."""
    return Offer(ticket=ticket, forms=tuple(_form(action, action in actions) for action in ACTIONS))


def _form(action: Action, is_open: bool) -> Form:
    rule, posts = ACTIONS[action], (PostChoice(post="C:grid_worker", name="丽园社区网格员"),)
    return Form(
        action=action,
        refused=None if is_open else Refusal.WRONG_STATUS,
        needs=rule.needs,
        takes=rule.takes,
        posts=posts if action is Action.ASSIGN else (),
    )
