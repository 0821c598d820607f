"""Who sees what: the receipt's promise, the reporter's view, the public one, the page, and what nobody may see."""

import re
from uuid import uuid4

import pytest
import requests

from tests.journeys.steps import all_told, ask, entry, happened, mailed
from tests.system import CODE, Filed, System

SECRETS = {"name": "欧阳试样", "phone": "13900001234", "email": "ouyang.sample@home.example"}
IN_THE_TEXT = "13711112222"


def public(system: System, filed: Filed) -> requests.Response:
    return requests.get(f"{system.local.url}/api/v1/tickets/{filed.code}", timeout=30)


def test_same_key_same_ticket(system: System) -> None:
    """The same key and body give the same answer and one ticket; another text under the same key is another ticket."""
    key = str(uuid4())
    first, again = system.file(key=key), system.file(key=key)
    other = system.file(description="是另一件事", key=key)

    assert first.body == again.body
    assert other.code != first.code
    link = system.link(first, "liyuan-1-property-1")
    system.act(link, "resolve", text="好了")
    late = system.file(key=key)
    assert late.body == first.body
    ticket = system.wait_for(first, lambda seen: seen["status"] == "resolved")
    assert happened(ticket) == ["submitted", "assigned", "accepted", "resolved"]


def test_never_unknown_after_the_receipt(system: System) -> None:
    """Right after the 201 the reporter is shown the ticket, submitted at least; never a 404."""
    for _ in range(20):
        filed = system.file()
        ticket = system.ticket(filed)
        assert ticket["status"] in ("submitted", "assigned")
        assert CODE.fullmatch(filed.code)
        assert ticket["place"]["code"] == "liyuan-1-01-2"


@pytest.mark.parametrize(
    ("category", "words", "place"),
    [
        pytest.param("lighting", True, True, id="repairs: text"),
        pytest.param("clutter", True, True, id="order: text"),
        pytest.param("green_space", True, True, id="collective: text"),
        pytest.param("leak", False, False, id="between neighbours: kind and status"),
        pytest.param("about_staff", False, False, id="complaints: kind and status"),
        pytest.param("fire", False, False, id="danger: kind and status"),
        pytest.param("other", False, False, id="not sorted: kind and status"),
    ],
)
def test_public_view_by_matter(system: System, category: str, words: bool, place: bool) -> None:
    """Anybody with the code sees what the matter allows, never where exactly; the reporter sees all."""
    text = f"说明{category}，电话{IN_THE_TEXT}"
    about = {"about_role": "unit_head"} if category == "about_staff" else {}
    filed = system.file("CH1-01-2", text, category=category, location_note="302室门口", **about)
    mine = system.wait_for(filed, lambda seen: seen["version"] > 1)
    seen = public(system, filed).json()

    assert mine["location_note"] == "302室门口"
    assert IN_THE_TEXT not in str(mine)
    assert (seen["status"], seen["kind"], seen["version"]) == (mine["status"], mine["kind"], mine["version"])
    assert (seen["description"] is not None, seen["place"] is not None) == (words, place)
    assert seen["location_note"] is None
    assert IN_THE_TEXT not in str(seen)
    assert words or f": '{category}'" not in str(seen)


def test_care_is_not_shown(system: System) -> None:
    """Matters of care are nobody else's: without the token there is no such ticket, in the API or as a page."""
    filed = system.file(description="对门老人两天没出门", category="elderly")
    mine = system.wait_for(filed, lambda seen: seen["version"] > 1)

    assert mine["owner"]["role"] == "community_worker"
    assert public(system, filed).status_code == 404
    assert requests.get(f"{system.local.url}/t/{filed.code}", timeout=30).status_code == 404
    with_token = requests.get(f"{system.local.url}/t/{filed.code}?token={filed.token}", timeout=30)
    assert "对门老人" in with_token.text


def test_personal_data_is_nowhere(system: System) -> None:
    """Name, phone, e-mail, and a phone within the words stand in no event, log, database, view or message to others."""
    filed = system.file(
        "ZY1-01-2",
        f"楼道灯坏了，找我 {IN_THE_TEXT}",
        title=f"联系{IN_THE_TEXT}",
        location_note=f"到了打 {IN_THE_TEXT}",
        reporter=SECRETS,
    )
    system.act(system.link(filed, "zaoyuan-1-property-1"), "resolve", text="灯换好了")
    mailed(system, filed, SECRETS["email"], "办结")
    all_told(system, filed)
    hidden = [*SECRETS.values(), IN_THE_TEXT]

    told = [each for each in system.messages() if each["to"] != SECRETS["email"]]
    events = ask(system, "records", "events", ticket_id=filed.body["id"])
    assert len(events) > 4
    for shown in (str(told), str(public(system, filed).json())):
        assert [each for each in hidden if each in shown] == []
    for path in sorted(system.local.home.rglob("*")):
        if path.is_file() and path.name != "messages.jsonl":  # what the resident's own mailbox holds
            data = path.read_bytes()
            assert [each for each in hidden if each.encode() in data] == [], path.name


def test_problems_in_the_askers_language(system: System) -> None:
    """Errors are problem documents, in Chinese where nobody says otherwise, in English for who asks for it."""
    door = f"{system.local.url}/api/v1/places/NO-SUCH"
    default, english = requests.get(door, timeout=30), requests.get(door, headers={"Accept-Language": "en"}, timeout=30)
    wrong = system.submit(category="no-such", about_role="king")

    assert default.headers["content-type"] == english.headers["content-type"] == "application/problem+json"
    assert (default.status_code, english.status_code) == (404, 404)
    assert re.search(r"[\u4e00-\u9fff]", default.json()["title"])
    assert english.json()["title"].isascii()
    assert [each["field"] for each in wrong.json()["errors"]] == ["category", "about_role"]
    assert all(re.search(r"[\u4e00-\u9fff]", each["detail"]) for each in wrong.json()["errors"])


def test_page_behind_the_link(system: System) -> None:
    """The page behind the link acts by plain forms: what it offers is done, said, and offered no more."""
    filed = system.file("BH1-01-2", "想在单元口装个扶手", category="accessibility")
    url = f"{system.local.url}/a/{system.link(filed, 'binhe-officer-1')}"

    page = requests.get(url, timeout=30)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "想在单元口装个扶手" in page.text
    done = fill_in(system, page.text, "accept")
    assert "✓" in done.text
    assert 'value="accept"' not in done.text
    done = fill_in(system, done.text, "assign", to="binhe-1:property_manager", text="请先测量")
    assert "✓" in done.text
    again = fill_in(system, page.text, "accept")
    assert "✓" in again.text
    refused = fill_in(system, page.text, "hand_back", text="转给别人吧")
    assert "✗" not in refused.text

    ticket = system.wait_for(filed, lambda seen: seen["level"] == "subdistrict")
    assert ticket["handler"]["role"] == "property_manager"
    assert happened(ticket).count("accepted") == 1
    assert entry(ticket, "handed_back")["text"] == "转给别人吧"


def fill_in(system: System, html: str, action: str, **fields: str) -> requests.Response:
    """Send the page's form for an action as a browser without a script does, and follow to the page after it."""
    form = next(
        form for form in re.findall(r"<form.*?</form>", html, re.S) if f'name="action" value="{action}"' in form
    )
    target = re.search(r'action="([^"]+)"', form)
    assert target
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', form))
    return requests.post(f"{system.local.url}{target[1]}", data={**hidden, **fields}, timeout=30)
