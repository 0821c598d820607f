"""Bad input: each is answered with a 4xx problem that names the field; nothing is written, nothing of ours shows."""

import json
import socket
from collections.abc import Iterator

import httpx2
import pytest

from tests.integration.intake.harness import JSON, Served, tickets, waiting

GOOD = {"door_code": "D-U", "description": "灯不亮"}
MEGABYTE = 1024 * 1024


def body(**fields: object) -> bytes:
    return json.dumps({**GOOD, **fields}).encode()


BODIES: dict[str, tuple[bytes, int, str | None]] = {
    "JSON that ends too early": (b'{"door_code": "D-U"', 400, None),
    "no JSON at all": (b"door_code=D-U", 400, None),
    "bytes that are not UTF-8": (b'{"door_code": "D-U", "description": "\xff\xfe"}', 400, None),
    "nothing": (b"", 422, "body"),
    "null": (b"null", 422, "body"),
    "a list instead of an object": (b"[]", 422, "body"),
    "a text instead of an object": (b'"hello"', 422, "body"),
    "lists a hundred thousand deep": (b"[" * 100_000 + b"]" * 100_000, 400, None),
    "a deep list as description": (
        b'{"door_code": "D-U", "description": ' + b"[" * 400 + b"]" * 400 + b"}", 422, "description"
    ),
    "a number with five thousand digits": (
        b'{"door_code": "D-U", "description": ' + b"1" * 5000 + b"}", 400, None
    ),
    "no door": (b'{"description": "x"}', 422, "door_code"),
    "no description": (b'{"door_code": "D-U"}', 422, "description"),
    "a door that is not there": (body(door_code="D-X"), 422, "door_code"),
    "a door that is a number": (body(door_code=7), 422, "door_code"),
    "a category that is not there": (body(category="no-such"), 422, "category"),
    "a role that is not there": (body(about_role="king"), 422, "about_role"),
    "a kind that is not there": (body(kind="rumour"), 422, "kind"),
    "an urgency that is not there": (body(urgency="very"), 422, "urgency"),
    "a source that is not there": (body(source="dream"), 422, "source"),
    "a photo that is not there": (body(photos=["p1"]), 422, "photos.0"),
    "photos that are no list": (body(photos="p1"), 422, "photos"),
    "a description that is a number": (body(description=5), 422, "description"),
    "a description that is null": (body(description=None), 422, "description"),
    "an empty description": (body(description=""), 422, "description"),
    "a description of white space": (body(description=" \n\t\u3000 "), 422, "description"),
    "a description of symbols that nobody sees": (body(description="\u200b\ufeff"), 422, "description"),
    "a description of 4001 characters": (body(description="漏" * 4001), 422, "description"),
    "a NUL in the description": (body(description="a\u0000b"), 422, "description"),
    "a description of controls": (body(description="\u001b\u0007"), 422, "description"),
    "a lone surrogate in the description": (b'{"door_code": "D-U", "description": "\\ud800"}', 422, "description"),
    "a lone surrogate in the door": (b'{"door_code": "\\udfff", "description": "x"}', 422, "door_code"),
    "a lone surrogate as a field's name": (b'{"door_code": "D-U", "description": "x", "\\ud800": 1}', 422, "body"),
    "a field that we do not know": (body(colour="red"), 422, "colour"),
    "a field with an endless name": (body(**{"x" * 5000: 1}), 422, "x" * 100),
    "a line break in the title": (body(title="a\nb"), 422, "title"),
    "a NUL in the location": (body(location_note="\u0000"), 422, "location_note"),
    "anonymous as a word": (body(anonymous="yes"), 422, "anonymous"),
    "a reporter who is a text": (body(reporter="me"), 422, "reporter"),
    "an e-mail address without an at": (body(reporter={"email": "nobody"}), 422, "reporter.email"),
    "an e-mail address with a second header": (
        body(reporter={"email": "a@b.example\r\nBcc: c@d.example"}), 422, "reporter.email"
    ),
    "two e-mail addresses": (body(reporter={"email": "a@b.example,c@d.example"}), 422, "reporter.email"),
    "a phone number of letters": (body(reporter={"phone": "call me"}), 422, "reporter.phone"),
    "a field of the reporter that we do not know": (body(reporter={"wechat": "x"}), 422, "reporter.wechat"),
    "ten megabytes of text": (body(description="漏" * (4 * MEGABYTE)), 413, "body"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_written(intake: Served, uri: str) -> Iterator[None]:
    """Whatever a test of this file sends, no message is in a queue after it."""
    yield
    assert not any(waiting(uri).values())


def is_problem(answer: httpx2.Response, status: int, field: str | None) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert field is None or [error["field"] for error in problem["errors"]] == [field]
    assert "Traceback" not in answer.text
    assert "services/" not in answer.text


@pytest.mark.parametrize("said", BODIES)
def test_a_bad_body_is_refused(said: str, intake: Served) -> None:
    """Each row of the table gets its status, and the field's name."""
    content, status, field = BODIES[said]
    is_problem(intake.client.post("/api/v1/tickets", content=content, headers=JSON), status, field)


def test_a_body_that_never_says_how_long_it_is_ends_at_the_limit(intake: Served) -> None:
    """Chunked, without a Content-Length: the limit holds while it streams in."""
    chunks = (b" " * 65_536 for _ in range(160))
    is_problem(intake.client.post("/api/v1/tickets", content=chunks, headers=JSON), 413, "body")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_only_json_is_taken(media_type: str, intake: Served) -> None:
    """Another content type, or none, is a 415."""
    is_problem(intake.client.post("/api/v1/tickets", content=body(), headers={"Content-Type": media_type}), 415, None)


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a\tb", "钥匙".encode(), b"\xff"])
def test_an_idempotency_key_is_short_and_printable(key: bytes, intake: Served) -> None:
    """Empty, too long, with a tab, or bytes that are not ASCII: 400, and the header named."""
    headers = {b"Content-Type": b"application/json", b"Idempotency-Key": key}
    is_problem(intake.client.post("/api/v1/tickets", content=body(), headers=headers), 400, "idempotency-key")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/places/nowhere", "unknown_door"),
        ("/api/v1/places/%00", "unknown_door"),
        ("/api/v1/places/%FF%FE", "unknown_door"),
        ("/api/v1/places/" + "x" * 5000, "unknown_door"),
        ("/api/v1/tickets/%00", "mistyped_code"),
        ("/api/v1/tickets/%FF", "mistyped_code"),
        ("/api/v1/tickets/%F0%9D%9F%9A%F0%9D%9F%9A", "mistyped_code"),
        ("/api/v1/nothing", "not_found"),
        ("/%2e%2e/%2e%2e/etc/passwd", "not_found"),
        ("/static/%2e%2e/templates/base.html", "not_found"),
        ("/static/%00", "not_found"),
    ],
)
def test_a_bad_path_is_not_found(path: str, code: str, intake: Served) -> None:
    """Zero bytes, bytes that are not UTF-8, paths that climb: 404 and nothing else."""
    answer = intake.client.get(path)
    is_problem(answer, 404, None)
    assert answer.json()["code"] == code


