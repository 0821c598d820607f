"""Following a ticket: the reporter by the receipt's token, anybody by the code."""

from uuid import uuid4

import pytest

from shared import ids
from shared.contracts.commands import Acted
from shared.contracts.queries import Offer
from shared.contracts.vocabulary import Status, Visibility
from shared.errors import Transient
from tests.integration.intake.harness import Served
from tests.integration.intake.standin import StandIn
from tests.records_of import a_record


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token_for(intake: Served, ticket_id: object, door_code: str = "D-U") -> str:
    return ids.sign_tracking(intake.secret, ids.TrackingToken(ticket_id=ticket_id, door_code=door_code))


def test_right_after_the_receipt_a_ticket_is_submitted(intake: Served, standin: StandIn) -> None:
    """Records does not know it yet: with the token it is a ticket all the same, at its place."""
    standin.answers["records.ticket"] = lambda **_: None
    receipt = intake.submit().json()
    answer = intake.client.get(f"/api/v1/tickets/{receipt['code']}", headers=bearer(receipt["tracking_token"]))
    assert answer.status_code == 200
    assert answer.json()["status"] == "submitted"
    assert answer.json()["place"]["name"] == "丽园小区1号楼1单元"


def test_a_token_shows_the_reporter_all_and_nobody_else(intake: Served, standin: StandIn) -> None:
    """With it even a matter that is not shown has its words; without it that is a 404, like an unknown code."""
    record = a_record(visibility=Visibility.HIDDEN)
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    path = f"/api/v1/tickets/{record.ticket.code}"
    answer = intake.client.get(path, headers=bearer(token_for(intake, record.ticket.id)))
    assert answer.json()["description"] == record.ticket.description.text
    assert answer.json()["owner"]["name"] == record.ticket.owner.name
    hidden = intake.client.get(path)
    standin.answers["records.ticket"] = lambda **_: None
    unknown = intake.client.get(path)
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.json()["code"] == unknown.json()["code"] == "unknown_ticket"


def test_a_code_may_be_written_as_it_was_heard(intake: Served, standin: StandIn) -> None:
    """Small letters, no dashes, O for 0: the same ticket. A wrong symbol is said to be one."""
    record = a_record(visibility=Visibility.TEXT)
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    written = record.ticket.code.replace("-", "").replace("0", "O").replace("1", "l").lower()
    assert intake.client.get(f"/api/v1/tickets/{written}").status_code == 200
    assert ("records.ticket", {"ticket_id": None, "code": record.ticket.code, "story": True}) in standin.calls
    other = "2" if written[0] != "2" else "3"
    assert intake.client.get(f"/api/v1/tickets/{other}{written[1:]}").json()["code"] == "mistyped_code"


