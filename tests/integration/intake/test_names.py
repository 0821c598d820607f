"""What codes are called, over HTTP: to each what they see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.guard import COOKIE
from shared.contracts.accounts import EVERY_SCOPE, Identity
from shared.contracts.vocabulary import Scope
from tests.integration.intake.harness import Served, with_directory
from tests.integration.intake.standin import StandIn

SIGNED_IN = {"Cookie": f"{COOKIE}=session", "Accept-Language": "zh-CN"}
NO_ADMIN = tuple(scope for scope in EVERY_SCOPE if scope is not Scope.ADMIN)


def ask(intake: Served, standin: StandIn, person: str | None, *, admin: bool = False, **headers: str) -> Any:
    end = datetime.now(UTC) + timedelta(hours=1)
    scopes = EVERY_SCOPE if admin else NO_ADMIN
    who = Identity(login="o", person=person, admin=admin, scopes=scopes, session=True, ends_at=end)
    standin.answers["records.identity"] = lambda **_: who.model_dump(mode="json")
    return intake.client.get("/api/v1/directory", headers=SIGNED_IN | headers)


def codes(told: list[dict[str, str]]) -> set[str]:
    return {each["code"] for each in told}


@pytest.fixture(autouse=True)
def _directory(standin: StandIn) -> None:
    with_directory(standin)


def test_one_reads_the_names_of_what_one_sees(intake: Served, standin: StandIn) -> None:
    """The places at and below one's own, the posts that have tickets there, in one's language; of people nothing."""
    told = ask(intake, standin, "p-U-unit_head").json()
    assert [(each["code"], each["parent"]) for each in told["places"]] == [("U", "B")]
    posts = codes(told["posts"])
    assert {"U:unit_head", "K:property_manager", "S:urban_management"} <= posts
    assert "V:unit_head" not in posts
    assert told["people"] is None
    assert [each["name"] for each in told["posts"] if each["code"] == "K:property_manager"] == ["丽园小区物业"]
    officer = ask(intake, standin, "p-C-community_officer").json()
    assert codes(officer["places"]) > {"U", "V", "K", "C"}
    assert "S" not in codes(officer["places"])


def test_who_is_outside_the_chain_reads_his_own_post(intake: Served, standin: StandIn) -> None:
    """City management sees no place of the subdistrict; whoever holds nothing reads levels and roles alone."""
    told = ask(intake, standin, "p-S-urban_management").json()
    assert (told["places"], codes(told["posts"])) == ([], {"S:urban_management"})
    nothing = ask(intake, standin, None).json()
    assert (nothing["places"], nothing["posts"]) == ([], [])
    assert "subdistrict" in codes(nothing["levels"])
    assert "unit_head" in codes(nothing["roles"])


def test_who_administers_reads_all_and_the_people(intake: Served, standin: StandIn) -> None:
    """For the form that makes accounts: codes and names, and no way to reach them."""
    told = ask(intake, standin, None, admin=True).json()
    assert {"U", "V", "S"} <= codes(told["places"])
    assert "p-U-unit_head" in codes(told["people"])
    assert {frozenset(each) for each in told["people"]} == {frozenset({"code", "name"})}


def test_it_is_asked_again_only_when_it_has_changed(intake: Served, standin: StandIn) -> None:
    """The same tag for the same answer: not in another language, nor for other posts, nor of a newer directory."""
    first = ask(intake, standin, "p-U-unit_head")
    tag = first.headers["ETag"]
    again = ask(intake, standin, "p-U-unit_head", **{"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    others = [
        ask(intake, standin, "p-V-unit_head", **{"If-None-Match": tag}),
        ask(intake, standin, "p-U-unit_head", **{"If-None-Match": tag, "Accept-Language": "en"}),
    ]
    assert [(each.status_code, each.headers["ETag"] == tag) for each in others] == [(200, False)] * 2
    assert first.json()["version"] == 1
