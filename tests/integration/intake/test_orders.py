"""Orders of the hotline over HTTP: each taken or refused by itself, each once, and back with what is public."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.guard import digest
from services.intake.orders import order_id
from shared.contracts.accounts import Identity
from shared.contracts.queries import ChangedOrder, OrderPage
from shared.contracts.ticket import Contact, FreeText
from shared.contracts.trail import What
from shared.contracts.vocabulary import Grade, Scope, Source, Status, Visibility, Way
from shared.ids import ticket_code
from tests.builders import MONDAY_10
from tests.integration.intake.harness import Served, tickets, waiting
from tests.integration.intake.standin import StandIn
from tests.records_of import SECRETS, a_record, a_ticket

DEADLINE = "2026-03-09T18:00:00+08:00"
GOOD = {"external_ref": "GD-1", "description": "楼道灯不亮", "address": "丽园小区1号楼1单元302", "deadline": DEADLINE}
PATH = "/api/v1/hotline/orders"
TOKEN = UUID(int=12)


def an_account(*scopes: Scope) -> dict[str, Any]:
    end = datetime.now(UTC) + timedelta(hours=1)
    asker = Identity(login="hotline", person=None, admin=False, scopes=scopes, session=False, ends_at=end, token=TOKEN)
    return asker.model_dump(mode="json")


@pytest.fixture
def hotline(intake: Served, standin: StandIn) -> Iterator[Callable[..., Any]]:
    """Sends orders by token: the answer's body."""
    accounts = {digest("token"): an_account(Scope.HOTLINE), digest("staff"): an_account(Scope.READ, Scope.ACT)}
    standin.answers["records.identity"] = lambda **named: accounts.get(named["digest"])
    standin.answers["records.known"] = lambda **_: []

    def send(*orders: dict[str, Any], status: int = 200, language: str = "en", **more: Any) -> Any:
        headers = {"Authorization": "Bearer token", "Accept-Language": language}
        answer = intake.client.post(PATH, json={"orders": orders, **more}, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    return send


def outcomes(answer: Any) -> list[str]:
    return [each["outcome"] for each in answer["orders"]]


def test_an_order_is_a_submission_at_its_place(hotline: Callable[..., Any], uri: str) -> None:
    """Its number makes the id, its deadline the outer limit, its address a note; who called goes to records alone."""
    person = {"name": "来电人甲", "phone": "13800000000"}
    answer = hotline(GOOD | {"reporter": person, "description": "楼道灯不亮，电话 13800000000", "category": "lighting"})

    said = waiting(uri)
    [(_, submit)], [(_, reporter)] = said["routing.commands"], said["records.reporters"]
    assert (submit.place, submit.door_code, submit.source) == ("U", "", Source.HOTLINE)
    assert submit.outer_limit == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert (submit.external_ref, submit.location_note) == ("GD-1", GOOD["address"])
    assert (reporter.name, reporter.phone) == (person["name"], person["phone"])
    assert reporter.ticket_id == submit.ticket_id
    assert not any(secret in submit.model_dump_json() for secret in person.values())
    [order] = answer["orders"]
    assert (order["outcome"], order["code"], order["place"]) == (
        "taken",
        ticket_code(submit.ticket_id),
        "丽园小区1号楼1单元",
    )


def test_bad_ones_are_told_and_good_ones_taken(hotline: Callable[..., Any], uri: str) -> None:
    """Each with why, in the asker's language; what is wrong with one is nothing to the others."""
    bad = [
        {},
        GOOD | {"deadline": "20260309"},
        GOOD | {"deadline": "9999-12-31T23:59:59-12:00"},
        GOOD | {"address": "某小区"},
        GOOD | {"category": "部件"},
        GOOD | {"colour": "red"},
        GOOD | {"door_code": "D-X"},
    ]
    answer = hotline(*bad, GOOD, language="zh-CN")

    assert outcomes(answer) == ["refused"] * 7 + ["taken"]
    fields = [[error["field"] for error in each["errors"]] for each in answer["orders"]]
    assert fields == [
        ["external_ref", "description"],
        ["deadline"],
        ["deadline"],
        ["address"],
        ["category"],
        ["colour"],
        ["door_code"],
        [],
    ]
    assert answer["orders"][3]["errors"][0]["detail"] == "地址与目录中的地点都不相符。"
    assert len(tickets(uri)) == 1


def test_what_names_no_place_goes_to_the_default_one(hotline: Callable[..., Any], uri: str) -> None:
    """Where one is given and is there; a door or a place by its code is meant as it is."""
    answer = hotline(
        GOOD | {"address": "某小区"},
        GOOD | {"external_ref": "GD-2", "place": "K"},
        GOOD | {"external_ref": "GD-3", "place": "X"},
        default_place="C",
    )

    assert outcomes(answer) == ["taken", "taken", "refused"]
    assert [each["place"] for each in tickets(uri)] == ["C", "K"]
    assert hotline(GOOD, default_place="X", status=422)["errors"][0]["field"] == "default_place"


def test_a_repeat_is_the_same_ticket(hotline: Callable[..., Any], intake: Served, standin: StandIn, uri: str) -> None:
    """Known to records or in the same request; another deadline and other words are told, and change nothing."""
    id = order_id(intake.secret, "GD-1")
    words = FreeText(digest="", text=GOOD["description"])
    known = a_ticket(id=id, outer_limit=datetime.fromisoformat(DEADLINE), description=words)
    standin.answers["records.known"] = lambda ids: [known.model_dump(mode="json")] if str(id) in ids else []
    later, other, fresh = {"deadline": "2026-03-20T18:00:00+08:00"}, {"description": "水"}, {"external_ref": "GD-2"}
    answer = hotline(GOOD, GOOD | later, GOOD | other, GOOD | fresh, GOOD | fresh | later, GOOD | fresh | other)

    assert outcomes(answer) == ["known", "changed", "changed", "taken", "changed", "changed"]
    differs = [each["differs"] for each in answer["orders"]]
    assert differs == [[], ["deadline"], ["description"], [], ["deadline"], ["description"]]
    assert [each["code"] for each in answer["orders"][:3]] == [ticket_code(id)] * 3
    assert datetime.fromisoformat(answer["orders"][1]["deadline"]) == known.outer_limit
    assert [each["external_ref"] for each in tickets(uri)] == ["GD-2"]


def test_a_dry_run_tells_the_same_and_takes_nothing(hotline: Callable[..., Any], uri: str) -> None:
    """Whoever sends them again without it gets what was told."""
    dry = hotline(GOOD, {}, dry_run=True)
    assert tickets(uri) == []
    assert hotline(GOOD, {}) == dry | {"dry_run": False}


def test_orders_are_taken_while_records_does_not_answer(
    hotline: Callable[..., Any], standin: StandIn, uri: str
) -> None:
    """Then nobody knows which are repeats, and the answer says so; routing makes one ticket of them."""
    del standin.answers["records.known"]
    first, again = hotline(GOOD), hotline(GOOD)

    assert (first["asked"], outcomes(first), outcomes(again)) == (False, ["taken"], ["taken"])
    assert len({each["ticket_id"] for each in tickets(uri)}) == 1


def test_who_hands_orders_in_or_takes_them_out_is_on_the_trail(
    hotline: Callable[..., Any], intake: Served, standin: StandIn, uri: str
) -> None:
    """By which token, and how many of each outcome; of what goes out each page, as nobody can tell who reads from the
    middle on. A dry run is no deed."""
    hotline(GOOD, {}, dry_run=True)
    hotline(GOOD, {})
    [(_, noted)] = waiting(uri)["records.trail"]
    assert (noted.deed.what, noted.deed.details) == (What.IMPORTED, {"taken": 1, "refused": 1})
    assert (noted.deed.origin.who, noted.deed.origin.token) == ("hotline", TOKEN)
    standin.answers["records.changed_orders"] = lambda **_: {"items": [], "next": None}
    standin.answers["records.exported"] = lambda **_: None
    pages = {"updated_since": "2026-03-02T10:00:00+08:00"}, {"cursor": f"2026-03-02T02:00:00Z~{TOKEN}"}
    for asked in pages:
        assert intake.client.get(PATH, params=asked, headers={"Authorization": "Bearer token"}).status_code == 200
    told = [kwargs for name, kwargs in standin.calls if name == "records.exported"]
    assert [(each["subject"], each["wanted"]) for each in told] == [("hotline", asked) for asked in pages]
    assert told[0]["origin"]["token"] == str(TOKEN)


def test_only_a_token_made_for_it_opens_it(hotline: Callable[..., Any], intake: Served) -> None:
    """These orders come from all over the town."""
    for method in ("GET", "POST"):
        answer = intake.client.request(method, PATH, headers={"Authorization": "Bearer staff"}, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("visibility", "result"),
    [(Visibility.TEXT, f"{SECRETS['result']} ●●●"), (Visibility.STATUS, None), (Visibility.HIDDEN, None)],
)
def test_how_orders_stand(
    hotline: Callable[..., Any], intake: Served, standin: StandIn, visibility: Visibility, result: str | None
) -> None:
    """Status, level and moments of each; of its result what anybody may read; nothing else of anybody's words."""
    called = Contact(at=MONDAY_10, way=Way.PHONE, reached=True, settled=True, grade=Grade.GOOD)
    record = a_record(
        called_back=called,
        visibility=visibility,
        status=Status.RESOLVED,
        resolved_at=MONDAY_10,
        source=Source.HOTLINE,
        external_ref="GD-1",
    )
    page = OrderPage(
        items=(ChangedOrder(changed_at=MONDAY_10, record=record),), next="2026-03-02T02:00:00Z~" + str(record.ticket.id)
    )
    standin.answers["records.changed_orders"] = lambda **_: page.model_dump(mode="json")
    standin.answers["records.exported"] = lambda **_: None
    asked = {"updated_since": "2026-03-02T10:00:00+08:00", "cursor": page.next, "limit": 5}
    answer = intake.client.get(PATH, params=asked, headers={"Authorization": "Bearer token"})

    [order] = answer.json()["orders"]
    assert (order["external_ref"], order["status"], order["level"], order["result"]) == (
        "GD-1",
        "resolved",
        "unit",
        result,
    )
    assert order["called_back"] == called.model_dump(mode="json")
    assert answer.json()["next"] == page.next
    [wanted] = [kwargs for name, kwargs in standin.calls if name == "records.changed_orders"]
    assert wanted == {"since": "2026-03-02T10:00:00+08:00", "cursor": page.next, "limit": 5}
    assert not any(words in answer.text for name, words in SECRETS.items() if name != "result")


def test_a_foreign_cursor_is_refused(hotline: Callable[..., Any], intake: Served) -> None:
    """In words, before records is asked."""
    for asked in ({"cursor": "x~y"}, {"updated_since": "1772416800"}, {"limit": 0}):
        answer = intake.client.get(PATH, params=asked, headers={"Authorization": "Bearer token"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, *asked)
