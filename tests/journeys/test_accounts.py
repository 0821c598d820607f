"""Staff and their accounts, over HTTP: no password anywhere but the one that the first admin typed."""

import asyncio

import pytest

from services.intake.guard import COOKIE
from shared.bus.asyncio import connected
from shared.bus.topology import ROUTING_COMMANDS
from tests.browsers import PASSWORD, Browser, loumen
from tests.system import System, eventually

OTHER = "noch eine lange Treppe"
OFFICER = "liyuan-officer-1"


@pytest.fixture(scope="module")
def officer(system: System) -> str:
    """The login of a community officer, made by the command line."""
    made = loumen(system, "account", "add", "officer", "--person", OFFICER, typed=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    return "officer"


def test_the_command_line_makes_accounts(system: System, officer: str) -> None:
    """A login is there once; a short password is refused; the list names them without passwords."""
    again = loumen(system, "account", "add", "Officer", "--admin", typed=PASSWORD + "\n")
    assert again.returncode == 1
    short = loumen(system, "account", "add", "other", "--admin", typed="short\n")
    assert (short.returncode, "10" in short.stderr) == (1, True)
    listed = system.loumen("account", "list").stdout
    assert listed.split() == [officer, OFFICER]


def test_who_signs_in_is_told_the_posts_held(system: System, officer: str) -> None:
    """Until then nothing is told; the cookie is out of reach for scripts; signing out ends it for good."""
    browser = Browser(system)
    nobody = browser.ask("GET", "/me")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in")

    assert browser.sign_in("OFFICER", PASSWORD).status_code == 200
    me = browser.ask("GET", "/me").json()
    assert {post["role"] for post in me["posts"]} == {"community_officer"}
    assert (me["login"], me["admin"]) == (officer, False)
    [cookie] = [each for each in browser.http.cookies if each.name == COOKIE]
    assert cookie.has_nonstandard_attr("HttpOnly")
    kept = browser.http.cookies.copy()

    assert browser.ask("DELETE", "/session").status_code == 204
    browser.http.cookies = kept
    assert browser.ask("GET", "/me").status_code == 401


def test_a_wrong_password_and_an_unknown_name_look_alike(system: System, officer: str) -> None:
    """The same answer, in the asker's language."""
    answers = [
        Browser(system).ask("POST", "/session?lang=en", json={"login": login, "password": "wrong wrong"})
        for login in (officer, "nobody")
    ]
    bodies = [answer.json() | {"instance": ""} for answer in answers]
    assert bodies[0] == bodies[1]
    assert (answers[0].status_code, bodies[0]["title"]) == (401, "Name or password is wrong.")


def test_another_site_cannot_use_the_session(system: System, officer: str) -> None:
    """What another site's page makes a browser send changes nothing, with and without the newer header."""
    browser = Browser(system)
    browser.sign_in(officer, PASSWORD)
    del browser.http.headers["Sec-Fetch-Site"]
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = browser.ask("DELETE", "/session", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    assert browser.ask("DELETE", "/session", headers={"Origin": system.local.url}).status_code == 204


def test_a_program_has_a_token_of_its_own(system: System, officer: str) -> None:
    """It is shown once, does what its scopes say, makes no other, and is over when it is revoked."""
    browser = Browser(system)
    browser.sign_in(officer, PASSWORD)
    too_much = browser.ask("POST", "/tokens", json={"name": "report", "scopes": ["admin"]})
    assert (too_much.status_code, too_much.json()["code"]) == (403, "not_allowed")
    made = browser.ask("POST", "/tokens", json={"name": "report", "scopes": ["tickets:read"], "days": 1})
    assert made.status_code == 201
    [listed] = browser.ask("GET", "/tokens").json()
    assert (listed["name"], "token" in listed) == ("report", False)

    program = Browser(system)
    program.http.headers = {"Authorization": f"Bearer {made.json()['token']}"}
    assert program.ask("GET", "/me").json()["scopes"] == ["tickets:read"]
    more = program.ask("POST", "/tokens", json={"name": "more", "scopes": ["tickets:read"]})
    assert (more.status_code, more.json()["code"]) == (403, "session_needed")

    assert browser.ask("DELETE", f"/tokens/{made.json()['id']}").status_code == 204
    assert browser.ask("DELETE", f"/tokens/{made.json()['id']}").status_code == 404
    assert program.ask("GET", "/me").status_code == 401


def test_another_password_ends_the_other_sessions(system: System, officer: str) -> None:
    """The old one must be known; who changes it stays in with a new cookie, everybody else is out."""
    browser, phone = Browser(system), Browser(system)
    browser.sign_in(officer, PASSWORD)
    phone.sign_in(officer, PASSWORD)
    wrong = browser.ask("PUT", "/me/password", json={"old": "wrong wrong", "new": OTHER})
    assert wrong.json()["code"] == "wrong_password"
    named = browser.ask("PUT", "/me/password", json={"old": PASSWORD, "new": f"my {officer} account"})
    assert named.json()["errors"][0]["field"] == "new"
    assert browser.ask("PUT", "/me/password", json={"old": PASSWORD, "new": OTHER}).status_code == 204
    assert [each.ask("GET", "/me").status_code for each in (browser, phone)] == [200, 401]
    assert Browser(system).sign_in(officer, OTHER).status_code == 200


def test_after_five_wrong_passwords_one_waits(system: System) -> None:
    """429 with how long, even for the right one."""
    assert loumen(system, "account", "add", "guessed", "--person", OFFICER, typed=PASSWORD + "\n").returncode == 0
    for _ in range(5):
        assert Browser(system).sign_in("guessed", "wrong wrong").status_code == 401
    answer = Browser(system).sign_in("guessed", PASSWORD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert loumen(system, "account", "disable", "guessed", typed="").returncode == 0


@pytest.fixture(scope="module")
def admin(system: System) -> Browser:
    """Signed in; the first admin comes from the command line."""
    assert loumen(system, "account", "add", "admin", "--admin", typed=PASSWORD + "\n").returncode == 0
    browser = Browser(system)
    assert browser.sign_in("admin", PASSWORD).status_code == 200
    return browser


def test_an_admin_looks_after_the_accounts_of_others(system: System, admin: Browser) -> None:
    """Makes one for a person of the directory, gives it another password, takes its token back, disables and enables
    it; each is on the trail under the admin's name, and none of it is open to anybody else."""
    new = {"login": "Wang", "person": OFFICER, "password": PASSWORD}
    made = admin.ask("POST", "/admin/accounts", json=new)
    assert (made.status_code, made.json()["login"], made.json()["admin"]) == (201, "wang", False)
    assert admin.ask("POST", "/admin/accounts", json=new).json()["code"] == "login_taken"
    stranger = admin.ask("POST", "/admin/accounts", json=new | {"login": "li", "person": "nobody"})
    assert stranger.json()["errors"][0]["field"] == "person"
    nobody = admin.ask("POST", "/admin/accounts", json={"login": "li", "password": PASSWORD})
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (422, "person")
    assert "wang" in [each["login"] for each in admin.ask("GET", "/admin/accounts").json()]

    wang = Browser(system)
    assert wang.sign_in("wang", PASSWORD).status_code == 200
    assert wang.ask("GET", "/admin/accounts").json()["code"] == "not_allowed"
    token = wang.ask("POST", "/tokens", json={"name": "screen", "scopes": ["tickets:read"]}).json()["id"]
    assert [each["id"] for each in admin.ask("GET", "/admin/accounts/wang/tokens").json()] == [token]
    assert admin.ask("DELETE", f"/admin/accounts/wang/tokens/{token}").status_code == 204
    assert admin.ask("DELETE", f"/admin/accounts/wang/tokens/{token}").json()["code"] == "unknown_token"

    assert admin.ask("PUT", "/admin/accounts/wang/password", json={"password": OTHER}).status_code == 204
    assert (wang.ask("GET", "/me").status_code, wang.sign_in("wang", OTHER).status_code) == (401, 200)
    for disabled, status in ((True, 401), (False, 200)):
        assert admin.ask("PUT", "/admin/accounts/wang/disabled", json={"disabled": disabled}).status_code == 204
        assert wang.sign_in("wang", OTHER).status_code == status
    for login, code in (("nobody", "unknown_account"), ("Admin", "own_account")):
        assert admin.ask("PUT", f"/admin/accounts/{login}/disabled", json={"disabled": True}).json()["code"] == code

    noted = admin.ask("GET", "/admin/trail?who=admin&subject=wang").json()["items"]
    assert [each["what"] for each in reversed(noted)] == [
        "account_added",
        "token_revoked",
        "password_changed",
        "account_disabled",
        "account_enabled",
    ]


def test_an_admin_looks_after_messages_that_nobody_could_handle(system: System, admin: Browser) -> None:
    """Sees them, sends one again or says that it needs nothing more; that somebody has read one is on the trail."""

    async def put() -> None:
        async with connected(system.environment["AMQP_URI"]) as bus:
            await bus.publish("", ROUTING_COMMANDS, b"not json", message_id="by-hand")

    def waiting() -> list[int]:
        return [each["id"] for each in admin.ask("GET", "/admin/parked").json()]

    asyncio.run(put())
    [first] = eventually(waiting)
    assert admin.ask("GET", f"/admin/parked/{first}").json()["body"] == "not json"
    assert admin.ask("POST", f"/admin/parked/{first}/resend").status_code == 204
    assert admin.ask("POST", f"/admin/parked/{first}/resend").json()["code"] == "unknown_parked"
    [second] = eventually(lambda: [id for id in waiting() if id != first])
    assert admin.ask("POST", f"/admin/parked/{second}/drop").status_code == 204
    assert waiting() == []
    noted = admin.ask("GET", f"/admin/trail?subject={first}").json()["items"]
    assert [(each["who"], each["what"]) for each in reversed(noted)][-2:] == [
        ("admin", "parked_shown"),
        ("admin", "parked_resent"),
    ]
    shown = admin.ask("GET", "/admin/directory").json()
    assert (shown["version"], shown["counts"]["levels"]) == (1, 5)
