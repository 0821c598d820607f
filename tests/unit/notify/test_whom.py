"""Who is told of what."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.whom import Purpose, Recipient, whom_to_tell
from shared.bus.topology import TELLING
from shared.contracts import events
from shared.contracts.base import REGISTRY
from shared.contracts.directory import Absence, Duty
from shared.contracts.events import (
    Step,
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
    TicketResolved,
    TicketRestamped,
    TicketSubmitted,
    TicketWhistled,
    TicketWithdrawn,
)
from shared.contracts.ticket import Report, Voice
from shared.contracts.vocabulary import Reason, Status
from shared.directory import Town
from tests.builders import MONDAY_10, POSTS, a_directory, a_town
from tests.tellings import TOWN, a_seat, an_event

OFFICER = a_seat("C:community_officer", 2)
MANAGER = a_seat("K:property_manager", 1)
GONE = a_seat("K:gone", 1)
CLIMB = (Step(from_level="unit", level="community", reason=Reason.ACCEPT_OVERDUE),)
LATE = {"reason": Reason.ACCEPT_OVERDUE}

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


@pytest.mark.parametrize(
    ("cls", "more"), [(TicketAccepted, {}), (TicketEscalated, {"steps": CLIMB}), (TicketResolved, {})]
)
def test_the_reporter_hears_of_acceptance_climbing_and_settlement(cls: type[TicketEvent], more: dict[str, Any]) -> None:
    """A reporter with a reference is told, by role only: no person, no address."""
    event = an_event(cls, actor="K:property_manager", reporter_ref=uuid4(), **more)
    assert Recipient(Purpose.REPORTER, "reporter") in whom_to_tell(event, TOWN, MONDAY_10)


def test_who_reported_a_merged_ticket_hears_of_the_one_that_goes_on() -> None:
    """Each by the reference that was left, whether the one who reported this one left any or not."""
    merged = tuple(Report(ticket_id=uuid4(), ref=uuid4()) for _ in range(2))
    event = an_event(TicketResolved, actor="K:property_manager", also_reported=merged)
    told = [Recipient(Purpose.ALSO_REPORTED, "reporter", person=str(each.ref)) for each in merged]
    assert whom_to_tell(event, TOWN, MONDAY_10) == told
    event = an_event(TicketResolved, actor="K:property_manager", also_reported=merged, reporter_ref=uuid4())
    assert whom_to_tell(event, TOWN, MONDAY_10) == [Recipient(Purpose.REPORTER, "reporter"), *told]


def test_co_signers_hear_what_the_reporter_hears() -> None:
    """Each that left something to reach it by, as a household and no more."""
    voices = (Voice(household="a", place="U", ref=uuid4()), Voice(household="b", place="U"))
    resolved = an_event(TicketResolved, actor="K:property_manager", voices=voices)
    assert whom_to_tell(resolved, TOWN, MONDAY_10) == [
        Recipient(Purpose.COSIGNER, "cosigner", person=str(voices[0].ref))
    ]
    assert whom_to_tell(an_event(TicketNoted, voices=voices), TOWN, MONDAY_10) == []


def test_the_reporter_does_not_hear_of_the_handlers_acceptance() -> None:
    """Who answers for it has not taken it on by that."""
    event = an_event(
        TicketAccepted, actor="K:property_manager", owner=OFFICER, handler=MANAGER, reporter_ref=uuid4(), in_digest=()
    )
    assert whom_to_tell(event, TOWN, MONDAY_10) == []


@pytest.mark.parametrize(
    ("event", "purpose", "post"),
    [
        (
            an_event(TicketEscalated, steps=CLIMB, actor="K:property_manager", owner=OFFICER, in_digest=()),
            Purpose.OWNER,
            "C:community_officer",
        ),
        (
            an_event(
                TicketAssigned,
                actor="C:community_officer",
                owner=OFFICER,
                handler=a_seat("K:property_manager", 3),
                reason=Reason.ASSIGNED_DOWN,
            ),
            Purpose.HANDLER,
            "K:property_manager",
        ),
    ],
)
def test_who_gives_it_to_another_post_of_his_own_gets_that_posts_link(
    event: TicketEvent, purpose: Purpose, post: str
) -> None:
    """One person holds both posts: the old link does not open the new seat."""
    directory = a_directory()
    held = {"K:property_manager", "C:community_officer"}
    posts = tuple(
        each.model_copy(update={"person": "p-C-community_officer"}) if each.code in held else each
        for each in directory.posts
    )
    town = Town(directory.model_copy(update={"posts": posts}))
    [told] = [each for each in whom_to_tell(event, town, MONDAY_10) if each.person == "p-C-community_officer"]
    assert (told.purpose, told.post) == (purpose, post)


def test_the_post_complained_of_is_never_told() -> None:
    """Even where the ticket lists it by mistake, neither at once nor in the digest nor as a handler."""
    event = an_event(
        TicketAssigned,
        about_role="unit_head",
        owner=OFFICER,
        handler=a_seat("U:unit_head", 3),
        also_told=("U:unit_head",),
        in_digest=("U:unit_head",),
    )
    assert [each.post for each in whom_to_tell(event, TOWN, MONDAY_10)] == ["C:community_officer"]


def test_a_vacant_or_dropped_post_is_passed_over() -> None:
    """A ticket may name posts that nobody holds or the directory has not any more."""
    town = a_town(vacant=frozenset({"U:unit_head"}))
    event = an_event(TicketAssigned, also_told=("X:gone", "U:unit_head"), in_digest=())
    assert [each.post for each in whom_to_tell(event, town, MONDAY_10)] == ["K:property_manager"]


codes = [f"{place}:{role}" for role, place in POSTS]
some_codes = st.lists(st.sampled_from(codes), max_size=4).map(tuple)
roles = st.sampled_from([None, *(role for role, _ in POSTS)])


@given(
    owner=st.sampled_from(codes),
    handler=st.sampled_from(codes),
    also_told=some_codes,
    in_digest=some_codes,
    actor=st.sampled_from([None, *codes]),
    about_role=roles,
    cls=st.sampled_from([TicketAssigned, TicketOverdue, TicketReminded, TicketHandedBack, TicketEscalated]),
)
def test_nobody_is_told_twice_or_of_his_own_action(
    owner: str,
    handler: str,
    also_told: tuple[str, ...],
    in_digest: tuple[str, ...],
    actor: str | None,
    about_role: str | None,
    cls: type[TicketEvent],
) -> None:
    """For any seats and lists: each person once, never the actor, never for information about oneself."""
    more: dict[str, Any] = {TicketOverdue: LATE, TicketReminded: LATE, TicketEscalated: {"steps": CLIMB}}.get(cls, {})
    seats = {"owner": a_seat(owner), "handler": a_seat(handler, 2)}
    event = an_event(cls, actor=actor, about_role=about_role, also_told=also_told, in_digest=in_digest, **seats, **more)
    told = whom_to_tell(event, TOWN, MONDAY_10)
    people = [each.person for each in told]
    assert len(people) == len(set(people))
    assert actor not in [each.post for each in told]
    assert all(each.role != about_role for each in told if each.purpose is not Purpose.OWNER)
    if owner != actor:
        assert told[0].post == owner


def test_notify_hears_every_event_but_those_that_change_nothing_for_it() -> None:
    """One of a new kind is heard, unless it neither tells anybody nor changes who must act."""
    all_kinds = {cls.TYPE for cls in REGISTRY.values() if issubclass(cls, TicketEvent)}
    assert set(TELLING) == all_kinds - {TicketSubmitted.TYPE}


def test_whoever_is_on_duty_now_is_told() -> None:
    """On the days of the roster the one on it, otherwise the post's person; the deputy while that one is away."""
    day = MONDAY_10.date()
    directory = a_directory()
    posts = tuple(
        post.model_copy(update={"deputy": "p-C-grid_worker"}) if post.code == "C:community_officer" else post
        for post in directory.posts
    )
    duty = Duty(post="C:community_officer", person="p-S-subdistrict_officer", weekday=2)
    away = Absence(person="p-C-community_officer", first_day=day, last_day=day)
    town = Town(directory.model_copy(update={"posts": posts, "duties": (duty,), "absences": (away,)}))
    event = an_event(TicketReminded, owner=OFFICER, handler=OFFICER, **LATE)

    told = [[each.person for each in whom_to_tell(event, town, MONDAY_10 + timedelta(days=days))] for days in range(3)]
    assert told == [["p-C-grid_worker"], ["p-S-subdistrict_officer"], ["p-C-community_officer"]]
