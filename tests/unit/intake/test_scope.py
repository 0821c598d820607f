"""Of which tickets those who work here see all."""

import pytest

from services.intake.scope import holdings, sees
from shared.contracts.ticket import Seat, Summons
from shared.contracts.vocabulary import Visibility
from shared.directory import Town
from tests.builders import MONDAY_10, a_town
from tests.records_of import a_ticket

TOWN = a_town()


def see(person: str, **differences: object) -> bool:
    return sees(TOWN.posts_of(person, MONDAY_10), a_ticket(**differences), TOWN)


@pytest.mark.parametrize(
    ("person", "place", "seen"),
    [
        ("p-U-unit_head", "U", True),
        ("p-U-unit_head", "V", False),
        ("p-K-property_manager", "U", True),
        ("p-C-community_officer", "V", True),
        ("p-S-subdistrict_officer", "U", True),
        ("nobody", "U", False),
    ],
)
def test_a_post_sees_its_place_and_what_is_below(person: str, place: str, seen: bool) -> None:
    """A unit head the unit and no other, a property manager the compound, an officer all of the community."""
    given = {"place": TOWN.place_ref(place), "about_role": None, "owner": None, "handler": None}
    assert see(person, **given) is seen


def test_nobody_sees_a_complaint_about_himself() -> None:
    """Nor about another of his role; others at the place do."""
    given = {"about_role": "grid_worker", "owner": None, "handler": None}
    assert not see("p-C-grid_worker", **given)
    assert see("p-C-community_officer", **given)


@pytest.mark.parametrize("guarded", [{"about_role": "unit_head"}, {"category": "elderly", "about_role": None}], ids=str)
def test_complaints_and_what_is_hidden_are_seen_from_their_rung_up(guarded: dict[str, object]) -> None:
    """Not by those below or beside whom it is about, though it happens at their place; whoever has it sees it."""
    directory = TOWN.directory
    care = directory.policy.rules["order"].model_copy(update={"matter": "care", "visibility": Visibility.HIDDEN})
    elderly = directory.categories[0].model_copy(update={"code": "elderly", "matter": "care"})
    policy = directory.policy.model_copy(update={"rules": {**directory.policy.rules, "care": care}})
    town = Town(directory.model_copy(update={"policy": policy, "categories": (*directory.categories, elderly)}))
    people = ("K-property_manager", "C-grid_worker", "C-community_officer", "S-subdistrict_officer")
    for level, seen in (("unit", 4), ("community", 2), ("subdistrict", 1)):
        ticket = a_ticket(level=level, owner=None, handler=None, summoned=(), **guarded)
        found = [sees(town.posts_of(f"p-{each}", MONDAY_10), ticket, town) for each in people]
        assert found == [False] * (4 - seen) + [True] * seen
    assert sees(town.posts_of("p-K-property_manager", MONDAY_10), a_ticket(level="subdistrict", **guarded), town)


def test_whoever_has_a_ticket_sees_it() -> None:
    """Wherever his post is, and where there was nobody else to judge him."""
    assert see("p-K-property_manager", place=TOWN.place_ref("V"), about_role=None)
    assert see("p-K-property_manager", about_role="property_manager")


def test_an_organisation_sees_what_it_was_called_to() -> None:
    """City management sees a ticket while it is summoned to it, and no other of the whole subdistrict."""
    post = TOWN.post("S:urban_management")
    assert post is not None
    seat = Seat(post=post.code, role=post.role, name="城管", assignment=5, since=MONDAY_10)
    called, sent_away = Summons(seat=seat), Summons(seat=seat, released_at=MONDAY_10)
    assert [see("p-S-urban_management", summoned=each) for each in ((called,), (sent_away,), ())] == [
        True,
        False,
        False,
    ]


def test_whoever_has_summoned_somebody_sees_it_until_they_are_released() -> None:
    """A complaint may have climbed past the summoner, who alone releases."""
    seat = Seat(post="S:urban_management", role="urban_management", name="城管", assignment=5, since=MONDAY_10)
    complaint = {"level": "subdistrict", "about_role": "unit_head", "owner": None, "handler": None}
    called = Summons(seat=seat, by="K:property_manager")
    gone = called.model_copy(update={"released_at": MONDAY_10})
    found = [see("p-K-property_manager", **complaint, summoned=each) for each in ((called,), (gone,), ())]
    assert found == [True, False, False]


def test_records_is_told_at_which_levels_a_post_owns() -> None:
    """Those whose rules name its role, wherever its place is; a post that owns nothing has none."""
    posts = [post for code in ("K:property_manager", "S:urban_management") if (post := TOWN.post(code))]
    assert [(each.place, each.levels) for each in holdings(TOWN, posts)] == [("K", ("unit",)), (None, ())]


def test_a_role_that_owns_by_a_preset_alone_owns_there() -> None:
    """A category may go by another policy than the directory's own: its owners have a level as well."""
    directory = TOWN.directory
    matter, rule = next(iter(directory.policy.rules.items()))
    theirs = rule.model_copy(update={"owners": {**rule.owners, "subdistrict": ("urban_management",)}})
    preset = directory.policy.model_copy(update={"name": "city", "rules": {matter: theirs}})
    town = Town(directory.model_copy(update={"presets": (preset,)}))
    post = town.post("S:urban_management")
    assert post is not None
    assert [each.levels for each in holdings(town, [post])] == [("subdistrict",)]
