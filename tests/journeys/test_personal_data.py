"""What residents leave of themselves: shown to whoever needs it, handed out, erased; and who may file for another."""

import re
from io import BytesIO

import pytest
import requests
from PIL import Image

from tests.browsers import Browser, signed_in
from tests.journeys.residents import call, cosign, done, read_and_erased, recorded, resolve
from tests.journeys.steps import all_told, ask, entry, mailed
from tests.system import PATIENCE, Filed, System, eventually

PEOPLE = {
    "head": "liyuan-1-01-2-head",
    "property": "liyuan-1-property-1",
    "officer": "liyuan-officer-1",
    "elsewhere": "xueyuan-officer-1",
}
SECRETS = ("欧阳无名", "13900005678", "ouyang.anonym@home.example", "13722223333")


@pytest.fixture(scope="module")
def staff(system: System) -> dict[str, Browser]:
    """Each of ``PEOPLE``, signed in."""
    return signed_in(system, PEOPLE)


def test_whoever_has_to_reach_the_reporter_can(system: System, staff: dict[str, Browser]) -> None:
    """The owner and the level above read name and phone, each look on the trail; nobody else, and nowhere else."""
    left = {"name": "司马无双", "phone": "13900001234", "email": None}
    filed = recorded(system, description="楼道灯不亮了", reporter=left)
    path = f"/tickets/{filed.code}"
    answers = {who: staff[who].ask("GET", f"{path}/contact") for who in staff}
    assert {who: answer.status_code for who, answer in answers.items()} == {
        "head": 403, "property": 200, "officer": 200, "elsewhere": 404,
    }  # fmt: skip
    assert answers["property"].json() == answers["officer"].json() == left
    assert call(system, "GET", filed, "contact").status_code == 401, "the tracking token is the reporter's"
    seen = [("reporter_shown", "session")] * 2
    assert eventually(lambda: read_and_erased(system, filed) == seen)
    pages = (f"{path}/actions", path, "/inbox", "/inbox?text=楼道灯", "/stats")
    shown = [staff[who].ask("GET", page).text for who in ("head", "property", "officer") for page in pages]
    events = str(ask(system, "records", "events", ticket_id=filed.body["id"]))
    assert [secret for secret in ("司马无双", "13900001234") if secret in str((shown, events))] == []
    unnamed = recorded(system, anonymous=True, reporter=left)
    assert staff["property"].ask("GET", f"/tickets/{unnamed.code}/contact").json()["code"] == "reporter_hidden"


def test_anonymous_is_anonymous(system: System) -> None:
    """Who left contact data and wants no name shown is told, and stands in no event, log, view or message to others;
    what is kept is handed out to the holder of the token, and erased, while the chain stays whole."""
    name, phone, email, in_the_text = SECRETS
    reporter = {"name": name, "phone": phone, "email": email}
    door = "ZY1-01-2"  # of another compound, whose group has not yet read as much as a bot may tell in a minute
    filed = recorded(
        system, door_code=door, description=f"物业态度差，{in_the_text}", anonymous=True, reporter=reporter
    )
    signed = cosign(system, filed, "609", door, reporter=reporter).json()
    mine = Filed(filed.code, signed["tracking_token"], signed)
    done(system, mine, "comment", text=f"我也是，找我 {phone}")
    resolve(system, filed, by="zaoyuan-1-property-1")
    done(system, filed, "reopen", text=f"没有解决 {in_the_text}")
    mailed(system, filed, email, "办结")
    all_told(system, filed)

    told = [each for each in system.messages() if each["to"] != email]
    events = ask(system, "records", "events", ticket_id=filed.body["id"])
    public = requests.get(f"{system.local.url}/api/v1/tickets/{filed.code}", timeout=PATIENCE).json()
    shown = (str(told), str(public), str(events), str(system.ticket(filed)), str(system.ticket(mine)))
    assert [
        secret for secret in (*SECRETS, "609") for each in shown if re.search(rf"\b{re.escape(secret)}\b", each)
    ] == []
    for path in sorted(system.local.home.rglob("*")):
        if path.is_file() and path.name != "messages.jsonl":  # what the resident's own mailbox holds
            data = path.read_bytes()
            assert [secret for secret in SECRETS if secret.encode() in data] == [], path.name

    kept = call(system, "GET", filed, "personal").json()
    assert (kept["name"], kept["phone"], in_the_text in kept["description"]) == (name, phone, True)
    assert call(system, "GET", mine, "personal").json()["household"] == "609"
    assert requests.get(f"{system.local.url}/api/v1/tickets/{filed.code}/personal", timeout=PATIENCE).status_code == 401
    assert call(system, "DELETE", filed, "personal").status_code == 204
    assert set(call(system, "GET", filed, "personal").json().values()) == {None}
    assert call(system, "GET", mine, "personal").json()["name"] == name, "each erases what is his"
    assert system.loumen("erase", filed.code).returncode == 0
    assert set(call(system, "GET", mine, "personal").json().values()) == {None}
    assert read_and_erased(system, filed) == [
        ("reporter_handed_out", "tracking"),
        ("reporter_handed_out", "tracking"),
        ("reporter_erased", "tracking"),
        ("reporter_handed_out", "tracking"),
        ("reporter_erased", "command_line"),
    ]
    assert system.loumen("ledger", "verify").returncode == 0


