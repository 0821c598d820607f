"""Who is told of what: one line for each kind of event."""

from uuid import uuid4

import pytest

from services.notify.domain.whom import whom_to_tell
from shared.bus.topology import TELLING
from shared.contracts import events
from shared.contracts.base import REGISTRY
from shared.contracts.events import (
    TicketAbsorbed,
    TicketAccepted,
    TicketAppealed,
    TicketArrived,
    TicketAssigned,
    TicketClosed,
    TicketCommented,
    TicketCosigned,
    TicketEscalated,
    TicketEvent,
    TicketHandedBack,
    TicketHouseholdConfirmed,
    TicketMerged,
    TicketNoted,
    TicketOverdue,
    TicketReleased,
    TicketReminded,
    TicketReopened,
    TicketRestamped,
    TicketSubmitted,
    TicketWhistled,
    TicketWithdrawn,
)
from shared.contracts.ticket import Voice
from shared.contracts.vocabulary import Reason, Status
from tests.builders import MONDAY_10
from tests.tellings import CLIMB, LATE, MANAGER, OFFICER, TOWN, a_seat, an_event

GONE = a_seat("K:gone")

CASES: list[tuple[str, TicketEvent, dict[str, str]]] = [
    (
        "a new ticket: its owner at once, the unit head in the digest",
        an_event(TicketAssigned),
        {"owner": "K:property_manager", "digest": "U:unit_head"},
    ),
    (
        "assigned down by the owner: the handler, not the owner who did it",
        an_event(
            TicketAssigned, actor="C:community_officer", owner=OFFICER, handler=MANAGER, reason=Reason.ASSIGNED_DOWN
        ),
        {"handler": "K:property_manager"},
    ),
    (
        "assigned down to another: the new handler, and the one whose work ends with that",
        an_event(
            TicketAssigned,
            actor="C:community_officer",
            owner=OFFICER,
            handler=a_seat("C:grid_worker", 3),
            replaced=MANAGER,
            reason=Reason.ASSIGNED_DOWN,
        ),
        {"handler": "C:grid_worker", "replaced": "K:property_manager"},
    ),
    (
        "the replaced one is whom the complaint is about: not told",
        an_event(
            TicketAssigned,
            actor="C:community_officer",
            owner=OFFICER,
            handler=a_seat("C:grid_worker", 3),
            replaced=MANAGER,
            reason=Reason.ASSIGNED_DOWN,
            about_role="property_manager",
        ),
        {"handler": "C:grid_worker"},
    ),
    (
        "climbed: the new owner, and the handler who keeps working",
        an_event(TicketEscalated, steps=CLIMB, owner=OFFICER, handler=MANAGER, in_digest=()),
        {"owner": "C:community_officer", "handler": "K:property_manager"},
    ),
    (
        "the handler asked for it to climb: the new owner only",
        an_event(
            TicketEscalated,
            steps=CLIMB,
            actor="K:property_manager",
            owner=OFFICER,
            handler=MANAGER,
            in_digest=(),
        ),
        {"owner": "C:community_officer"},
    ),
    (
        "a reminder: those who are late, nobody else",
        an_event(TicketReminded, owner=OFFICER, handler=MANAGER, also_told=("C:grid_worker",), **LATE),
        {"owner": "C:community_officer", "handler": "K:property_manager"},
    ),
    (
        "the owner's post has a new holder: that one, not the handler",
        an_event(TicketReminded, owner=OFFICER, handler=MANAGER, reason=Reason.NEW_HOLDER),
        {"owner": "C:community_officer"},
    ),
    (
        "the handler's post has a new holder: that one, not the owner",
        an_event(TicketReminded, owner=OFFICER, handler=MANAGER, reason=Reason.HANDLER_NEW_HOLDER),
        {"handler": "K:property_manager"},
    ),
    (
        "nobody holds the handler's post any more: the owner, whose work it is again",
        an_event(events.TicketTakenBack, owner=OFFICER, handler=OFFICER, replaced=GONE, reason=Reason.HANDLER_VACANT),
        {"owner": "C:community_officer"},
    ),
    (
        "limits have moved: those who go by them",
        an_event(TicketRestamped, owner=OFFICER, handler=MANAGER, reason=Reason.HOLIDAYS_KNOWN),
        {"owner": "C:community_officer", "handler": "K:property_manager"},
    ),
    (
        "limits are no longer provisional and the same: nobody",
        an_event(TicketRestamped, owner=OFFICER, handler=MANAGER, reason=Reason.HOLIDAYS_KNOWN, moved=False),
        {},
    ),
    (
        "overdue: those informed as well",
        an_event(TicketOverdue, owner=OFFICER, handler=OFFICER, also_told=("C:grid_worker",), **LATE),
        {"owner": "C:community_officer", "informed": "C:grid_worker", "digest": "U:unit_head"},
    ),
    (
        "handed back by the handler: the owner",
        an_event(TicketHandedBack, actor="K:property_manager", owner=OFFICER, handler=OFFICER),
        {"owner": "C:community_officer"},
    ),
    (
        "handed back by the owner: nobody, the climb that follows tells",
        an_event(TicketHandedBack, actor="K:property_manager"),
        {},
    ),
    ("accepted: nobody, where nobody reported it by name", an_event(TicketAccepted, actor="K:property_manager"), {}),
    (
        "merged by the level above: whose work ends with that",
        an_event(TicketMerged, actor="C:community_officer", into="CODE"),
        {"replaced": "K:property_manager"},
    ),
    (
        "took in another, which its owner did not do himself: the owner",
        an_event(TicketAbsorbed, actor="C:community_officer", other=uuid4(), other_code="CODE"),
        {"owner": "K:property_manager"},
    ),
    (
        "posts were summoned: those, not the owner who did it",
        an_event(TicketWhistled, actor="K:property_manager", seats=(a_seat("C:grid_worker", 2),)),
        {"summoned": "C:grid_worker"},
    ),
    (
        "a summoned post has come: the owner",
        an_event(TicketArrived, actor="C:grid_worker", seat=a_seat("C:grid_worker", 2)),
        {"owner": "K:property_manager"},
    ),
    (
        "a post was released: that one",
        an_event(TicketReleased, actor="K:property_manager", seats=(a_seat("C:grid_worker", 2),)),
        {"released": "C:grid_worker"},
    ),
    (
        "commented: owner and handler",
        an_event(TicketCommented, owner=OFFICER, handler=MANAGER, reporter_ref=uuid4()),
        {"owner": "C:community_officer", "handler": "K:property_manager"},
    ),
    ("reopened: the owner", an_event(TicketReopened), {"owner": "K:property_manager"}),
    ("appealed: the owner", an_event(TicketAppealed), {"owner": "K:property_manager"}),
    (
        "co-signed: the post at the household's door",
        an_event(TicketCosigned, household="h", voices=(Voice(household="h", place="V"),)),
        {"door": "V:unit_head"},
    ),
    (
        "co-signed at the door of the one complained of: the nearest other",
        an_event(TicketCosigned, household="h", voices=(Voice(household="h", place="U"),), about_role="unit_head"),
        {"door": "K:property_manager"},
    ),
    (
        "a household is confirmed: the owner",
        an_event(TicketHouseholdConfirmed, household="h", actor="U:unit_head"),
        {"owner": "K:property_manager"},
    ),
    (
        "withdrawn: whoever had it need do nothing more",
        an_event(TicketWithdrawn, status=Status.WITHDRAWN),
        {"replaced": "K:property_manager"},
    ),
    ("submitted: nobody", an_event(TicketSubmitted), {}),
    ("noted: nobody", an_event(TicketNoted, actor="K:property_manager"), {}),
    (
        "a suspension asked for: the level above alone",
        an_event(events.TicketSuspensionAsked, actor="K:property_manager", asked=("C:community_officer",)),
        {"asked": "C:community_officer"},
    ),
    (
        "suspended with consent: owner and handler",
        an_event(events.TicketSuspended, actor="S:subdistrict_officer", owner=OFFICER, handler=MANAGER),
        {"owner": "C:community_officer", "handler": "K:property_manager"},
    ),
    (
        "taken back: the one whose work ends with that",
        an_event(events.TicketTakenBack, actor="C:community_officer", owner=OFFICER, handler=OFFICER, replaced=MANAGER),
        {"replaced": "K:property_manager"},
    ),
    (
        "transferred by its owner: the new one, and those informed at that level",
        an_event(
            events.TicketTransferred,
            actor="K:property_manager",
            owner=a_seat("C:grid_worker", 3),
            handler=a_seat("C:grid_worker", 3),
            replaced=MANAGER,
        ),
        {"owner": "C:grid_worker", "digest": "U:unit_head"},
    ),
    (
        "not taken up: a handler, whose work ends with that",
        an_event(events.TicketRejected, actor="C:community_officer", owner=OFFICER, handler=MANAGER),
        {"replaced": "K:property_manager"},
    ),
    (
        "the owner asks the handler how it stands: the handler",
        an_event(TicketReminded, actor="C:community_officer", owner=OFFICER, handler=MANAGER, reason=Reason.ASKED_FOR),
        {"handler": "K:property_manager"},
    ),
    ("closed: nobody", an_event(TicketClosed, reason=Reason.CONFIRM_WINDOW_PASSED), {}),
]


@pytest.mark.parametrize(("case", "event", "told"), CASES, ids=[case for case, _, _ in CASES])
def test_each_event_tells_whom_it_should(case: str, event: TicketEvent, told: dict[str, str]) -> None:
    """Each sentence of the table holds."""
    assert {each.purpose.value: each.post for each in whom_to_tell(event, TOWN, MONDAY_10)} == told, case


def test_notify_hears_every_event_but_those_that_change_nothing_for_it() -> None:
    """One of a new kind is heard, unless it neither tells anybody nor changes who must act."""
    all_kinds = {cls.TYPE for cls in REGISTRY.values() if issubclass(cls, TicketEvent)}
    assert set(TELLING) == all_kinds - {TicketSubmitted.TYPE}
