"""The look-ups over a directory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.directory import Directory, Level, Place, Post
from shared.contracts.envelope import Unacceptable
from shared.directory import Town
from shared.snapshot import Snapshot
from tests.builders import MONDAY_10, a_directory


def with_places(*places: tuple[str, str | None, str, str], posts: tuple[Post, ...] = ()) -> Directory:
    """A directory of these places: code, parent, level, name."""
    made = tuple(Place(code=code, parent=parent, level=level, name=name) for code, parent, level, name in places)
    return a_directory().model_copy(update={"places": made, "posts": posts})


def a_post(role: str, place: str, person: str | None = "somebody", deputy: str | None = None) -> Post:
    return Post(code=f"{place}:{role}", role=role, place=place, person=person, deputy=deputy, calendar="always")


@pytest.fixture
def town() -> Town:
    return Town(a_directory())


TREE = (
    ("S", None, "subdistrict", "清源街道"),
    ("C", "S", "community", "丽园社区"),
    ("K", "C", "compound", "丽园小区"),
    ("B", "K", "building", "1号楼"),
    ("U", "B", "unit", "2单元"),
    ("A", "C", "building", "3号楼"),
    ("W", "A", "unit", "1单元"),
    ("F", "K", "building", "丽园小区9号楼"),
)
NAMES = {
    "S": "清源街道",
    "C": "丽园社区",
    "K": "丽园小区",
    "B": "丽园小区1号楼",
    "U": "丽园小区1号楼2单元",
    "A": "丽园社区3号楼",
    "W": "丽园社区3号楼1单元",
    "F": "丽园小区9号楼",
}


@pytest.mark.parametrize(("code", "name"), NAMES.items())
def test_a_full_name_reads_as_people_say_it(code, name):
    """Units and buildings are named after the place above, whichever that is; compounds and above by themselves."""
    assert Town(with_places(*TREE)).full_name(code) == name


def test_without_names_of_their_own_all_are_joined():
    """Where no level has names of its own they are given from the top."""
    directory = with_places(("Y", None, "yard", "Yard "), ("H", "Y", "house", "House"))
    levels = (Level(code="house", name="楼", name_en="house"), Level(code="yard", name="院", name_en="yard"))
    assert Town(directory.model_copy(update={"levels": levels})).full_name("H") == "Yard House"


def test_a_place_ref_has_its_path_from_the_top_down():
    """A ticket carries the place's full name and the way from the subdistrict down."""
    ref = Town(with_places(*TREE)).place_ref("U")
    assert (ref.code, ref.name) == ("U", "丽园小区1号楼2单元")
    assert [(item.level, item.code) for item in ref.path] == [
        ("subdistrict", "S"),
        ("community", "C"),
        ("compound", "K"),
        ("building", "B"),
        ("unit", "U"),
    ]


@pytest.mark.parametrize(
    ("role", "place", "name"),
    [
        ("unit_head", "U", "丽园小区1号楼2单元楼门长"),
        ("property_manager", "K", "丽园小区物业"),
        ("community_officer", "C", "丽园社区"),
        ("subdistrict_officer", "S", "清源街道"),
    ],
)
def test_a_post_is_named_by_place_and_role(role, place, name):
    """The place's full name and the role's; what both would say is said once."""
    assert Town(with_places(*TREE)).post_name(a_post(role, place)) == name


def test_the_nearest_post_of_a_role_wins_even_when_vacant():
    """A post nearer to the door hides those above it: whether it is held is another question."""
    posts = (a_post("grid_worker", "C"), a_post("grid_worker", "B", person=None), a_post("unit_head", "W"))
    town = Town(with_places(*TREE, posts=posts))
    assert town.nearest_post("grid_worker", "U") == posts[1]
    assert town.nearest_post("grid_worker", "W") == posts[0]
    assert town.nearest_post("unit_head", "W") == posts[2]
    assert town.nearest_post("unit_head", "U") is None


def test_a_post_is_held_by_its_person_or_the_deputy(town):
    """Vacant is a post with neither."""
    assert town.held(a_post("unit_head", "U"), MONDAY_10)
    assert town.held(a_post("unit_head", "U", person=None, deputy="somebody"), MONDAY_10)
    assert not town.held(a_post("unit_head", "U", person=None), MONDAY_10)


@pytest.mark.parametrize("written", ["D-U", " d-u ", "Ｄ－Ｕ", "d–u"])
def test_a_door_code_is_known_however_it_is_written(town, written):
    """Case, width, dashes and space around it make no difference."""
    assert town.door(written).code == "U"


def test_what_is_not_there_is_none_or_empty(town):
    """A ticket may name what a newer version has dropped: that breaks no look-up."""
    assert town.place("gone") is town.door("gone") is town.post("gone") is town.role("gone") is None
    assert town.person("gone") is town.category("gone") is town.nearest_post("unit_head", "gone") is None
    assert town.chain("gone") == ()


