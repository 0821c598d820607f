"""Figures over HTTP: what records is asked on whose behalf, and the names that groups get."""

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.guard import COOKIE
from shared.contracts.accounts import EVERY_SCOPE, Identity
from shared.contracts.stats import Figures, Group, Share, Stats
from tests.integration.intake.harness import Served, with_directory
from tests.integration.intake.standin import StandIn

OFFICER = {
    "post": "C:community_officer",
    "role": "community_officer",
    "place": "C",
    "levels": ["community"],
    "trusted": ["unit", "building", "compound", "community"],
    "hidden": [],
}
SIGNED_IN = {"Cookie": f"{COOKIE}=session"}
NOTHING = {"place": None, "categories": [], "post": None, "since": None, "until": None}
A_SHARE = Share(n=9, value=0.5)


def figures(n: int) -> Figures:
    return Figures(n=n, response=A_SHARE, solution=A_SHARE, satisfaction=Share(n=3, value=None), reopened=A_SHARE)


@pytest.fixture(autouse=True)
def _signed_in(standin: StandIn) -> None:
    with_directory(standin)
    end = datetime.now(UTC) + timedelta(hours=1)
    who = Identity(
        login="o", person="p-C-community_officer", admin=False, scopes=EVERY_SCOPE, session=True, ends_at=end
    )
    standin.answers["records.identity"] = lambda **_: who.model_dump(mode="json")


def records_tells(standin: StandIn, *keys: str) -> None:
    told = Stats(smallest=5, total=figures(40), groups=tuple(Group(key=key, figures=figures(7)) for key in keys))
    standin.answers["records.stats"] = lambda **_: told.model_dump(mode="json")


@pytest.mark.parametrize(
    ("by", "named"),
    [
        ("place", {"U": "1单元", "": "", "gone": "gone"}),
        ("category", {"leak": "leak"}),
        ("post", {"K:property_manager": "丽园小区物业"}),
        ("week", {"2026-03-02": "2026-03-02"}),
    ],
)
def test_groups_have_the_names_of_the_directory(
    intake: Served, standin: StandIn, by: str, named: dict[str, str]
) -> None:
    """What the directory has no more goes by its code; shares come with their n, those of few without a value."""
    records_tells(standin, *named)
    told = intake.client.get("/api/v1/stats", params={"by": by}, headers=SIGNED_IN).json()
    assert {group["key"]: group["name"] for group in told["groups"]} == named
    assert (told["smallest"], told["total"]["n"]) == (5, 40)
    assert told["total"]["response"] == {"n": 9, "value": 0.5}
    assert told["total"]["satisfaction"] == {"n": 3, "value": None}
    [asked] = [kwargs["asked"] for name, kwargs in standin.calls if name == "records.stats"]
    assert asked == {**NOTHING, "posts": [OFFICER], "by": by}


def test_what_is_asked_for_is_passed_on(intake: Served, standin: StandIn) -> None:
    """Every filter as it was given; what cannot be one is refused."""
    records_tells(standin)
    given = {
        "place": "K",
        "category": "leak",
        "post": "K:property_manager",
        "since": "2026-03-02",
        "until": "2026-04-01",
    }
    assert intake.client.get("/api/v1/stats", params=given, headers=SIGNED_IN).status_code == 200
    for wrong in ({"by": "person"}, {"since": "last week"}, {"phone": "1"}):
        answer = intake.client.get("/api/v1/stats", params=wrong, headers=SIGNED_IN)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, list(wrong))
        assert not answer.json()["errors"][0]["detail"].isascii()
    [asked] = [kwargs["asked"] for name, kwargs in standin.calls if name == "records.stats"]
    category = given.pop("category")
    assert asked == {**given, "categories": [category], "posts": [OFFICER], "by": None}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"place": "nope"}, "place"),
        ({"category": "nope"}, "category"),
        ({"post": "nope"}, "post"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "until"),
    ],
    ids=str,
)
def test_a_slip_is_told_as_one(intake: Served, standin: StandIn, wrong: dict[str, str], field: str) -> None:
    """Figures of nothing would say that nothing happened there."""
    answer = intake.client.get("/api/v1/stats", params=wrong, headers=SIGNED_IN)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, [field])
    assert not answer.json()["errors"][0]["detail"].isascii()
    assert "records.stats" not in {name for name, _ in standin.calls}
