"""The demo directory: what it promises, and what a second load of it says."""

from pathlib import Path

import pytest

from services.records.directory import OPTIONAL_FILES, REQUIRED_FILES, changes, decode, read
from shared.contracts.directory import Directory
from shared.directory import Town

FOLDER = Path(__file__).parents[2] / "deploy" / "demo"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    known = (FOLDER / name for name in (*REQUIRED_FILES, *OPTIONAL_FILES))
    return decode({path.name: path.read_bytes() for path in known if path.exists()})


@pytest.fixture(scope="module")
def demo(files) -> Town:
    return Town(read(files, 1))


def test_the_demo_has_what_it_promises(demo):
    """Five neighbourhoods with some 300 doors, and one compound that has no property manager."""
    communities = [place.name for place in demo.directory.places if place.level == "community"]
    assert communities == ["丽园社区", "学院社区", "彩虹新城社区", "枣园尚城社区", "滨河西里南区社区"]
    doors = [place for place in demo.directory.places if place.door_code]
    assert len(doors) == 300
    unmanaged = {
        demo.chain(door.code)[2].code for door in doors if not demo.nearest_post("property_manager", door.code)
    }
    assert unmanaged == {"xueyuan-2"}


def test_every_door_of_the_demo_reaches_a_held_post_above_the_unit(demo):
    """Whatever the matter, community and subdistrict have somebody for it; at the unit a few posts are vacant."""
    rules = demo.directory.policy.rules.values()
    for door in (place for place in demo.directory.places if place.door_code):
        for roles in (rule.owners[level] for rule in rules for level in ("community", "subdistrict")):
            assert any((post := demo.nearest_post(role, door.code)) and demo.staffed(post) for role in roles)
        assert demo.nearest_post("unit_head", door.code)
    vacant = [post for post in demo.directory.posts if not demo.staffed(post)]
    assert {post.role for post in vacant} == {"unit_head"}
    assert len(vacant) == 8


def test_the_demo_survives_the_wire(demo):
    """A directory is the same after it has travelled as JSON."""
    assert Directory.model_validate_json(demo.directory.model_dump_json()) == demo.directory


def test_a_second_load_says_what_changed(demo, files):
    """Added, changed and removed records are named with the fields that changed, in Chinese and English."""
    edited = files | {
        "places.csv": files["places.csv"].replace(",LY1-01-2,", ",LY1-01-9,") + "liyuan-2,liyuan,compound,丽园东区,,\n",
        "posts.csv": files["posts.csv"].replace("community_worker,binhe,binhe-worker-1,binhe-worker-2,officer,\n", ""),
        "policies.yaml": files["policies.yaml"].replace("visibility: full", "visibility: text"),
    }
    assert [str(change) for change in changes(demo.directory, read(edited, 2))] == [
        "修改地点 / place changed: liyuan-1-01-2 (door_code)",
        "新增地点 / place added: liyuan-2",
        "删除岗位 / post removed: binhe:community_worker",
        "修改事项规则 / rule changed: facilities (visibility)",
    ]


def test_the_same_folder_again_changes_nothing(demo, files):
    """A second load of the same files changes nothing; the first one adds everything."""
    assert changes(demo.directory, read(files, 2)) == []
    assert {change.what for change in changes(None, demo.directory)} == {"added"}
