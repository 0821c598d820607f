"""One example of every message on the wire, made by the rules themselves where they make it."""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.chain import free_text, seal
from shared.contracts import events
from shared.contracts.base import Message
from shared.contracts.commands import RecordReporter
from shared.contracts.directory import Absence, Directory, DirectoryChanged, Duty, Limit
from shared.contracts.events import Delivery, NotificationFailed, NotificationSent, PostUnreachable
from shared.contracts.ticket import Actor, Contact, Pause, Report, Summons, Task, Ticket, Voice
from shared.contracts.trail import Deed, Origin, RecordDeed, Via, What
from shared.contracts.vocabulary import Action, Channel, EventType, Grade, Reason, Status, Unit, Urgency, Way
from shared.ids import ticket_code
from tests.acting import act
from tests.builders import MONDAY_10, a_directory, a_policy, a_submission, a_town

TICKET = UUID("018f0000-0000-7000-8000-000000000001")
OTHER = UUID("018f0000-0000-7000-8000-000000000002")
KEY = b"only for samples"
PHOTO = sha256(KEY).hexdigest()
HOUSEHOLD = sha256(b"only for samples, 502").hexdigest()[:32]
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
        RecordDeed(
            deed=Deed(
                id=OTHER,
                at=MONDAY_10,
                what=What.ACTED,
                origin=Origin(via=Via.TOKEN, who="officer", address="203.0.113.7", token=OTHER),
                subject=ticket_code(TICKET),
                outcome="done",
                details={"action": "accept", "post": "C:community_officer"},
            )
        ),
        *_ticket_events(opened := open_case(submission, TOWN, MONDAY_10, lambda text: free_text(text, KEY))),
        *_others(opened.case.ticket),
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
    five = {Urgency.ORDINARY: Limit(amount=5, unit=Unit.WORKING_DAYS)}
    own = {"name": "five-days", "source": "elsewhere", "base": a_policy().name, "inherited": ("ladder",)}
    preset = a_policy().model_copy(update=own | {"budgets": a_policy().budgets | five})
    first, *others = a_directory().categories
    first = first.model_copy(update={"policy": preset.name, "budgets": five})
    changed = {"duties": (duty,), "absences": (absence,), "presets": (preset,), "categories": (first, *others)}
    return a_directory().model_copy(update=changed)


def _ticket_events(opened: Change) -> list[Message]:
    case, told = opened.case, list(opened.events)
    for action, text in ((Action.ACCEPT, None), (Action.NOTE, "已联系"), (Action.HAND_BACK, "不属本岗位")):
        case = _do(case, action, text, told)
    while EventType.REMINDED not in {event.name for event in told}:
        change = tick(case, TOWN, case.due_at or MONDAY_10)
        case = change.case
        told += change.events
    case = _do(case, Action.RESOLVE, "已修好", told)
    assert case.due_at is not None
    told += tick(case, TOWN, case.due_at).events
    first = {event.name: event for event in reversed(told)}
    reminded = first[EventType.REMINDED]  # by a clock; a household may do it too
    first[EventType.REMINDED] = reminded.model_copy(update={"household": HOUSEHOLD})
    return [seal(event, "", KEY) for event in first.values()]


def _do(case: Case, action: Action, text: str | None, told: list) -> Case:
    assert case.ticket.owner is not None
    photos = (PHOTO,) if action is Action.RESOLVE else ()
    change = act(case, action, case.ticket.owner, TOWN, MONDAY_10, text, KEY, photos=photos)
    assert isinstance(change, Change), change
    told += change.events
    return change.case


def _others(ticket: Ticket) -> list[Message]:
    """Of each event that the story above does not tell, one by hand."""
    seat, contact = ticket.owner, Contact(at=MOMENT, way=Way.PHONE, reached=True, settled=True, grade=Grade.GOOD)
    task = Task(ticket_id=OTHER, code=ticket.code, post="K:property_manager")
    own: dict[type[events.TicketEvent], dict[str, Any]] = {
        events.TicketContacted: {"contact": contact},
        events.TicketCalledBack: {"contact": contact},
        events.TicketTakenBack: {"replaced": seat, "reason": Reason.HANDLER_VACANT},
        events.TicketTransferred: {"replaced": seat},
        events.TicketSupervised: {},
        events.TicketSuspensionAsked: {"asked": (seat.post,)},
        events.TicketSuspensionDeclined: {},
        events.TicketSuspended: {},
        events.TicketDeliberated: {},
        events.TicketResumed: {"reason": Reason.REVIEW_DUE},
        events.TicketRestamped: {"reason": Reason.POLICY_EDITED},
        events.TicketMerged: {"into": ticket.code},
        events.TicketAbsorbed: {"other": OTHER, "other_code": ticket.code},
        events.TicketUnmerged: {},
        events.TicketRelinquished: {"other": OTHER, "other_code": ticket.code},
        events.TicketSplit: {"tasks": (task,)},
        events.TicketTaskEnded: {"task": task},
        events.TicketWhistled: {"seats": (seat,)},
        events.TicketArrived: {"seat": seat},
        events.TicketReleased: {"seats": (seat,)},
        events.TicketRejected: {},
        events.TicketHouseholdConfirmed: {"household": HOUSEHOLD},
        events.TicketCosigned: {"household": HOUSEHOLD},
        events.TicketCommented: {"household": HOUSEHOLD},
        events.TicketReopened: {"household": HOUSEHOLD},
        events.TicketRated: {"grade": Grade.GOOD, "household": HOUSEHOLD, "through": OTHER},
        events.TicketWithdrawn: {},
        events.TicketErased: {"household": HOUSEHOLD},
        events.TicketAppealed: {},
    }
    return [seal(kind(at=MOMENT, ticket=_lived(ticket), **fields), "", KEY) for kind, fields in own.items()]


def _lived(ticket: Ticket) -> Ticket:
    """A ticket with everything that one may have."""
    assert ticket.owner is not None
    return ticket.model_copy(
        update={
            "pause": Pause(status=Status.SUSPENDED, asked_at=MOMENT, until=MOMENT, since=MOMENT, left_seconds=60),
            "called_back": Contact(at=MOMENT, way=Way.VISIT, reached=False),
            "contacted_at": MOMENT,
            "counted_from": MOMENT,
            "reminded_at": MOMENT,
            "grade": Grade.FAIR,
            "settled": True,
            "voices": (
                Voice(
                    household=HOUSEHOLD, place="U", ref=OTHER, confirmed_at=MOMENT, grade=Grade.BAD, through=(OTHER,)
                ),
            ),
            "summoned": (Summons(seat=ticket.owner, arrived_at=MOMENT, released_at=MOMENT, by=ticket.owner.post),),
            "tasks": (Task(ticket_id=OTHER, code=ticket.code, post="K:property_manager", ended_at=MOMENT),),
            "parent": OTHER,
            "merged_into": OTHER,
            "absorbed": (OTHER,),
            "also_reported": (Report(ticket_id=OTHER, ref=OTHER, grade=Grade.FAIR),),
            "filed_by": Actor(post="U:unit_head", role="unit_head"),
        }
    )


MOMENT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