@pytest.mark.parametrize("header", ["Bearer x", "Bearer", "Bearer a.b", "Basic dTpw", "Bearer \u00ff", "x"])
def test_a_forged_token_is_401(header: str, intake: Served) -> None:
    """Whatever is not signed by us, and says how to do it right."""
    code = ids.ticket_code(uuid4())
    answer = intake.client.get(f"/api/v1/tickets/{code}", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_of_another_ticket_is_403(intake: Served, standin: StandIn) -> None:
    """It opens its own ticket only, recorded or not; an action link's token opens none."""
    mine = uuid4()
    standin.answers["records.ticket"] = lambda **_: None
    answer = intake.client.get(f"/api/v1/tickets/{ids.ticket_code(uuid4())}", headers=bearer(token_for(intake, mine)))
    assert answer.status_code == 403
    standin.answers["records.ticket"] = lambda **_: a_record(id=mine).model_dump(mode="json")
    answer = intake.client.get(f"/api/v1/tickets/{ids.ticket_code(uuid4())}", headers=bearer(token_for(intake, mine)))
    assert (answer.status_code, answer.json()["code"]) == (403, "token_foreign")
    action = ids.sign_action(intake.secret, ids.ActionToken(ticket_id=mine, person="p", post="K:x", assignment=1))
    answer = intake.client.get(f"/api/v1/tickets/{ids.ticket_code(mine)}", headers=bearer(action))
    assert answer.status_code == 401


def test_a_state_is_not_guessed_while_records_is_away(intake: Served) -> None:
    """Records does not answer: 503 with Retry-After, with a token as without."""
    ticket_id = uuid4()
    for headers in ({}, bearer(token_for(intake, ticket_id))):
        answer = intake.client.get(f"/api/v1/tickets/{ids.ticket_code(ticket_id)}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "no_answer")
        assert "Retry-After" in answer.headers


@pytest.mark.parametrize(("error", "status"), [(Transient("OperationalError"), 503), (LookupError("mistake"), 502)])
def test_a_database_that_is_away_is_not_our_mistake(
    intake: Served, standin: StandIn, error: Exception, status: int
) -> None:
    """Where records cannot answer now the asker is told when to come again; a mistake of ours is a 502."""

    def fail(**_: object) -> None:
        raise error

    standin.answers["records.ticket"] = fail
    answer = intake.client.get(f"/api/v1/tickets/{ids.ticket_code(uuid4())}")
    assert (answer.status_code, "Retry-After" in answer.headers) == (status, status == 503)
    assert "OperationalError" not in answer.text


def test_the_page_shows_the_same(intake: Served, standin: StandIn) -> None:
    """The page of a token shows the words; without one, of a matter whose status alone is public, it does not."""
    record = a_record(visibility=Visibility.STATUS)
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    path, words = f"/t/{record.ticket.code}", record.ticket.description.text
    page = intake.client.get(path, params={"token": token_for(intake, record.ticket.id)})
    assert words in page.text
    assert page.headers["Cache-Control"] == "no-store"
    public = intake.client.get(path)
    assert public.status_code == 200
    assert words not in public.text
    wrong = intake.client.get("/t/ABC")
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_what_was_merged_shows_how_the_other_stands(intake: Served, standin: StandIn) -> None:
    """With the token one reads the code of what goes on instead, and the status of the last of those merged in turn."""
    last = a_record(status=Status.RESOLVED)
    between = a_record(status=Status.MERGED, merged_into=last.ticket.id)
    mine = a_record(status=Status.MERGED, merged_into=between.ticket.id)
    known = {str(each.ticket.id): each.model_dump(mode="json") for each in (mine, between, last)}
    standin.answers["records.ticket"] = lambda ticket_id, **_: known[ticket_id]
    token = token_for(intake, mine.ticket.id)
    answer = intake.client.get(f"/api/v1/tickets/{mine.ticket.code}", headers=bearer(token)).json()
    assert (answer["merged_into"], answer["merged_status"]) == (between.ticket.code, "resolved")


def test_a_token_of_what_was_merged_stands_for_what_goes_on(intake: Served, standin: StandIn) -> None:
    """By either code one acts on the last of them; of what another has reported one sees what a neighbour sees."""
    last = a_record()
    between = a_record(status=Status.MERGED, merged_into=last.ticket.id)
    mine = a_record(status=Status.MERGED, merged_into=between.ticket.id)
    known = {str(each.ticket.id): each.model_dump(mode="json") for each in (mine, between, last)}
    standin.answers["records.ticket"] = lambda ticket_id, **_: known[ticket_id]
    standin.answers["routing.act"] = lambda **_: Acted(ticket=last.ticket).model_dump(mode="json")
    standin.answers["routing.offer"] = lambda **_: Offer(ticket=last.ticket).model_dump(mode="json")
    token = bearer(token_for(intake, mine.ticket.id))
    for code in (mine.ticket.code, between.ticket.code, last.ticket.code):
        answer = intake.client.post(f"/api/v1/tickets/{code}/actions/comment", json={"text": "还没修"}, headers=token)
        assert (answer.status_code, answer.json()["ticket"]["code"]) == (200, last.ticket.code)
        assert answer.json()["ticket"]["location_note"] is None
    acts = [kwargs["act"] for name, kwargs in standin.calls if name == "routing.act"]
    through = {"resident": "reporter", "through": str(mine.ticket.id)}
    assert [each["ticket_id"] for each in acts] == [str(last.ticket.id)] * 3
    assert all(through.items() <= each["by"].items() for each in acts)
    seen = intake.client.get(f"/api/v1/tickets/{last.ticket.code}", headers=token).json()
    assert (seen["code"], seen["location_note"]) == (last.ticket.code, None)
    other = intake.client.get(f"/api/v1/tickets/{mine.ticket.code}", headers=bearer(token_for(intake, last.ticket.id)))
    assert other.json()["code"] == "token_foreign"


def test_a_household_erases_its_words_where_it_was_merged_too(intake: Served, standin: StandIn) -> None:
    """By the token that speaks for it there as well; a reporter's are those of the token's own ticket."""
    last = a_record()
    mine = a_record(status=Status.MERGED, merged_into=last.ticket.id)
    known = {str(each.ticket.id): each.model_dump(mode="json") for each in (mine, last)}
    standin.answers["records.ticket"] = lambda ticket_id, **_: known[ticket_id]
    standin.answers["records.erase_personal"] = lambda **_: True
    standin.answers["routing.erase_words"] = lambda **_: False
    both, own = [str(mine.ticket.id), str(last.ticket.id)], [str(mine.ticket.id)]
    for household, expected in (("h1", both), (None, own)):
        token = ids.TrackingToken(ticket_id=mine.ticket.id, door_code="D-U", household=household)
        headers = bearer(ids.sign_tracking(intake.secret, token))
        standin.calls.clear()
        assert intake.client.delete(f"/api/v1/tickets/{mine.ticket.code}/personal", headers=headers).status_code == 204
        asked = [kwargs for name, kwargs in standin.calls if name == "routing.erase_words"]
        assert [(each["ticket_id"], each["household"]) for each in asked] == [(each, household) for each in expected]
