"""Posts summoned sideways: they come, help and go; the ticket stays with its owner and its clock."""

from dataclasses import replace

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.doing import do, forms
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.summoning import summonable
from services.routing.domain.ticking import unreachable
from shared.contracts.commands import By, Details
from shared.contracts.events import PostUnreachable, TicketReleased, TicketReminded, TicketResolved
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal, Status
from shared.directory import Town
from tests.acting import write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
OWNER = By(person="p-K-property_manager")
GRID, URBAN = "C:grid_worker", "S:urban_management"


def opened(**differences: object) -> Case:
    return open_case(a_submission(**differences), TOWN, MONDAY_10, write).case


def act(case: Case, action: Action, by: By = OWNER, text: str | None = None, **details: object) -> Change | Refusal:
    found, words = standings(case, by, TOWN, MONDAY_10), write(text) if text else None
    return do(case, action, found, Details(text=text, **details), words, TOWN, MONDAY_10, by=by)


def done(case: Case, action: Action, by: By = OWNER, text: str | None = None, **details: object) -> Case:
    change = act(case, action, by, text, **details)
    assert isinstance(change, Change), change
    return change.case


def whistled(*posts: str) -> Case:
    return done(opened(), Action.WHISTLE, text="请到场会商", posts=posts)


def by_link(case: Case, post: str) -> By:
    [seat] = [each.seat for each in case.ticket.summoned if each.seat.post == post]
    return By(person=f"p-{post.replace(':', '-')}", post=post, assignment=seat.assignment)


def helping(case: Case) -> set[str]:
    return {seat.post for seat in case.ticket.helpers}


def test_they_come_and_go_and_the_owner_stays():
    """Summoned at once, one arrives, that one is released, then the rest; owner and clock are as before."""
    before = done(opened(), Action.ACCEPT)
    case = done(before, Action.WHISTLE, text="请到场会商", posts=(GRID, URBAN, GRID))
    assert helping(case) == {GRID, URBAN}
    link = by_link(case, GRID)
    case = done(case, Action.ARRIVE, link)
    assert [each.arrived_at for each in case.ticket.summoned] == [MONDAY_10, None]
    assert act(case, Action.ARRIVE, link) is Refusal.ALREADY
    case = done(case, Action.RELEASE, posts=(GRID,))
    assert helping(case) == {URBAN}
    assert standings(case, link, TOWN, MONDAY_10) == (), "released, the link opens nothing"
    case = done(case, Action.RELEASE)
    assert helping(case) == set()
    assert act(case, Action.RELEASE) is Refusal.NOTHING_TO_DO
    assert (case.ticket.owner, case.ticket.status, case.due_at) == (
        before.ticket.owner,
        before.ticket.status,
        before.due_at,
    )


def test_who_whistles_has_accepted():
    """Whoever calls others to a ticket answers for it; a note alone takes nothing on."""
    change = act(opened(), Action.WHISTLE, text="请到场会商", posts=(GRID,))
    assert [event.name for event in change.events] == [EventType.ACCEPTED, EventType.WHISTLED]
    assert (change.case.ticket.status, change.case.due_at) == (Status.ACCEPTED, change.case.ticket.resolve_by)
    assert [event.name for event in act(opened(), Action.NOTE, text="已看").events] == [EventType.NOTED]


def test_each_link_opens_its_own_seat():
    """Those summoned together and those later never open each other's seats, nor the owner's."""
    case = done(whistled(GRID, URBAN), Action.WHISTLE, text="再请", posts=("C:community_worker",))
    for post in (GRID, URBAN, "C:community_worker"):
        [who] = standings(case, by_link(case, post), TOWN, MONDAY_10)
        assert (who.part, who.actor.post) == (Part.SUMMONED, post)
    numbers = [each.seat.assignment for each in case.ticket.summoned]
    assert numbers[0] == numbers[1] != numbers[2]
    assert case.ticket.owner.assignment not in numbers


@pytest.mark.parametrize(
    "post",
    [
        pytest.param("U:unit_head", id="a volunteer"),
        pytest.param("K:property_manager", id="who owns it"),
        pytest.param("C:community_worker", id="who was summoned already"),
        pytest.param("nobody", id="no post at all"),
    ],
)
def test_who_cannot_be_summoned(post):
    """Refused, and nobody is summoned with him."""
    case = whistled("C:community_worker")
    assert act(case, Action.WHISTLE, text="请", posts=(GRID, post)) is Refusal.NO_SUCH_POST


def test_whom_the_complaint_is_about_is_not_summoned():
    """Nobody comes to look into a complaint about himself."""
    case = opened(about_role="urban_management")
    owner = By(person=f"p-{case.ticket.owner.post.replace(':', '-')}")
    assert act(case, Action.WHISTLE, owner, "请", posts=(URBAN,)) is Refusal.NO_SUCH_POST


