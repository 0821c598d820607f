"""Five rungs by data alone: building, compound, community, subdistrict, district."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from services.notify.domain.plan import plan
from services.notify.groups import read_channels
from services.records.directory import REQUIRED_FILES, decode, read
from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.contracts.events import TicketEscalated
from shared.contracts.vocabulary import Action, Channel, EventType, Reason
from shared.directory import Town
from tests.acting import act, write
from tests.builders import MONDAY_10, a_submission

FOLDER = Path(__file__).parents[2] / "deploy" / "demo-five"
RUNGS = ("building", "compound", "community", "subdistrict", "district")
DOOR, DOOR_WITHOUT_A_HEAD = "FHE-03", "FHS-10"
ROLES = ("building_head", "grid_worker", "community_officer", "subdistrict_officer", "district_officer")
"""Who owns a leak from above, from the bottom up."""


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(read(decode({name: (FOLDER / name).read_bytes() for name in REQUIRED_FILES}), 1))


def opened(town: Town, **differences: object) -> Change:
    submission = a_submission(**{"door_code": DOOR, "category": "leak", **differences})
    return open_case(submission, town, MONDAY_10, write)


def rung(case: Case, town: Town) -> Change:
    """The clock rings at the moment when it is due."""
    assert case.due_at is not None
    return tick(case, town, case.due_at)


def steps(change: Change) -> list[tuple[str, str, Reason]]:
    climbs = (event for event in change.events if isinstance(event, TicketEscalated))
    return [(step.from_level, step.level, step.reason) for climb in climbs for step in climb.steps]


def test_it_has_what_it_promises(town):
    """33 doors in three compounds, a head and a deputy at all but two of them, five rungs of equal shares."""
    doors = [place for place in town.directory.places if place.door_code]
    assert len(doors) == 33
    assert {place.level for place in doors} == {"building"}
    heads = [post for post in town.directory.posts if post.role == "building_head"]
    assert sum(bool(post.person and post.deputy) for post in heads) == 31
    assert {town.role(post.role).volunteer for post in heads} == {True}
    assert [rung.level for rung in town.directory.policy.ladder] == list(RUNGS)
    assert len({rung.share for rung in town.directory.policy.ladder}) == 1


def test_names_read_as_people_say_them(town):
    """A building is named after its compound; compound, community, subdistrict and district by themselves."""
    ref = town.place_ref("fenghua-e-03")
    assert ref.name == "风华东苑3栋"
    assert [town.full_name(item.code) for item in ref.path] == ["示例区", "示例街道", "风华社区", "风华东苑", ref.name]
    assert [town.post_name(town.nearest_post(role, ref.code)) for role in ROLES] == [
        "风华东苑3栋楼栋长",
        "风华东苑网格员",
        "风华社区",
        "示例街道",
        "示例区",
    ]


def test_left_alone_a_ticket_climbs_all_five_and_is_reminded_at_the_district(town):
    """Nobody accepts: each rung in turn owns and loses it for that reason; the district is marked and reminded."""
    change = opened(town)
    owners, climbed = [change.case.ticket.owner.role], steps(change)
    while change.case.ticket.level != "district":
        change = rung(change.case, town)
        owners.append(change.case.ticket.owner.role)
        climbed += steps(change)
    marked = rung(change.case, town)
    reminded = rung(marked.case, town)

    assert tuple(owners) == ROLES
    assert climbed == [(below, above, Reason.ACCEPT_OVERDUE) for below, above in pairwise(RUNGS)]
    assert [event.name for event in (*marked.events, *reminded.events)] == [EventType.OVERDUE, EventType.REMINDED]
    assert (reminded.case.ticket.level, reminded.case.ticket.overdue) == ("district", True)
    assert reminded.case.due_at > marked.case.due_at


def test_shares_are_points_in_time(town):
    """Accepted and never settled, an urgent leak leaves each rung at 1/5, 2/5, … of its 24 hours."""
    case, left_after = opened(town, urgency="urgent").case, []
    while case.ticket.level != "district":
        case = act(case, Action.ACCEPT, case.ticket.owner, town, MONDAY_10).case
        left_after.append(case.due_at - MONDAY_10)
        case = rung(case, town).case

    assert left_after == [timedelta(hours=24) * fifths / 5 for fifths in range(1, 5)]
    assert case.ticket.resolve_by == MONDAY_10 + timedelta(hours=24)


@pytest.mark.parametrize(
    ("about", "level", "owner"),
    [
        ("building_head", "compound", "grid_worker"),
        ("grid_worker", "community", "community_officer"),
        ("property_manager", "community", "community_officer"),
        ("community_officer", "subdistrict", "subdistrict_officer"),
        ("subdistrict_officer", "district", "district_officer"),
    ],
)
def test_a_complaint_starts_above_the_post_complained_of(town, about, level, owner):
    """Whoever it is about, the rung above owns it, with the reason on record, and the post is not told."""
    change = opened(town, about_role=about)

    ticket = change.case.ticket
    assert (ticket.level, ticket.owner.role) == (level, owner)
    assert {reason for _, _, reason in steps(change)} == {Reason.ABOUT_OWN_POST}
    assert not any(about in code for code in (*ticket.also_told, *ticket.in_digest))


def test_a_building_without_a_head(town):
    """Nobody at the building: the compound's grid worker owns at once, and the record says why."""
    change = opened(town, door_code=DOOR_WITHOUT_A_HEAD)

    assert steps(change) == [("building", "compound", Reason.POST_VACANT)]
    assert change.case.ticket.owner.post == "fenghua-s:grid_worker"


def test_repairs_start_with_the_property_manager(town):
    """A broken lamp is the compound's from the start, with two shares of the time; the head reads of it."""
    ticket = opened(town, category="lighting").case.ticket

    assert (ticket.level, ticket.owner.role, ticket.escalations) == ("compound", "property_manager", 0)
    assert ticket.in_digest == ("fenghua-e-03:building_head",)


def test_given_down_from_the_district(town):
    """The top may give the work to organisations and to every rung below, but to nobody who owns at its own."""
    case = opened(town, category="lighting").case
    while case.ticket.level != "district":
        case = act(case, Action.ESCALATE, case.ticket.owner, town, MONDAY_10, "说明").case

    case = act(case, Action.ASSIGN, case.ticket.owner, town, MONDAY_10, to="traffic_police").case
    assert (case.ticket.owner.role, case.ticket.handler.post) == ("district_officer", "example:traffic_police")
    case = act(case, Action.ASSIGN, case.ticket.owner, town, MONDAY_10, to="property_manager").case
    assert (case.ticket.owner.role, case.ticket.handler.post) == ("district_officer", "fenghua-e:property_manager")


def test_its_groups_hear_what_happens_there(town):
    """Each compound's group has a bot; what the building head is asked reaches mail and group."""
    channels = read_channels(FOLDER / "channels.yaml", {})
    compounds = {place.code for place in town.directory.places if place.level == "compound"}
    assert {bot.place for bot in channels.bots} == compounds

    assigned = opened(town).events[-1]
    told = plan(assigned, town, channels.groups, MONDAY_10, MONDAY_10.time())
    assert {(each.channel, each.target) for each in told if each.recipient.role == "building_head"} == {
        (Channel.EMAIL, None),
        (Channel.WECOM, "fenghua-e"),
    }