def test_a_query_of_rubbish_changes_nothing(intake: Served) -> None:
    """An unknown language, or bytes that are not UTF-8, leave the default."""
    for query in ("lang=xx", "lang=%ff%00", "%00=%ff&&=", "lang=en&lang=%00"):
        assert intake.client.get(f"/api/v1/categories?{query}").status_code == 200


def test_a_language_header_of_rubbish_is_chinese(intake: Served) -> None:
    """Accept-Language is never a reason to fail."""
    for header in ("*", ";;;q=,", "en;q=abc", "x" * 2000, "zh_CN-\u00ff", "-", "en-" * 50, "q=nan;q=nan"):
        answer = intake.client.get("/api/v1/nothing", headers={"Accept-Language": header.encode("latin-1")})
        is_problem(answer, 404, None)


def test_after_all_this_a_good_ticket_is_taken(intake: Served, uri: str) -> None:
    """Bad input harms nobody else; a description of exactly 4000 characters is good."""
    address = (intake.client.base_url.host, intake.client.base_url.port)
    with socket.create_connection(address, timeout=10) as raw:
        raw.sendall(b"GET /\xff HTTP/1.1\r\nHost: \x00\r\n\r\n")
        assert b"500" not in raw.recv(100)
    assert intake.submit(description="漏" * 4000).status_code == 201
    assert len(tickets(uri)) == 1