def test_words_and_photos_are_erased(system: System) -> None:
    """Once it is over, at the reporter's wish: in the record and on the disk; the chain holds."""
    png = BytesIO()
    Image.new("RGB", (8, 8), "red").save(png, "PNG")
    photo = requests.post(f"{system.local.url}/api/v1/photos", files={"photo": png.getvalue()}, timeout=PATIENCE).json()
    filed = recorded(system, description="门前积水很深", photos=[photo["id"]])
    done(system, filed, "comment", text="雨后更深")
    signed = cosign(system, filed, "702").json()
    neighbour = Filed(filed.code, signed["tracking_token"], signed)
    done(system, neighbour, "comment", text="我家门口也是")
    assert call(system, "DELETE", filed, "personal").status_code == 204
    assert system.ticket(filed)["description"] == "门前积水很深", "the work needs it"
    resolve(system, filed)
    assert requests.get(system.local.url + photo["link"], timeout=PATIENCE).status_code == 200
    assert call(system, "DELETE", neighbour, "personal").status_code == 204
    its_own = system.wait_for(filed, lambda seen: "erased" in [each["type"] for each in seen["timeline"]])
    assert [each["text"] for each in its_own["timeline"] if each["type"] == "commented"] == ["雨后更深", None]
    assert its_own["description"] == "门前积水很深"
    assert call(system, "DELETE", filed, "personal").status_code == 204

    seen = system.wait_for(filed, lambda seen: seen["description"] is None)
    assert (seen["photos"], entry(seen, "commented")["text"]) == ([], None)
    assert entry(seen, "resolved")["text"] == "换了灯泡"
    assert requests.get(system.local.url + photo["link"], timeout=PATIENCE).status_code == 404
    events = ask(system, "records", "events", ticket_id=filed.body["id"])
    assert not any(words in str(events) for words in ("门前积水", "雨后更深"))
    assert system.loumen("ledger", "verify").returncode == 0
    assert system.loumen("ledger", "rebuild", "--dry-run").returncode == 0
    assert system.loumen("erase", filed.code).returncode == 0


def test_filed_by_a_post(system: System, staff: dict[str, Browser]) -> None:
    """For a neighbour who agreed, and on patrol; by the posts there and above that the policy names, no other."""
    body = {"door_code": "LY1-01-2", "description": "对门灯坏了", "category": "lighting"}
    neighbour = {"reporter": {"name": "李奶奶", "phone": "13900009999"}, "on_behalf": {"consent": True}}
    url = f"{system.local.url}/api/v1/tickets"
    for source in ("visit", "patrol", "hotline", "system"):
        claimed = requests.post(
            url,
            json={**body, "source": source, **({"on_behalf": {"consent": True}} if source == "visit" else {})},
            timeout=PATIENCE,
        )
        assert claimed.status_code == 401, source
    for who in ("elsewhere", "property"):
        assert staff[who].ask("POST", "/tickets", json={**body, **neighbour}).status_code == 403, who
    refused = staff["head"].ask("POST", "/tickets", json={**body, **neighbour, "on_behalf": {"consent": False}})
    assert refused.json()["errors"][0]["field"] == "on_behalf.consent"

    for more, kept in ((neighbour, "李奶奶"), ({"source": "patrol"}, None)):
        answer = staff["head"].ask("POST", "/tickets", json={**body, **more})
        assert answer.status_code == 201, answer.text
        filed = Filed(answer.json()["code"], answer.json()["tracking_token"], answer.json())
        seen = system.wait_for(filed, lambda seen: seen["owner"] is not None)
        assert seen["filed_by"] == "unit_head"
        personal = call(system, "GET", filed, "personal").json()
        assert (personal["name"], bool(personal["consented_at"])) == (kept, bool(kept))
    patrol = staff["head"].ask("POST", "/tickets", json={**body, "source": "patrol", "reporter": {"name": "李奶奶"}})
    assert patrol.json()["errors"][0]["field"] == "reporter"
