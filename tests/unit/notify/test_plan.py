"""What an event becomes: deliveries by channel, and when they may go out."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.plan import SECOND_THOUGHT, Bot, Delivery, Groups, Webhook, out_of_reach, plan
from shared.contracts.events import (
    Step,
    TicketAccepted,
    TicketAssigned,
    TicketEscalated,
    TicketEvent,
    TicketHandedBack,
    TicketReminded,
    TicketResolved,
)
from shared.contracts.vocabulary import Channel, Reason, Urgency, Visibility
from shared.directory import Town
from tests.builders import MONDAY_10, a_directory
from tests.tellings import BOT, GROUPS, TOWN, a_seat, an_event

DIGEST_AT = time(18, 0)
SHANGHAI_18 = MONDAY_10.replace(hour=10)
NIGHT = MONDAY_10.replace(hour=19)  # 3:00 in Shanghai
HEAD = a_seat("U:unit_head")


def planned(
    event: TicketEvent, *, now: datetime = MONDAY_10, groups: Groups = GROUPS, town: Town = TOWN
) -> list[Delivery]:
    return plan(event, town, groups, now, DIGEST_AT)


def by_channel(deliveries: list[Delivery]) -> set[tuple[str, str | None, str | None]]:
    return {(each.channel.value, each.target, each.recipient.post) for each in deliveries}


def test_an_owner_is_told_by_every_channel_there_is() -> None:
    """Mail to the person, one message to the group, one to the property company's system."""
    assert by_channel(planned(an_event(TicketAssigned))) == {
        ("email", None, "K:property_manager"),
        ("wecom", "k", "K:property_manager"),
        ("webhook", "property", "K:property_manager"),
        ("email", None, "U:unit_head"),
    }


def test_a_group_reads_an_event_once_and_only_those_who_must_act_are_called() -> None:
    """Owner, grid worker and unit head sit in one group: one message, which calls the owner."""
    event = an_event(TicketAssigned, also_told=("C:grid_worker",))
    [post] = [each for each in planned(event) if each.channel is Channel.WECOM]
    assert (post.recipient.post, post.mentions) == ("K:property_manager", ("p-K-property_manager",))


def test_the_same_event_gives_the_same_deliveries_whenever_it_is_planned() -> None:
    """A repeat in the night makes no second delivery of what was planned by day."""
    event = an_event(TicketAssigned, owner=HEAD, handler=HEAD, also_told=("C:grid_worker",))
    by_day, by_night = planned(event), planned(event, now=NIGHT)
    assert [each.id for each in by_day] == [each.id for each in by_night]


def test_the_nearest_group_with_the_role_is_told() -> None:
    """The compound's group before the community's; the community's for a role that only it has."""
    bots = (BOT, Bot("c", "C", frozenset({"property_manager", "community_officer"})))
    officer = a_seat("C:community_officer", 2)
    event = an_event(TicketAssigned, owner=officer, handler=a_seat("K:property_manager"))
    posts = [each for each in planned(event, groups=Groups(bots)) if each.channel is Channel.WECOM]
    assert {(each.target, each.recipient.role) for each in posts} == {
        ("c", "community_officer"),
        ("k", "property_manager"),
    }


def test_a_complaint_about_a_member_is_not_told_to_the_group_or_the_system() -> None:
    """The property manager reads along in the group, so the grid worker gets a mail only."""
    grid = a_seat("C:grid_worker")
    event = an_event(TicketAssigned, owner=grid, handler=grid, about_role="property_manager", in_digest=())
    groups = Groups((BOT,), (Webhook("system", "S", frozenset({"property_manager", "grid_worker"})),))
    assert by_channel(planned(event, groups=groups)) == {("email", None, "C:grid_worker")}


def test_a_matter_not_shown_goes_to_no_group() -> None:
    """Care and help: to the person responsible alone."""
    event = an_event(TicketAssigned, visibility=Visibility.HIDDEN, in_digest=())
    assert Channel.WECOM not in {each.channel for each in planned(event)}


def test_a_group_elsewhere_is_not_told() -> None:
    """The other compound's bot and webhook have nothing to do with this door."""
    groups = Groups((Bot("l", "L", BOT.roles),), (Webhook("l", "L", BOT.roles),))
    assert {each.channel for each in planned(an_event(TicketAssigned), groups=groups)} == {Channel.EMAIL}


def test_the_reporter_is_told_by_mail_without_an_address() -> None:
    """The delivery names the role; who it is stays with records."""
    [delivery] = planned(an_event(TicketAccepted, actor="K:property_manager", reporter_ref=uuid4()))
    assert (delivery.channel, delivery.recipient.person, delivery.lane) == (Channel.EMAIL, None, "email:reporter")


@pytest.mark.parametrize(
    ("case", "now", "told_at"),
    [
        ("open hours: at once", MONDAY_10, MONDAY_10),
        ("3:00 at night: at 8:00", NIGHT, datetime(2026, 3, 3, 0, 0, tzinfo=UTC)),
        ("21:00, just closed: tomorrow", MONDAY_10.replace(hour=13), datetime(2026, 3, 3, 0, 0, tzinfo=UTC)),
    ],
)
def test_a_volunteer_is_told_in_open_hours(case: str, now: datetime, told_at: datetime) -> None:
    """Unit heads are told 8:00 to 21:00 only, by every channel that reaches a person."""
    event = an_event(TicketAssigned, owner=HEAD, handler=HEAD, in_digest=())
    assert {each.next_at for each in planned(event, now=now)} == {told_at}, case


