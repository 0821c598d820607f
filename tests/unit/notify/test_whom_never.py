"""Each person once, by the post that matters, and never whom it is about."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.whom import Purpose, whom_to_tell
from shared.contracts.directory import Absence, Duty
from shared.contracts.events import (
    TicketAssigned,
    TicketEscalated,
    TicketEvent,
    TicketHandedBack,
    TicketOverdue,
    TicketReminded,
)
from shared.contracts.vocabulary import Reason
from shared.directory import Town
from tests.builders import MONDAY_10, POSTS, a_directory, a_town
from tests.tellings import CLIMB, LATE, OFFICER, TOWN, a_seat, an_event


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
