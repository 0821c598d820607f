"""Handing in a ticket: what the resident is answered, and what stands in the queues by then."""

from concurrent.futures import ThreadPoolExecutor

from shared import ids
from shared.bus import topology
from tests.integration.intake.harness import Served, tickets, waiting

FULL = {
    "door_code": "D-U",
    "description": "楼上漏水, 打 13812345678",
    "kind": "complaint",
    "category": "leak",
    "urgency": "urgent",
    "title": "漏水",
    "location_note": "厨房",
    "anonymous": True,
    "reporter": {"name": "某居民", "phone": "13812345678", "email": "resident@loumen.example"},
    "source": "qr",
    "external_ref": "12345-1",
    "about_role": "property_manager",
}


def test_the_shortest_ticket_is_answered_with_all_that_one_needs_to_follow_it(intake: Served, uri: str) -> None:
    """Door and words are enough; the rest has defaults, and the ticket is in routing's queue by then."""
    answer = intake.submit()
    assert answer.status_code == 201
    receipt = answer.json()
    code = receipt["code"]
    assert code == ids.normalize_code(code)
    assert receipt["status"] == "submitted"
    assert receipt["place"]["name"] == "丽园小区1号楼1单元"
    assert receipt["links"]["self"].endswith(f"/api/v1/tickets/{code}")
    assert receipt["links"]["page"].endswith(f"/t/{code}?token={receipt['tracking_token']}")
    [ticket] = tickets(uri)
    assert ticket["ticket_id"] == receipt["id"]
    assert (ticket["kind"], ticket["category"], ticket["source"]) == ("help", "other", "web")
    assert ticket["reporter_ref"] is None


def test_personal_data_travels_in_one_message_only(intake: Served, uri: str) -> None:
    """Name, phone, e-mail and the unmasked words go to records; routing gets a reference and masked words."""
    answer = intake.client.post("/api/v1/tickets", json=FULL, headers={"Accept-Language": "en"})
    assert answer.status_code == 201
    found = waiting(uri)
    [(_, reporter)] = found[topology.RECORDS_REPORTERS]
    [(envelope, ticket)] = found[topology.ROUTING_COMMANDS]
    assert reporter.email == "resident@loumen.example"
    assert reporter.description == FULL["description"]
    assert reporter.language == "en"
    assert ticket.reporter_ref == reporter.reporter_ref
    for secret in ("13812345678", "resident@", "某居民"):
        assert secret not in ticket.model_dump_json()
    assert envelope.subject == answer.json()["id"]


def test_a_number_in_the_words_alone_is_kept_for_records(intake: Served, uri: str) -> None:
    """Where masking took something away, the whole words are kept apart though nobody named a reporter."""
    intake.submit(description="请打 13812345678")
    found = waiting(uri)
    assert found[topology.RECORDS_REPORTERS][0][1].description == "请打 13812345678"
    assert "138" not in found[topology.ROUTING_COMMANDS][0][1].description


def test_the_trace_of_the_request_goes_with_the_ticket(intake: Served, uri: str) -> None:
    """A given traceparent is carried on; nonsense is replaced."""
    given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    body = {"door_code": "D-U", "description": "灯"}
    for header in (given, "nonsense"):
        intake.client.post("/api/v1/tickets", json=body, headers={"traceparent": header})
    first, second = (envelope.traceparent for envelope, _ in waiting(uri)[topology.ROUTING_COMMANDS])
    assert first == given
    assert second != given


def test_a_repeat_gets_the_same_answer_and_is_the_same_ticket(intake: Served, uri: str) -> None:
    """Same key and body: everything is the same, however the body is written."""
    first = intake.submit(key="k-1")
    body = b'{ "description": "\\u697c\\u9053\\u706f\\u4e0d\\u4eae", "anonymous": false, "door_code": "D-U" }'
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/json"}
    second = intake.client.post("/api/v1/tickets", content=body, headers=headers)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len({envelope.id for envelope, _ in waiting(uri)[topology.ROUTING_COMMANDS]}) == 1


def test_repeats_at_the_same_time_are_one_ticket(intake: Served, uri: str) -> None:
    """Sixteen at once with one key get one answer."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: intake.submit(key="at-once").text, range(16)))
    assert len(set(answers)) == 1
    assert len({ticket["ticket_id"] for ticket in tickets(uri)}) == 1


def test_another_text_door_or_key_is_another_ticket(intake: Served) -> None:
    """Two people who use the same key do not get each other's ticket; without a key each is new."""
    answers = [
        intake.submit(key="k"),
        intake.submit(key="k", description="门禁坏了"),
        intake.submit(key="k", door_code="D-V"),
        intake.submit(key="l"),
        intake.submit(),
        intake.submit(),
    ]
    assert len({answer.json()["id"] for answer in answers}) == 6