def test_a_category_that_nobody_knows_goes_by_the_rule_of_other(town):
    """Intake may be a version behind or ahead: an unknown category is an issue that nobody sorted."""
    assert town.rule_for("lighting").matter == "facilities"
    assert town.rule_for("gone") == town.rule_for("other")


def test_work_time_is_that_of_the_calendar_and_the_same_each_time(town):
    """Working time knows the directory's holidays and is made once."""
    assert town.work_time("office").calendar.code == "office"
    assert town.work_time("office").holidays == town.directory.holidays
    assert town.work_time("office") is town.work_time("office")


def test_a_snapshot_takes_newer_versions_only():
    """Events may come late or twice: what is in force never goes back."""
    snapshot = Snapshot()
    assert snapshot.current is None
    assert snapshot.take(a_directory(version=2))
    before = snapshot.current
    assert not snapshot.take(a_directory(version=2))
    assert not snapshot.take(a_directory(version=1))
    assert snapshot.current is before
    assert snapshot.take(a_directory(version=3))
    assert snapshot.current.version == 3


trees = st.lists(st.integers(0, 10_000), max_size=40).map(
    lambda picks: [("p0", None)] + [(f"p{at}", f"p{pick % at}") for at, pick in enumerate(picks, 1)]
)


@given(trees, st.randoms())
def test_a_chain_goes_from_parent_to_parent_on_any_tree(tree, random):
    """It begins with the place and ends at the top, whatever the order of the rows."""
    parents = dict(tree)
    random.shuffle(tree)
    town = Town(with_places(*((code, parent, "unit", code) for code, parent in tree)))
    for code in parents:
        chain = [place.code for place in town.chain(code)]
        assert chain[0] == code
        assert [parents[each] for each in chain] == [*chain[1:], None]


@given(trees, st.sets(st.integers(0, 40)))
def test_the_nearest_post_is_the_first_on_the_chain(tree, places):
    """No post of the role lies between a place and its nearest post."""
    posts = tuple(a_post("grid_worker", f"p{at}") for at in places if at < len(tree))
    town = Town(with_places(*((code, parent, "unit", code) for code, parent in tree), posts=posts))
    for code, _ in tree:
        wanted = next((place.code for place in town.chain(code) if town.post(f"{place.code}:grid_worker")), None)
        found = town.nearest_post("grid_worker", code)
        assert (found.place if found else None) == wanted


INCOHERENT = {
    "no place 'NOWHERE'": {"places": (("S", "NOWHERE", "subdistrict", "清源街道"),)},
    "is above itself": {"places": (("S", "C", "subdistrict", "清源街道"), ("C", "S", "community", "丽园社区"))},
    "no level 'yard'": {"places": (("S", None, "yard", "清源街道"),)},
    "no role 'jester'": {"posts": (a_post("jester", "C"),)},
    "no person 'somebody'": {"posts": (a_post("grid_worker", "C"),)},
    "no calendar 'always'": {"calendars": ()},
    "no rule 'conduct'": {"rules": {}},
    "no category 'other'": {"categories": ()},
    "no shift on any day": {"weekdays": {}},
}


@pytest.mark.parametrize(("says", "difference"), INCOHERENT.items())
def test_a_directory_that_does_not_hold_together_is_refused(says, difference):
    """With what is wrong with it, before anybody goes by it; what was in force stays."""
    snapshot = Snapshot()
    snapshot.take(a_directory())

    with pytest.raises(Unacceptable, match=says):
        snapshot.take(changed(**difference))
    assert snapshot.current and snapshot.current.version == 1


def changed(places=None, posts=None, rules=None, weekdays=None, **fields):
    """The small town's second version, with something wrong."""
    directory = a_directory(version=2)
    fields |= {"posts": posts} if posts else {}
    if places:
        fields |= {"places": with_places(*places).places, "posts": ()}
    if rules is not None:
        fields["policy"] = directory.policy.model_copy(update={"rules": rules})
    if weekdays is not None:
        fields["calendars"] = (*directory.calendars, directory.calendars[0].model_copy(update={"weekdays": weekdays}))
    return directory.model_copy(update=fields)


def test_a_group_means_all_that_is_in_it() -> None:
    """Also what is in a group within it; a category is itself."""
    directory = a_directory()
    groups = {"lighting": "facilities", "lift": "facilities", "facilities": "everything"}
    made = (
        directory.categories[0].model_copy(update={"code": code, "matter": None})
        for code in ("facilities", "everything")
    )
    categories = (each.model_copy(update={"parent": groups.get(each.code)}) for each in (*directory.categories, *made))
    town = Town(directory.model_copy(update={"categories": tuple(categories)}))
    assert set(town.categories_under("everything")) == {"everything", "facilities", "lighting", "lift"}
    assert town.categories_under("leak") == ("leak",)
