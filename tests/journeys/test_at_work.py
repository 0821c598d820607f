"""Staff at work with their accounts: what they see, what is open to them, what they do, through HTTP alone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.browsers import PASSWORD, Browser, loumen, signed_in
from tests.system import Filed, System, eventually

PEOPLE = {
    "property": "liyuan-1-property-1",
    "officer": "liyuan-officer-1",
    "elsewhere": "xueyuan-officer-1",
    "subdistrict": "qingyuan-officer-1",
}


@pytest.fixture(scope="module")
def staff(system: System) -> dict[str, Browser]:
    """Each of ``PEOPLE``, signed in."""
    return signed_in(system, PEOPLE)


def filed(system: System) -> Filed:
    """With its owner, and in the record."""
    new = system.file()
    system.wait_for(new, lambda seen: seen["owner"] is not None)
    return new


def open_to(browser: Browser, ticket: Filed) -> set[str]:
    forms = browser.ask("GET", f"/tickets/{ticket.code}/actions").json()["forms"]
    return {form["action"] for form in forms or () if form["refused"] is None}


def act(browser: Browser, ticket: Filed, action: str, **more: object) -> requests.Response:
    return browser.ask("POST", f"/tickets/{ticket.code}/actions/{action}", json=more)


def test_each_sees_what_is_his(system: System, staff: dict[str, Browser]) -> None:
    """The owner, the community's officer and the subdistrict's see it; another community's does not know it."""
    ticket = filed(system)
    seen = {login: browser.ask("GET", f"/tickets/{ticket.code}/actions") for login, browser in staff.items()}
    assert {login: answer.status_code for login, answer in seen.items()} == {
        "property": 200,
        "officer": 200,
        "elsewhere": 404,
        "subdistrict": 200,
    }
    assert seen["elsewhere"].json()["code"] == "unknown_ticket"
    assert "accept" in open_to(staff["property"], ticket)
    assert not {"accept", "resolve"} & open_to(staff["officer"], ticket)


def test_from_accepting_to_settled(system: System, staff: dict[str, Browser]) -> None:
    """What is offered succeeds; what is not one's own, or wants words, is refused with the reason."""
    ticket = filed(system)
    foreign = act(staff["officer"], ticket, "accept")
    assert (foreign.status_code, foreign.json()["reason"]) == (403, "not_your_part")
    assert act(staff["elsewhere"], ticket, "accept").status_code == 404
    accepted = act(staff["property"], ticket, "accept")
    assert (accepted.status_code, accepted.json()["ticket"]["status"]) == (200, "accepted")
    assert act(staff["property"], ticket, "note").json()["reason"] == "text_missing"
    assert act(staff["property"], ticket, "escalate", text="要街道协调").status_code == 200
    system.wait_for(ticket, lambda seen: seen["level"] == "community")
    assert {"accept", "assign", "resolve"} <= open_to(staff["officer"], ticket)
    assert "resolve" in open_to(staff["property"], ticket), "the work stays with whoever can do it"
    assert act(staff["officer"], ticket, "resolve", text="修好了").json()["ticket"]["status"] == "resolved"


def test_of_two_at_once_one_wins(system: System, staff: dict[str, Browser]) -> None:
    """The other is told how it stands and who did what; the same action sent twice is done once and answered the same,
    another under its id is refused."""
    ticket, twice = filed(system), str(uuid4())
    browsers = [Browser(system) for _ in range(2)]
    for browser in browsers:
        browser.sign_in("property", PASSWORD)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda browser: act(browser, ticket, "accept"), browsers))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [lost] = [answer.json() for answer in answers if answer.status_code == 409]
    assert (lost["reason"], lost["instead"]["status"]) == ("wrong_status", "accepted")
    last = lost["instead"]["last"]
    assert (last["type"], last["by"]["post"]) == ("accepted", "liyuan-1:property_manager")
    assert lost["instead"]["since"] == last["at"]
    first, again = (act(browsers[0], ticket, "note", text="带了新灯泡", action_id=twice) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.json()["ticket"]["version"] == again.json()["ticket"]["version"]
    assert act(browsers[1], ticket, "note", text="别的话", action_id=twice).json()["reason"] == "action_id_used"


def test_a_program_may_read_and_not_act(system: System, staff: dict[str, Browser]) -> None:
    """With a token for reading."""
    ticket = filed(system)
    made = staff["property"].ask("POST", "/tokens", json={"name": "screen", "scopes": ["tickets:read"]}).json()
    program = Browser(system)
    program.http.headers = {"Authorization": f"Bearer {made['token']}"}
    assert program.ask("GET", f"/tickets/{ticket.code}/actions").status_code == 200
    assert act(program, ticket, "accept").json()["code"] == "not_allowed"


def test_an_admin_finds_who_did_what(system: System, staff: dict[str, Browser]) -> None:
    """Each action with the account, the post and the address, refused ones too, none of it a resident's; who is no
    admin is not shown it."""
    ticket = filed(system)
    act(staff["officer"], ticket, "accept")
    act(staff["property"], ticket, "accept")
    assert loumen(system, "account", "add", "admin", "--admin", typed=PASSWORD).returncode == 0
    admin = Browser(system)
    assert admin.sign_in("admin", PASSWORD).status_code == 200
    assert staff["officer"].ask("GET", "/admin/trail").json()["code"] == "not_allowed"

    def found() -> list[dict[str, Any]]:
        items = admin.ask("GET", f"/admin/trail?subject={ticket.code}").json()["items"]
        return items if len(items) == 2 else []

    done, refused = eventually(found)
    assert [(each["who"], each["outcome"], each["details"]["action"]) for each in (refused, done)] == [
        ("officer", "not_your_part", "accept"),
        ("property", "done", "accept"),
    ]
    assert (done["via"], done["address"], done["details"]["post"]) == (
        "session",
        "127.0.0.1",
        "liyuan-1:property_manager",
    )
    *_, signed_in = admin.ask("GET", "/admin/trail?who=property&what=signed_in").json()["items"]
    assert (signed_in["via"], signed_in["subject"]) == ("password", "property")


def test_the_inbox_holds_what_is_seen(system: System, staff: dict[str, Browser]) -> None:
    """Who sees a ticket finds it by words and place, whoever has it among his own; once settled it is gone."""
    ticket = system.file(description="七号楼门口的休闲椅断了一条腿")
    system.wait_for(ticket, lambda seen: seen["owner"] is not None)

    def found(login: str, **filters: object) -> bool:
        told = staff[login].ask("GET", "/inbox", params={"text": "休闲椅", "place": "liyuan", **filters}).json()
        return [item["ticket"]["code"] for item in told["items"]] == [ticket.code]

    assert {login for login in staff if found(login)} == {"property", "officer", "subdistrict"}
    assert {login for login in staff if found(login, mine=True)} == {"property"}
    assert {login for login in staff if found(login, my_level=True)} == {"property"}
    assert staff["property"].ask("GET", "/inbox/badges").json()["mine"]["count"] > 0
    act(staff["property"], ticket, "accept")
    act(staff["property"], ticket, "resolve", text="修好了")
    system.wait_for(ticket, lambda seen: seen["status"] == "resolved")
    assert not found("property")
    assert found("property", status="resolved", mine=True)