def test_who_was_summoned_summons_and_releases_nobody():
    """Who was summoned has a part of his own: notes and arrival."""
    case = whistled(GRID)
    link = by_link(case, GRID)
    assert act(case, Action.RELEASE, link) is Refusal.NOT_YOUR_PART
    assert act(case, Action.WHISTLE, link, "请", posts=(URBAN,)) is Refusal.NOT_OWNER
    assert act(case, Action.RESOLVE, link) is Refusal.NOT_YOUR_PART
    assert isinstance(act(case, Action.NOTE, link, "已看过现场"), Change)


ABOVE = By(person="p-C-community_officer")


def climbed(case: Case) -> Case:
    """The level above owns it now."""
    after = done(case, Action.ESCALATE, text="协调不了")
    assert after.ticket.owner.post == "C:community_officer"
    return after


def test_whoever_summoned_releases_though_another_owns_it_now():
    """谁吹哨谁销哨: the new owner has his own to release, and the post that summoned sees and releases the others."""
    case = done(climbed(whistled(GRID)), Action.WHISTLE, ABOVE, "请城管", posts=(URBAN,))
    assert act(case, Action.RELEASE, ABOVE, posts=(GRID,)) is Refusal.NO_SUCH_POST
    [form] = [
        each
        for each in forms(case, standings(case, OWNER, TOWN, MONDAY_10), TOWN, MONDAY_10)
        if each.action is Action.RELEASE
    ]
    assert (form.refused, [post.post for post in form.posts]) == (None, [GRID])
    assert helping(done(case, Action.RELEASE, ABOVE)) == {GRID}
    released = done(case, Action.RELEASE, OWNER)
    assert helping(released) == {URBAN}
    assert act(done(released, Action.RELEASE, ABOVE), Action.RELEASE, ABOVE) is Refusal.NOTHING_TO_DO


def test_who_did_not_summon_does_not_release():
    """The new owner is told so; who has summoned nobody that is still there has no part left."""
    case = climbed(whistled(GRID))
    assert act(case, Action.RELEASE, ABOVE) is Refusal.NOT_SUMMONER
    case = done(case, Action.TAKE_BACK, ABOVE)
    assert [who.part for who in standings(case, OWNER, TOWN, MONDAY_10)] == [Part.SUMMONER]
    assert standings(done(case, Action.RELEASE, OWNER), OWNER, TOWN, MONDAY_10) == ()


@pytest.mark.parametrize("case", ["summoned before it was written down", "nobody is named for the post any more"])
def test_the_owner_releases_for_a_summoner_that_is_no_more(case):
    """Else who was summoned would stay to the end."""
    before, town = climbed(whistled(GRID)), TOWN
    if case.startswith("summoned"):
        summoned = tuple(each.model_copy(update={"by": None}) for each in before.ticket.summoned)
        before = replace(before, ticket=before.ticket.model_copy(update={"summoned": summoned}))
    else:
        posts = tuple(
            post.model_copy(update={"person": None}) if post.code == "K:property_manager" else post
            for post in TOWN.directory.posts
        )
        town = Town(TOWN.directory.model_copy(update={"posts": posts}))
    found = standings(before, ABOVE, town, MONDAY_10)
    outcome = do(before, Action.RELEASE, found, Details(), None, town, MONDAY_10)
    assert isinstance(outcome, Change)
    assert helping(outcome.case) == set()


def test_the_end_of_the_work_releases_them():
    """Resolved, nobody need come any more, and the confirm window runs."""
    change = act(whistled(GRID, URBAN), Action.RESOLVE, text="修好了")
    assert isinstance(change, Change)
    assert [type(event) for event in change.events][-2:] == [TicketResolved, TicketReleased]
    assert helping(change.case) == set()
    assert change.case.due_at > MONDAY_10


def test_who_could_not_be_reached_is_told_to_the_owner():
    """A summoned post without a channel: the owner hears of it; one that was released says nothing."""
    case = whistled(GRID)
    number = case.ticket.summoned[0].seat.assignment
    news = PostUnreachable(at=MONDAY_10, ticket_id=case.ticket.id, post=GRID, assignment=number)
    [event] = unreachable(case, news, TOWN, MONDAY_10).events
    assert isinstance(event, TicketReminded)
    assert event.reason is Reason.UNREACHABLE
    assert unreachable(done(case, Action.RELEASE), news, TOWN, MONDAY_10).events == ()


def test_where_nobody_can_be_summoned_the_form_says_so():
    """Rather than to offer a whistle with nobody to choose."""
    case = opened()
    everybody = act(
        case, Action.WHISTLE, text="请到场", posts=[post.code for post in summonable(case, TOWN, MONDAY_10)]
    )
    assert isinstance(everybody, Change)
    found = standings(everybody.case, OWNER, TOWN, MONDAY_10)
    [form] = [each for each in forms(everybody.case, found, TOWN, MONDAY_10) if each.action is Action.WHISTLE]
    assert (form.refused, form.posts) == (Refusal.NO_SUCH_POST, ())