def test_danger_to_life_is_told_to_a_volunteer_at_once() -> None:
    """The preset's table: unit head at once."""
    event = an_event(TicketAssigned, urgency=Urgency.DANGER, also_told=("U:unit_head",), in_digest=())
    assert {each.next_at for each in planned(event, now=NIGHT)} == {NIGHT}


def test_an_officer_is_told_at_any_hour() -> None:
    """Quiet hours are the volunteers'; a mail to an office wakes nobody."""
    officer = a_seat("C:community_officer")
    event = an_event(TicketAssigned, owner=officer, handler=officer, in_digest=())
    assert {each.next_at for each in planned(event, now=NIGHT)} == {NIGHT}


@pytest.mark.parametrize(
    ("now", "told_at"),
    [
        (MONDAY_10, SHANGHAI_18),
        (SHANGHAI_18, SHANGHAI_18 + timedelta(days=1)),
        (NIGHT, SHANGHAI_18 + timedelta(days=1)),
    ],
)
def test_the_digest_goes_out_at_its_next_time(now: datetime, told_at: datetime) -> None:
    """18:00 where the post is; at 18:00 sharp the day's digest is closed."""
    [digest] = [each for each in planned(an_event(TicketAssigned), now=now) if each.recipient.post == "U:unit_head"]
    assert digest.next_at == told_at


@given(minutes=st.integers(0, 60 * 24 * 14))
def test_nobody_is_told_before_the_event_or_a_volunteer_outside_the_hours(minutes: int) -> None:
    """At any minute of two weeks."""
    now = MONDAY_10 + timedelta(minutes=minutes)
    event = an_event(TicketAssigned, owner=HEAD, handler=a_seat("K:property_manager", 2), in_digest=("U:unit_head",))
    hours = TOWN.work_time("evenings")
    for each in planned(event, now=now):
        assert each.next_at >= now
        assert each.recipient.role != "unit_head" or hours.is_open(each.next_at) or each.channel is Channel.WEBHOOK


def the_town(*, mail: bool = True, vacant: frozenset[str] = frozenset()) -> Town:
    directory = a_directory(vacant=vacant)
    people = directory.people if mail else tuple(each.model_copy(update={"email": None}) for each in directory.people)
    return Town(directory.model_copy(update={"people": people}))


CLIMBED = an_event(
    TicketEscalated,
    steps=(Step(from_level="unit", level="community", reason=Reason.ASKED),),
    actor="K:property_manager",
    owner=a_seat("C:community_officer", 3),
)
DOWN = an_event(
    TicketAssigned,
    actor="C:community_officer",
    owner=a_seat("C:community_officer", 2),
    handler=a_seat("K:property_manager", 3),
    reason=Reason.ASSIGNED_DOWN,
)
LATE = an_event(
    TicketReminded,
    owner=a_seat("S:subdistrict_officer", 4),
    handler=a_seat("K:property_manager", 1),
    reason=Reason.RESOLVE_OVERDUE,
)


@pytest.mark.parametrize(
    ("case", "event", "town", "groups", "lost"),
    [
        ("everybody has mail", CLIMBED, the_town(), Groups(), []),
        ("no mail, no group", CLIMBED, the_town(mail=False), Groups(), ["C:community_officer"]),
        ("no mail, but a group", an_event(TicketAssigned), the_town(mail=False), GROUPS, []),
        ("a handler without any channel", DOWN, the_town(mail=False), Groups(), ["K:property_manager"]),
        ("a handler in a group", DOWN, the_town(mail=False), GROUPS, []),
        (
            "the new owner's post is vacant",
            CLIMBED,
            the_town(vacant=frozenset({"C:community_officer"})),
            GROUPS,
            ["C:community_officer"],
        ),
        (
            "the post was vacated at the top: the handler's mail is no comfort",
            LATE,
            the_town(vacant=frozenset({"S:subdistrict_officer"})),
            GROUPS,
            ["S:subdistrict_officer"],
        ),
        (
            "no such post in this directory",
            an_event(TicketAssigned, owner=a_seat("C:urban_management"), handler=None),
            the_town(),
            GROUPS,
            ["C:urban_management"],
        ),
        (
            "who did it knows of it",
            an_event(TicketHandedBack, actor="K:property_manager"),
            the_town(mail=False),
            Groups(),
            [],
        ),
    ],
)
def test_who_must_act_and_has_no_channel_is_out_of_reach(
    case: str, event: TicketEvent, town: Town, groups: Groups, lost: list[str]
) -> None:
    """Owner and handler alike; a vacant post is not reached by those who read along in its group."""
    assert sorted({seat.post for seat in out_of_reach(event, town, groups, MONDAY_10)}) == lost, case


def test_an_accept_waits_a_moment_before_the_resident_hears_of_it() -> None:
    """In real time: who resolves without accepting first says both at once."""
    [accepted] = planned(an_event(TicketAccepted, actor="K:property_manager", reporter_ref=uuid4()))
    [resolved] = planned(an_event(TicketResolved, actor="K:property_manager", reporter_ref=uuid4()))
    assert (accepted.pause, resolved.pause) == (SECOND_THOUGHT, timedelta(0))
