"""Nothing is lost when a service dies at the worst moment."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.local.system import DEMO_DIRECTORY
from tests.chaos.residents import Residents, Taken
from tests.chaos.story import Story
from tests.chaos.unruly import IN_FLIGHT, order_crash, unruly_system
from tests.system import System, eventually


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, own_vhost: str) -> Iterator[Story]:
    with unruly_system(tmp_path_factory.mktemp("crashes") / "home", own_vhost, None) as system:
        yield Story(system)


def crash_under_load(story: Story, service: str, seam: str, calls: int) -> None:
    crash = order_crash(story.system.local.home, service, seam, calls)
    with Residents(story.system.doors, a_second=20, most=400) as residents:
        eventually(lambda: not crash.exists())
        residents.wait_for(10)
    story.taken += residents.taken


CRASHES = [
    ("routing", "committed, not published", 2),
    ("routing", "published, row not deleted", 2),
    ("routing", "handled, not acknowledged", 2),
    ("records", "handled, not acknowledged", 3),
    ("intake", "between the two publishes", 3),
    ("intake", "confirmed, not answered", 3),
]


@pytest.mark.parametrize(("service", "seam", "calls"), CRASHES, ids=str)
def test_nothing_is_lost_or_doubled(story: Story, service: str, seam: str, calls: int) -> None:
    """What the dead process had in hand is done by its next life, and nobody is told twice."""
    crash_under_load(story, service, seam, calls)

    assert story.new_doubles() == 0


@pytest.mark.parametrize(
    "seam", ["committed, not published", "published, row not deleted", "handled, not acknowledged"]
)
def test_notify_dies(story: Story, seam: str) -> None:
    """Everybody is told; twice at most what was being sent at that moment, under the same id."""
    crash_under_load(story, "notify", seam, 2)

    assert story.new_doubles() <= IN_FLIGHT


def test_the_named_window(story: Story) -> None:
    """A message that was sent, and whose fate was not written, is sent once more under the same id."""
    crash_under_load(story, "notify", "sent, fate not written", 2)

    assert 0 < story.new_doubles() <= IN_FLIGHT


def test_a_lost_answer(story: Story) -> None:
    """An action whose answer was lost gets the same answer when it is repeated, and is done once."""
    filed = story.system.file()
    link, action_id = story.system.link(filed, "liyuan-1-property"), str(uuid4())
    crash = order_crash(story.system.local.home, "routing", "committed, not published", 1)
    answers: list[int] = []

    def accepted() -> bool:
        answers.append(story.system.act(link, "accept", action_id=action_id).status_code)
        assert answers[-1] in (200, 503)
        return answers[-1] == 200

    eventually(accepted)
    assert not crash.exists()
    assert story.system.act(link, "accept", action_id=action_id).status_code == 200
    ticket = story.system.wait_for(filed, lambda seen: seen["status"] == "accepted")
    assert [entry["type"] for entry in ticket["timeline"]].count("accepted") == 1
    story.taken.append(Taken(action_id, UUID(filed.body["id"]), filed.code, {}, {}))
    assert story.new_doubles() == 0


@pytest.mark.parametrize("seam", ["committed, not published", "published, row not deleted"])
def test_a_directory_is_announced(story: Story, tmp_path: Path, seam: str) -> None:
    """A version of the directory that records committed reaches the others, though records died of it."""
    shutil.copytree(DEMO_DIRECTORY, tmp_path, dirs_exist_ok=True)
    places = tmp_path / "places.csv"
    places.write_text(places.read_text().replace("unit,1单元,LY1-01-1,", f"unit,{seam.partition(',')[0]},LY1-01-1,"))
    before = [_directory_version(story.system, service) for service in ("routing", "notify")]
    crash = order_crash(story.system.local.home, "records", seam, 1)

    eventually(lambda: story.system.loumen("directory", "load", str(tmp_path)).returncode == 0)

    assert not crash.exists()
    for service, version in zip(("routing", "notify"), before, strict=True):
        eventually(lambda service=service, version=version: _directory_version(story.system, service) == version + 1)
    assert story.new_doubles() == 0


def _directory_version(system: System, service: str) -> int:
    """What the service would go by if it started now."""
    with sqlite3.connect(system.local.home / f"{service}.db", timeout=30) as connection:
        return int(connection.execute("select version from directory").fetchone()[0])
