"""The trail over HTTP: what intake says of who asks, and the trail as an admin reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.exporting import Format, lines
from services.intake.guard import COOKIE, digest
from shared.contracts.accounts import EVERY_SCOPE, Identity
from shared.contracts.trail import Entry
from shared.passwords import SHORTEST
from tests.integration.intake.harness import Served
from tests.integration.intake.standin import StandIn

SESSION = {"Cookie": f"{COOKIE}=s", "Sec-Fetch-Site": "same-origin"}
PROXY = {"X-Forwarded-For": "198.51.100.4"}
HEADING = "seq,id,at,what,who,via,address,subject,outcome,details,token"


def an_entry(seq: int) -> dict[str, Any]:
    return Entry(
        seq=seq,
        id=UUID(int=seq),
        at=datetime(2026, 3, 2, tzinfo=UTC),
        what="account_added",
        who="admin",
        via="session",
        address="203.0.113.7",
        subject="officer",
        outcome="done",
        details={"person": None},
    ).model_dump(mode="json")


@pytest.fixture
def admin(intake: Served, standin: StandIn) -> Served:
    end = datetime.now(UTC) + timedelta(hours=1)
    who = Identity(login="admin", person=None, admin=True, scopes=EVERY_SCOPE, session=True, ends_at=end)
    standin.answers["records.identity"] = lambda digest: who.model_dump(mode="json") if digest == SEEN else None
    return intake


SEEN = digest("s")


def asked(standin: StandIn, name: str) -> list[dict[str, Any]]:
    return [kwargs for called, kwargs in standin.calls if called == name]


def test_an_admin_reads_the_trail_by_filter_and_page(admin: Served, standin: StandIn) -> None:
    """What is asked for is what records is asked; a moment needs its offset, a word must be one of ours."""
    standin.answers["records.trail"] = lambda **_: {"items": [an_entry(7)], "next": 7}
    query = "who=officer&what=token_made&subject=zhang&since=2026-03-02T00:00:00%2B08:00&cursor=9&limit=1"
    page = admin.client.get(f"/api/v1/admin/trail?{query}", headers=SESSION)
    assert (page.status_code, page.json()["next"], page.json()["items"]) == (200, 7, [an_entry(7)])
    assert asked(standin, "records.trail") == [
        {
            "wanted": {
                "who": "officer",
                "what": "token_made",
                "subject": "zhang",
                "since": "2026-03-02T00:00:00+08:00",
                "until": None,
            },
            "before": 9,
            "limit": 1,
        }
    ]
    for wrong in ("since=2026-03-02T00:00:00", "what=nothing", "limit=0", "who=%00", "whom=x"):
        answer = admin.client.get(f"/api/v1/admin/trail?{wrong}", headers=SESSION)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), wrong


def test_an_export_is_noted_first_and_goes_on_to_the_end(admin: Served, standin: StandIn) -> None:
    """All pages in one file, as CSV or a JSON text a line; who takes it out is said before the first page."""
    pages = {None: {"items": [an_entry(3), an_entry(2)], "next": 2}, 2: {"items": [an_entry(1)], "next": None}}
    standin.answers["records.trail"] = lambda before, **_: pages[before]
    standin.answers["records.exported"] = lambda **_: None
    table = admin.client.get("/api/v1/admin/trail/export?subject=officer", headers={**SESSION, **PROXY})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert [line.split(",")[0] for line in table.text.splitlines()] == ["seq", "3", "2", "1"]
    assert table.text.splitlines()[0] == HEADING
    called = [name for name, _ in standin.calls if name != "records.identity" and "directory" not in name]
    assert called == ["records.exported", "records.trail", "records.trail"]
    assert asked(standin, "records.exported") == [
        {
            "subject": "trail",
            "wanted": {"subject": "officer"},
            "origin": {"via": "session", "who": "admin", "address": "198.51.100.4", "token": None},
        }
    ]
    texts = admin.client.get("/api/v1/admin/trail/export?format=ndjson", headers=SESSION).text.splitlines()
    assert [Entry.model_validate_json(text).seq for text in texts] == [3, 2, 1]


def test_no_cell_of_an_export_is_a_formula() -> None:
    """A login is whatever somebody typed: no program that opens the file runs it."""
    entry = Entry.model_validate(an_entry(1) | {"who": "=HYPERLINK(1)", "subject": "@SUM(1)", "address": None})
    [line] = lines([entry], Format.CSV)
    assert "'=HYPERLINK(1)" in line
    assert "'@SUM(1)" in line
    assert ",," in line


def test_a_wrong_password_is_said_with_where_it_came_from(intake: Served, standin: StandIn) -> None:
    """The address is what a proxy on this machine says; no login is claimed before the password was right."""
    standin.answers["records.begin_sign_in"] = lambda **_: {"attempt": 5, "password": None, "wait_seconds": None}
    standin.answers["records.fail_sign_in"] = lambda **_: None
    answer = intake.client.post("/api/v1/session", json={"login": "officer", "password": "wrong wrong"}, headers=PROXY)
    assert answer.status_code == 401
    origin = {"via": "password", "who": None, "address": "198.51.100.4", "token": None}
    assert asked(standin, "records.fail_sign_in") == [{"attempt": 5, "origin": origin}]


@pytest.mark.parametrize(
    ("old", "new", "status", "code", "said"),
    [
        ("wrong wrong", "short", 422, "invalid", str(SHORTEST)),
        ("the same words", "the same words", 422, "invalid", "old one"),
        ("wrong wrong", "other words here", 403, "wrong_password", "old password"),
    ],
)
def test_a_password_that_is_not_changed_says_why(
    admin: Served, standin: StandIn, old: str, new: str, status: int, code: str, said: str
) -> None:
    """How long one must be; that it must be another; that the old one was wrong, which ends no session."""
    standin.answers["records.begin_sign_in"] = lambda **_: {"attempt": 5, "password": None, "wait_seconds": None}
    standin.answers["records.fail_sign_in"] = lambda **_: None
    headers = {**SESSION, "Accept-Language": "en"}
    answer = admin.client.put("/api/v1/me/password", json={"old": old, "new": new}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert said in answer.text
