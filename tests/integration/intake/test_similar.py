"""What is open already, offered over HTTP to somebody who is about to report the same."""

import pytest

from shared.contracts.vocabulary import Visibility
from shared.errors import Transient
from tests.integration.intake.harness import Served
from tests.integration.intake.standin import StandIn
from tests.records_of import SECRETS, a_ticket

ASKED = {"door_code": "D-U", "text": "楼上漏水，请打 13812345678", "category": "leak"}


def test_the_public_view_of_each_is_offered(intake: Served, standin: StandIn) -> None:
    """With its code and words, masked; nothing that the public may not see, and records never hears a phone number."""
    tickets = [a_ticket(visibility=visibility) for visibility in (Visibility.TEXT, Visibility.FULL)]
    standin.answers["records.similar"] = lambda **_: [ticket.model_dump(mode="json") for ticket in tickets]
    answer = intake.client.get("/api/v1/similar", params=ASKED)
    assert answer.status_code == 200
    body = answer.json()
    assert body["asked"] is True
    assert [each["code"] for each in body["tickets"]] == [ticket.code for ticket in tickets]
    assert [each["description"] for each in body["tickets"]] == [SECRETS["description"]] * 2
    assert SECRETS["location_note"] not in answer.text
    ((_, asked),) = [call for call in standin.calls if call[0] == "records.similar"]
    assert asked == {"place": "U", "text": "楼上漏水，请打 ●●●", "category": "leak", "limit": 3}


def test_words_that_are_not_public_are_never_told(intake: Served, standin: StandIn) -> None:
    """Whatever records answers."""
    tickets = [a_ticket(visibility=visibility) for visibility in (Visibility.STATUS, Visibility.HIDDEN)]
    standin.answers["records.similar"] = lambda **_: [ticket.model_dump(mode="json") for ticket in tickets]
    answer = intake.client.get("/api/v1/similar", params=ASKED)
    assert not any(words in answer.text for words in SECRETS.values())
    assert tickets[1].code not in answer.text


def test_nothing_keeps_a_person_from_reporting(intake: Served, standin: StandIn) -> None:
    """Records does not answer, or says that it cannot now: nothing to offer, and a word that nobody was asked."""
    nothing = {"tickets": [], "asked": False}
    assert intake.client.get("/api/v1/similar", params=ASKED).json() == nothing

    def away(**_: object) -> None:
        raise Transient("the database is away")

    standin.answers["records.similar"] = away
    answer = intake.client.get("/api/v1/similar", params=ASKED)
    assert (answer.status_code, answer.json()) == (200, nothing)


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"door_code": "nowhere"}, 404, "unknown_door"),
        ({"text": " "}, 422, "invalid"),
        ({"text": "灯" * 501}, 422, "invalid"),
        ({"text": None}, 422, "invalid"),
        ({"category": "nope"}, 422, "invalid"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_a_problem(wrong: dict[str, str], status: int, code: str, intake: Served) -> None:
    """With the field that is wrong."""
    answer = intake.client.get("/api/v1/similar", params={**ASKED, **wrong})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
