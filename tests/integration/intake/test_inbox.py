"""The inbox over HTTP: what records is asked on whose behalf, and what the asker gets."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake.guard import COOKIE, digest
from shared.contracts.accounts import EVERY_SCOPE, Identity
from shared.contracts.queries import Badges, InboxPage
from shared.cursor import write_cursor
from tests.builders import MONDAY_10
from tests.integration.intake.harness import Served, with_directory
from tests.integration.intake.standin import StandIn
from tests.records_of import a_ticket

OFFICER = {
    "post": "C:community_officer",
    "role": "community_officer",
    "place": "C",
    "levels": ["community"],
    "trusted": ["unit", "building", "compound", "community"],
    "hidden": [],
}
SIGNED_IN = {"Cookie": f"{COOKIE}=session"}
CURSOR = write_cursor(MONDAY_10, UUID(int=7))


@pytest.fixture(autouse=True)
def _signed_in(standin: StandIn) -> None:
    with_directory(standin)
    end = datetime.now(UTC) + timedelta(hours=1)
    who = {"admin": False, "scopes": EVERY_SCOPE, "session": True, "ends_at": end}
    people = {"session": "p-C-community_officer", "stranger": None, "left": "somebody who left"}
    known = {
        digest(cookie): Identity.model_validate({"login": cookie, "person": person, **who})
        for cookie, person in people.items()
    }
    standin.answers["records.identity"] = lambda **named: known[named["digest"]].model_dump(mode="json")


def test_records_is_asked_with_the_posts_held_and_the_filters(intake: Served, standin: StandIn) -> None:
    """Each filter as it was given, on behalf of the posts that the asker holds and no others."""
    ticket = a_ticket()
    page = InboxPage(items=(ticket,), next=CURSOR)
    standin.answers["records.inbox"] = lambda **_: page.model_dump(mode="json")
    given = {"mine": True, "my_level": True, "due": "soon", "place": "K", "category": "leak", "status": "accepted"}
    more = {"text": "漏水 三单元", "cursor": CURSOR, "limit": 7}
    answer = intake.client.get("/api/v1/inbox", params={**given, **more}, headers=SIGNED_IN)
    assert answer.status_code == 200, answer.text
    [asked] = [kwargs["asked"] for name, kwargs in standin.calls if name == "records.inbox"]
    category = given.pop("category")
    assert asked == {"posts": [OFFICER], "categories": [category], **given, **more}
    [item] = answer.json()["items"]
    assert (item["ticket"]["code"], item["mine"], answer.json()["next"]) == (ticket.code, False, CURSOR)
    assert datetime.fromisoformat(item["due_at"]) == ticket.due_at
    assert str(ticket.reporter_ref) not in answer.text


def test_nothing_asked_for_is_everything_that_one_sees(intake: Served, standin: StandIn) -> None:
    """The first fifty of all; one's own are marked."""
    seat = a_ticket().owner
    assert seat
    own = a_ticket(handler=seat.model_copy(update={"post": "C:community_officer", "assignment": 2}))
    standin.answers["records.inbox"] = lambda **_: InboxPage(items=(own,), next=None).model_dump(mode="json")
    told = intake.client.get("/api/v1/inbox", headers=SIGNED_IN).json()
    assert ([item["mine"] for item in told["items"]], told["next"]) == ([True], None)
    [asked] = [kwargs["asked"] for name, kwargs in standin.calls if name == "records.inbox"]
    nothing = dict.fromkeys(("due", "place", "status", "text", "cursor"))
    assert asked == {"posts": [OFFICER], "categories": [], "mine": False, "my_level": False, "limit": 50, **nothing}


@pytest.mark.parametrize("field", ["place", "category"])
def test_what_is_not_in_the_directory_is_not_looked_for(intake: Served, standin: StandIn, field: str) -> None:
    """A slip is told as one: an empty list would say that nothing waits."""
    answer = intake.client.get("/api/v1/inbox", params={field: "nope"}, headers=SIGNED_IN)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, [field])
    assert "records.inbox" not in {name for name, _ in standin.calls}


@pytest.mark.parametrize("who", ["stranger", "left"])
def test_who_holds_no_post_asks_for_none(intake: Served, standin: StandIn, who: str) -> None:
    """An account that only administers, and one whose person has left the directory."""
    standin.answers["records.inbox"] = lambda **_: InboxPage(items=(), next=None).model_dump(mode="json")
    assert intake.client.get("/api/v1/inbox", headers={"Cookie": f"{COOKIE}={who}"}).json()["items"] == []
    assert [kwargs["asked"]["posts"] for name, kwargs in standin.calls if name == "records.inbox"] == [[]]


def test_badges_say_where_counting_ended(intake: Served, standin: StandIn) -> None:
    """99 are 99, and a hundred are more than 99."""
    told = Badges(mine=0, my_level=99, overdue=100, soon=7)
    standin.answers["records.badges"] = lambda **_: told.model_dump(mode="json")
    assert intake.client.get("/api/v1/inbox/badges", headers=SIGNED_IN).json() == {
        "mine": {"count": 0, "more": False},
        "my_level": {"count": 99, "more": False},
        "overdue": {"count": 99, "more": True},
        "soon": {"count": 7, "more": False},
    }
    assert [kwargs for name, kwargs in standin.calls if name == "records.badges"] == [{"posts": [OFFICER]}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"due": "never"},
        {"status": "lost"},
        {"limit": 0},
        {"limit": 201},
        {"limit": "x"},
        {"mine": "perhaps"},
        {"text": " "},
        {"cursor": "x"},
        {"cursor": f"2026-01-01T00:00:00~{UUID(int=7)}"},
        {"cursor": f"0001-01-01T00:00:00+14:00~{UUID(int=7)}"},
        {"owner": "C:community_officer"},
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(intake: Served, standin: StandIn, wrong: dict[str, object]) -> None:
    """422 names the parameter in the asker's language, and records is not asked."""
    answer = intake.client.get("/api/v1/inbox", params=wrong, headers=SIGNED_IN)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, list(wrong))
    assert not answer.json()["errors"][0]["detail"].isascii()
    assert not [name for name, _ in standin.calls if name == "records.inbox"]
