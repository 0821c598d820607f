"""One example of every message on the wire, made by the rules themselves where they make it."""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from services.routing.domain.actions import Doing, act
from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.chain import free_text, seal
from shared.contracts.base import Message
from shared.contracts.commands import RecordReporter
from shared.contracts.directory import Absence, Directory, DirectoryChanged, Duty
from shared.contracts.events import Delivery, NotificationFailed, NotificationSent, PostUnreachable
from shared.contracts.vocabulary import Action, Channel, EventType
from tests.builders import MONDAY_10, a_directory, a_submission, a_town

TICKET = UUID("018f0000-0000-7000-8000-000000000001")
OTHER = UUID("018f0000-0000-7000-8000-000000000002")
KEY = b"only for samples"
PHOTO = sha256(KEY).hexdigest()
TOWN = a_town()


def examples() -> list[Message]:
    """Every registered message once."""
    submission = a_submission(ticket_id=TICKET, reporter_ref=OTHER, outer_limit=MONDAY_10 + timedelta(days=30))
    delivery = Delivery(
        id=OTHER,
        ticket_id=TICKET,
        event_id=OTHER,
        post="K:property_manager",
        role="property_manager",
        assignment=1,
        channel=Channel.EMAIL,
    )
    return [
        submission,
        RecordReporter(
            reporter_ref=OTHER,
            ticket_id=TICKET,
            name="居民",
            phone="010-00000000",
            email="resident@loumen.example",
            language="zh-CN",
            title=None,
            description="楼道灯不亮，电话 010-00000000",
            location_note=None,
        ),
        *_ticket_events(open_case(submission, TOWN, MONDAY_10, lambda text: free_text(text, KEY))),
        NotificationSent(at=MONDAY_10, delivery=delivery),
        NotificationFailed(at=MONDAY_10, delivery=delivery, error="550 no such mailbox"),
        PostUnreachable(at=MONDAY_10, ticket_id=TICKET, post="K:property_manager", assignment=1),
        DirectoryChanged(directory=_a_whole_directory()),
    ]


def _a_whole_directory() -> Directory:
    """The town's, with what a directory need not have."""
    post, day = "C:community_officer", date(2026, 3, 2)
    duty = Duty(post=post, person="p-C-community_officer", week="2026-W10", weekday=5, opens=time(20), closes=time(8))
    absence = Absence(person="p-C-community_officer", first_day=day, last_day=day)
    return a_directory().model_copy(update={"duties": (duty,), "absences": (absence,)})


def _ticket_events(opened: Change) -> list[Message]:
    case, events = opened.case, list(opened.events)
    for action, text in ((Action.ACCEPT, None), (Action.NOTE, "已联系"), (Action.HAND_BACK, "不属本岗位")):
        case = _do(case, action, text, events)
    while EventType.REMINDED not in {event.name for event in events}:
        change = tick(case, TOWN, case.due_at or MONDAY_10)
        case = change.case
        events += change.events
    case = _do(case, Action.RESOLVE, "已修好", events)
    assert case.due_at is not None
    events += tick(case, TOWN, case.due_at).events
    first = {event.name: event for event in reversed(events)}
    return [seal(event, "", KEY) for event in first.values()]


def _do(case: Case, action: Action, text: str | None, events: list) -> Case:
    assert case.ticket.owner is not None
    words = free_text(text, KEY) if text else None
    photos = (PHOTO,) if action is Action.RESOLVE else ()
    change = act(case, Doing(action, case.ticket.owner, words, photos=photos), TOWN, MONDAY_10)
    assert isinstance(change, Change), change
    events += change.events
    return change.case


MOMENT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
