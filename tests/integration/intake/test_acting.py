"""Acting through a link: the API, and the page's own form."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from itsdangerous import URLSafeTimedSerializer

from shared import ids
from shared.contracts.commands import Acted, Happened, Refused
from shared.contracts.queries import Offer
from shared.contracts.ticket import Actor, FreeText
from shared.contracts.vocabulary import Action, Detail, EventType, Refusal, Status
from tests.integration.intake.harness import Served
from tests.integration.intake.standin import StandIn
from tests.records_of import a_record, a_ticket, an_offer

PERSON, POST = "p-K-property_manager", "K:property_manager"


def link_of(intake: Served, ticket_id: object) -> str:
    return ids.sign_action(intake.secret, ids.ActionToken(ticket_id=ticket_id, person=PERSON, post=POST, assignment=1))


def old_link(intake: Served, monkeypatch: pytest.MonkeyPatch) -> str:
    """One that was signed in 1970."""
    with monkeypatch.context() as patched:
        patched.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda _: 1)
        fields = [uuid4().hex, PERSON, POST, 1]
        return str(URLSafeTimedSerializer(intake.secret, salt="action").dumps(fields))


def routing_does(standin: StandIn, acted: Acted, offer: Offer) -> None:
    standin.answers["routing.act"] = lambda **_: acted.model_dump(mode="json")
    standin.answers["routing.offer"] = lambda **_: offer.model_dump(mode="json")


def asked(standin: StandIn) -> list[dict[str, Any]]:
    return [kwargs["act"] for name, kwargs in standin.calls if name == "routing.act"]


def test_an_action_is_answered_with_the_new_state_and_what_comes_next(intake: Served, standin: StandIn) -> None:
    """Routing gets who, for which post and assignment; the caller gets state and open actions."""
    ticket = a_ticket()
    routing_does(standin, Acted(ticket=ticket), an_offer(ticket, Action.RESOLVE, Action.ASSIGN))
    action_id = str(uuid4())
    body = {"action": "accept", "text": "马上来", "action_id": action_id}
    answer = intake.client.post(f"/api/v1/actions/{link_of(intake, ticket.id)}", json=body)
    assert answer.status_code == 200
    assert answer.json()["ticket"]["status"] == "accepted"
    forms = {form["action"]: form for form in answer.json()["forms"]}
    assert [action for action, form in forms.items() if form["refused"] is None] == ["resolve", "assign"]
    assert forms["accept"]["refused"] == "wrong_status"
    assert forms["assign"]["posts"] == [{"post": "C:grid_worker", "name": "丽园社区网格员"}]
    [act] = asked(standin)
    assert (act["action_id"], act["details"]["text"]) == (action_id, "马上来")
    assert (act["by"]["post"], act["by"]["person"], act["by"]["assignment"]) == (POST, PERSON, 1)
    assert act["origin"] == {"via": "action_link", "who": PERSON, "address": "127.0.0.1", "token": None}


def test_a_refusal_says_why_and_what_happened_instead(intake: Served, standin: StandIn) -> None:
    """409 with the reason's code and word, the status and since when, the owner now, and what was done last by whom."""
    ticket = a_ticket(status=Status.ASSIGNED, level="community")
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    officer = Actor(post="C:community_officer", role="community_officer")
    last = Happened(type=EventType.TRANSFERRED, at=at, by=officer, since=at - timedelta(hours=1))
    refused = Acted(refused=Refused(reason=Refusal.NOT_YOURS, ticket=ticket, last=last))
    routing_does(standin, refused, Offer(ticket=ticket, refused=Refusal.NOT_YOURS))
    link = link_of(intake, ticket.id)
    answer = intake.client.post(f"/api/v1/actions/{link}", json={"action": "accept"}, headers={"Accept-Language": "en"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (409, "refused", "not_yours")
    assert problem["detail"] == Refusal.NOT_YOURS.en
    assert (problem["instead"]["status"], problem["instead"]["level"]) == ("assigned", "community")
    assert problem["instead"]["owner"]["name"] == "丽园小区物业"
    assert problem["instead"]["since"] == "2026-03-02T01:00:00+00:00"
    told = {"type": "transferred", "at": "2026-03-02T02:00:00+00:00", "by": officer.model_dump()}
    assert problem["instead"]["last"] == told


def test_forged_and_old_links_are_refused(intake: Served, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """403 and 410, for the API and the page, and routing is not asked; a tracking token is no link."""
    tracking = ids.sign_tracking(intake.secret, ids.TrackingToken(ticket_id=uuid4(), door_code="D-U"))
    foreign = ids.sign_action(b"another secret", ids.ActionToken(ticket_id=uuid4(), person="p", post="x", assignment=1))
    for link, status in ((tracking, 403), (foreign, 403), ("%00", 403), (old_link(intake, monkeypatch), 410)):
        assert intake.client.post(f"/api/v1/actions/{link}", json={"action": "accept"}).status_code == status
        page = intake.client.get(f"/a/{link}")
        assert (page.status_code, page.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert intake.client.post(f"/a/{link}", data={"action": "accept"}).status_code == status
    assert not any(name.startswith("routing.") for name, _ in standin.calls)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "delete"}, "action"),
        ({"action": "note", "text": "\u0000"}, "text"),
        ({"action": "note", "text": "x" * 4001}, "text"),
        ({"action": "note", "text": 5}, "text"),
        ({"action": "assign", "to": ["C:x"]}, "to"),
        ({"action": "accept", "action_id": "1"}, "action_id"),
        ({"action": "accept", "person": "me"}, "person"),
    ],
)
def test_a_bad_action_is_refused(body: dict[str, Any], field: str, intake: Served, standin: StandIn) -> None:
    """422 names the field, and routing is not asked."""
    answer = intake.client.post(f"/api/v1/actions/{link_of(intake, uuid4())}", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not asked(standin)


def test_without_routing_one_is_told_to_repeat(intake: Served) -> None:
    """503 with Retry-After, on the page as well: the same action_id may be sent again."""
    link = link_of(intake, uuid4())
    for answer in (
        intake.client.post(f"/api/v1/actions/{link}", json={"action": "accept"}),
        intake.client.post(f"/a/{link}", data={"action": "accept"}),
        intake.client.get(f"/a/{link}"),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_the_page_offers_what_is_open_and_nothing_else(intake: Served, standin: StandIn) -> None:
    """One form an action, each with an id of its own; no script; never kept, never named to another site."""
    record = a_record()
    routing_does(standin, Acted(ticket=record.ticket), an_offer(record.ticket, Action.ACCEPT, Action.ASSIGN))
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    page = intake.client.get(f"/a/{link_of(intake, record.ticket.id)}")
    assert re.findall(r'name="action" value="(\w+)"', page.text) == ["accept", "assign"]
    assert len(set(re.findall(r'name="action_id" value="([^"]+)"', page.text))) == 2
    assert "丽园社区网格员" in page.text
    assert record.ticket.description.text in page.text
    assert "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_page_works_without_records(intake: Served, standin: StandIn) -> None:
    """Acting does not wait for the record: the page says that the story is missing."""
    ticket = a_ticket()
    routing_does(standin, Acted(ticket=ticket), an_offer(ticket, Action.ACCEPT))
    page = intake.client.get(f"/a/{link_of(intake, ticket.id)}", params={"lang": "en"})
    assert page.status_code == 200
    assert "Not in the record yet." in page.text


def test_the_form_acts_and_comes_back_to_the_page(intake: Served, standin: StandIn) -> None:
    """303, then the page says what was done, or what was not and why; an empty text is none."""
    ticket = a_ticket()
    link = link_of(intake, ticket.id)
    routing_does(standin, Acted(ticket=ticket), an_offer(ticket, Action.RESOLVE))
    form = {"action": "accept", "action_id": str(uuid4()), "text": ""}
    done = intake.client.post(f"/a/{link}", data=form)
    assert (done.status_code, done.headers["Location"]) == (303, f"/a/{link}?done=accept")
    assert "接单" in intake.client.get(done.headers["Location"]).text
    assert asked(standin)[0]["details"]["text"] is None
    routing_does(standin, Acted(refused=Refused(reason=Refusal.NOT_YOURS, ticket=ticket)), Offer(ticket=ticket))
    refused = intake.client.post(f"/a/{link}?lang=en", data=form)
    assert refused.headers["Location"] == f"/a/{link}?refused=not_yours&lang=en"
    assert Refusal.NOT_YOURS.en in intake.client.get(refused.headers["Location"]).text


def test_what_people_write_cannot_become_markup(intake: Served, standin: StandIn) -> None:
    """Everything on the page is escaped."""
    ticket = a_ticket(title=FreeText(digest="d", text="<script>alert(1)</script>"))
    routing_does(standin, Acted(ticket=ticket), an_offer(ticket, Action.ACCEPT))
    assert "<script" not in intake.client.get(f"/a/{link_of(intake, ticket.id)}").text


def test_a_refusal_names_fields_and_as_which_ticket_it_goes_on(intake: Served, standin: StandIn) -> None:
    """What is missing, as a member and in words; of a merged ticket the code of the other."""
    other = a_ticket()
    ticket = a_ticket(status=Status.MERGED, merged_into=other.id)
    refused = Refused(reason=Refusal.INCOMPLETE, ticket=ticket, fields=(Detail.REACHED, Detail.WAY))
    routing_does(standin, Acted(refused=refused), Offer(ticket=ticket))
    problem = intake.client.post(
        f"/api/v1/actions/{link_of(intake, ticket.id)}", json={"action": "contact"}, headers={"Accept-Language": "en"}
    ).json()
    assert (problem["fields"], problem["instead"]["merged_into"]) == (["reached", "way"], ids.ticket_code(other.id))
    assert problem["detail"].endswith(f": {Detail.REACHED.en}, {Detail.WAY.en}")


@pytest.mark.parametrize(
    ("refused", "detail", "error"),
    [
        ({"reason": Refusal.TEXT_MISSING, "fields": (Detail.TEXT,)}, "请填写说明", "此项必填。"),
        (
            {"reason": Refusal.NOT_TAKEN, "fields": (Detail.GRADE,)},
            "填写了这项操作用不到的内容：评价",
            "这项操作用不到。",
        ),
        (
            {
                "reason": Refusal.NO_SUCH_DATE,
                "fields": (Detail.UNTIL,),
                "until_at_most": datetime(2026, 3, 2, 2, tzinfo=UTC),
            },
            "日期不在允许范围内",
            "须晚于现在，且不晚于 2026-03-02 10:00。",
        ),
    ],
)
def test_a_refused_form_says_of_each_field_what_is_wrong(
    refused: dict[str, Any], detail: str, error: str, intake: Served, standin: StandIn
) -> None:
    """In the member in which a form that is not even well written has it; nothing is said twice."""
    ticket = a_ticket()
    routing_does(standin, Acted(refused=Refused(ticket=ticket, **refused)), Offer(ticket=ticket))
    problem = intake.client.post(f"/api/v1/actions/{link_of(intake, ticket.id)}", json={"action": "assign"}).json()
    [field] = [each.value for each in refused["fields"]]
    assert (problem["detail"], problem["errors"]) == (detail, [{"field": field, "detail": error}])
    assert problem.get("until_at_most") == ("2026-03-02T02:00:00+00:00" if field == "until" else None)


def test_what_a_field_may_be_is_listed_in_the_asker_s_language(intake: Served) -> None:
    """Without quotes, and without another language's words between them."""
    link, body = link_of(intake, uuid4()), {"action": "contact", "way": "pigeon"}
    for language, said in (
        ("zh-CN", "应为下列之一：phone、visit、message。"),
        ("en", "Must be one of: phone, visit, message."),
    ):
        answer = intake.client.post(f"/api/v1/actions/{link}", json=body, headers={"Accept-Language": language})
        assert answer.json()["errors"] == [{"field": "way", "detail": said}]


def test_a_forged_tracking_token_is_no_stranger_s_sign_in(intake: Served, standin: StandIn) -> None:
    """It is called what it is, as where one follows a ticket."""
    token = ids.sign_tracking(b"another secret", ids.TrackingToken(ticket_id=uuid4(), door_code="D-U"))
    path, mine = f"/api/v1/tickets/{a_ticket().code}/actions", {"Authorization": f"Bearer {token}"}
    for answer in (intake.client.get(path, headers=mine), intake.client.post(f"{path}/rate", json={}, headers=mine)):
        assert (answer.status_code, answer.json()["code"]) == (401, "token_forged")


def test_a_mistyped_code_of_another_ticket_is_said(intake: Served, standin: StandIn) -> None:
    """Nobody is asked for a ticket that cannot be there."""
    asked_for = {"action": "merge", "ticket": "zzz"}
    answer = intake.client.post(f"/api/v1/actions/{link_of(intake, uuid4())}", json=asked_for)
    assert (answer.status_code, answer.json()["code"]) == (404, "mistyped_code")
    assert asked(standin) == []


def test_right_after_the_receipt_a_resident_is_asked_to_wait(intake: Served, standin: StandIn) -> None:
    """The ticket is on its way to the record: that is not the same as none. What is kept is no stranger's."""
    standin.answers["records.ticket"] = lambda **_: None
    receipt = intake.submit().json()
    path, mine = f"/api/v1/tickets/{receipt['code']}", {"Authorization": f"Bearer {receipt['tracking_token']}"}
    for answer in (
        intake.client.get(f"{path}/actions", headers=mine),
        intake.client.post(f"{path}/actions/withdraw", json={}, headers=mine),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "not_yet")
        assert answer.headers["Retry-After"]
    answer = intake.client.get(f"{path}/personal")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_needed")
