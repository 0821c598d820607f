"""Who may call what: every route of the app, asked by everybody, against one table."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import Connection, Engine

from services.intake.app import create_app
from services.intake.guard import COOKIE, NEEDS, Guarded, digest
from services.intake.settings import IntakeSettings
from services.records.accounts import handlers
from shared import ids
from shared.contracts.vocabulary import Scope
from shared.db import open_engine, reading, transaction
from shared.migrate import upgrade
from tests.builders import a_directory
from tests.integration.intake.harness import Served, with_directory
from tests.integration.intake.standin import Answer, StandIn
from tests.records_of import a_record
from tests.trail_of import notes

ASKERS = (
    *("nobody", "the reporter's tracking token", "an account that was disabled"),
    *("U:unit_head", "K:property_manager", "C:grid_worker", "C:community_worker", "C:community_officer"),
    *("S:subdistrict_officer", "S:urban_management", "V:unit_head"),  # the last is at another door
    "an admin without a person",
    *("a manager's token", *(f"a manager's token {scope}" for scope in Scope)),
    *("an admin's token hotline", "an admin's token admin"),
)
"""The columns of ``TABLE``. A manager may have got a token for what only an admin may: it must not open it."""

IN, WHO, NO, SIGN_IN, UNKNOWN = "+", "?", "-", "s", "0"
SAID = {"not_signed_in": WHO, "not_allowed": NO, "session_needed": SIGN_IN, "cross_site": NO, "unknown_ticket": UNKNOWN}
TABLE = """
                        strangers  posts     admin  tokens
get_place               +++        ++++++++  +      +++++++
get_categories          +++        ++++++++  +      +++++++
get_similar             +++        ++++++++  +      +++++++
get_suggestions         +++        ++++++++  +      +++++++
submit_ticket           +++        ++++++++  +      +++++++
get_ticket              +++        ++++++++  +      +++++++
upload_photo            +++        ++++++++  +      +++++++
get_photo               +++        ++++++++  +      +++++++
get_thumbnail           +++        ++++++++  +      +++++++
show_ticket             +++        ++++++++  +      +++++++
cosign_ticket           +++        ++++++++  +      +++++++
get_personal            +++        ++++++++  +      +++++++
erase_personal          +++        ++++++++  +      +++++++
act                     +++        ++++++++  +      +++++++
show_offer              +++        ++++++++  +      +++++++
act_by_form             +++        ++++++++  +      +++++++
get_health              +++        ++++++++  +      +++++++
get_readiness           +++        ++++++++  +      +++++++
sign_in                 +++        ++++++++  +      +++++++
custom_swagger_ui_html  +++        ++++++++  +      +++++++
swagger_ui_redirect     +++        ++++++++  +      +++++++
get_actions             ?+?        +++0++00  0      -+-----
act_on_ticket           ?+?        +++0++00  0      --+----
get_contact             ???        +++0++00  0      --+----
get_inbox               ???        ++++++++  +      -+-----
get_badges              ???        ++++++++  +      -+-----
get_stats               ???        ++++++++  +      -+-----
get_names               ???        ++++++++  +      -+-----
preview_policy          ???        ++++++++  +      -+-----
take_orders             ???        --------  +      -----+-
get_orders              ???        --------  +      -----+-
get_trail               ???        --------  +      ------+
export_trail            ???        --------  +      ------+
get_accounts            ???        --------  +      ------+
add_account             ???        --------  +      sssssss
reset_password          ???        --------  +      sssssss
disable_account         ???        --------  +      sssssss
get_tokens_of           ???        --------  +      ------+
revoke_token_of         ???        --------  +      sssssss
get_directory           ???        --------  +      ------+
get_parked              ???        --------  +      ------+
get_parked_message      ???        --------  +      ------+
resend_parked           ???        --------  +      sssssss
drop_parked             ???        --------  +      sssssss
sign_out                ???        ++++++++  +      sssssss
get_me                  ???        ++++++++  +      +++++++
change_password         ???        ++++++++  +      sssssss
get_tokens              ???        ++++++++  +      sssssss
make_token              ???        ++++++++  +      sssssss
revoke_token            ???        ++++++++  +      sssssss
"""
"""What becomes of whom: + in, ? please sign in, - may not, s by a session alone, 0 there is no such ticket."""
RULES = {name: "".join(columns) for name, *columns in map(str.split, TABLE.strip().splitlines()[1:])}

NO_CALLS = {"openapi", "static", "static-offline-docs"}
"""What the framework serves beside calls: files, and the document of all calls."""
GIVEN = {"token_id": str(UUID(int=7)), "action": "accept", "login": "somebody", "id": "1"}


def routes(within: Any) -> Iterator[APIRoute]:
    """Every call of an app, however it got there; what is none has its name in ``NO_CALLS``."""
    for route in within.routes:
        if isinstance(route, APIRoute):
            yield route
        elif router := getattr(route, "original_router", None):
            yield from routes(router)
        else:
            assert route.name in NO_CALLS, f"neither a call nor known: {route!r}"


def without_a_rule(app: Any) -> list[str]:
    return [route.name for route in routes(app) if route.name not in RULES]


APP = create_app(IntakeSettings())


async def forgotten() -> None:
    """A route that nobody has thought about."""


def test_every_route_has_its_rule_and_every_rule_its_route() -> None:
    """And asks for it by itself, but for the document's own pages, which the framework makes."""
    assert without_a_rule(APP) == []
    assert sorted(RULES) == sorted(route.name for route in routes(APP))
    assert {route.name for route in routes(APP) if not isinstance(route, Guarded)} == RULES.keys() - NEEDS.keys()


def test_a_route_without_a_rule_is_found() -> None:
    """However it is put in: past our routers it is missing in the table, with them it cannot even be made."""
    app, router = create_app(IntakeSettings()), APIRouter()
    app.get("/forgotten")(forgotten)
    router.get("/forgotten/too", name="hidden", include_in_schema=False)(forgotten)
    app.include_router(router)
    assert without_a_rule(app) == ["forgotten", "hidden"]
    with pytest.raises(KeyError):
        APIRouter(route_class=Guarded).get("/forgotten")(forgotten)


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Records' own accounts, with everybody of ``ASKERS`` who has one: signed in, or with a token."""
    engine = open_engine(None, tmp_path_factory.mktemp("accounts"), "records")
    upgrade(engine, "records")
    with transaction(engine) as connection:
        people = {post.code: post.person for post in a_directory().posts}
        for asker in ASKERS[2:12]:
            _sign_in(connection, asker, people.get(asker))
        handlers.set_disabled(connection, ASKERS[2], True, notes(datetime.now(UTC)))
        _add_token(connection, "K:property_manager", "a manager's token")
        for scope in Scope:
            _add_token(connection, "K:property_manager", f"a manager's token {scope}", scope)
        for scope in (Scope.HOTLINE, Scope.ADMIN):
            _add_token(connection, "an admin without a person", f"an admin's token {scope}", scope)
    yield engine
    engine.dispose()


def _sign_in(connection: Connection, login: str, person: str | None) -> None:
    now = datetime.now(UTC)
    handlers.add_account(connection, login, person, "admin" in login, "-", notes(now))
    begun = handlers.begin_sign_in(connection, login, login, now, b"key")
    assert handlers.finish_sign_in(connection, begun.attempt, digest(_cookie(login)), notes(now))


def _cookie(asker: str) -> str:
    return asker.replace(" ", "+")


def _add_token(connection: Connection, login: str, text: str, *scopes: Scope) -> None:
    end = datetime.now(UTC) + timedelta(hours=1)
    handlers.add_token(
        connection, handlers.normal(login), uuid4(), "-", scopes, digest(text), end, notes(datetime.now(UTC))
    )


class OrFails(dict[str, Answer]):
    """Whatever else is asked fails at once: what comes after the door is not the question."""

    def get(self, name: str, _default: Any = None) -> Any:
        return super().get(name, self._fail)

    @staticmethod
    def _fail(**_: Any) -> None:
        raise LookupError


@pytest.fixture
def ask(
    intake: Served, standin: StandIn, accounts: Engine, monkeypatch: pytest.MonkeyPatch
) -> Callable[[APIRoute, str], str]:
    """What becomes of somebody who calls a route; the ticket is one at the door U, and the manager's."""
    record = a_record()
    given = GIVEN | {"code": record.ticket.code}
    tracking = ids.sign_tracking(intake.secret, ids.TrackingToken(ticket_id=record.ticket.id, door_code="D-U"))

    def identity(digest: str) -> Any:
        with reading(accounts) as connection:
            found = handlers.identity(connection, digest, datetime.now(UTC))
        return found and found.model_dump(mode="json")

    monkeypatch.setattr(standin, "answers", OrFails())
    with_directory(standin)
    standin.answers["records.identity"] = identity
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")

    def asked(route: APIRoute, asker: str) -> str:
        [method] = route.methods
        path = route.path.format(**{name: given.get(name, "x") for name in route.param_convertors})
        headers = {"Sec-Fetch-Site": "same-origin", **_credentials(asker, tracking)}
        answer = intake.client.request(
            method, path, headers=headers, json=None if method in ("GET", "DELETE") else {}, follow_redirects=False
        )
        problem = answer.headers.get("content-type", "").startswith("application/problem")
        said = SAID.get(answer.json()["code"] if problem else "", IN)
        return IN if said == UNKNOWN and not NEEDS[route.name].account else said

    return asked


def _credentials(asker: str, tracking: str) -> dict[str, str]:
    if asker == "nobody":
        return {}
    if "token" in asker:
        return {"Authorization": f"Bearer {tracking if 'tracking' in asker else asker}"}
    return {"Cookie": f"{COOKIE}={_cookie(asker)}"}


@pytest.mark.parametrize("route", list(routes(APP)), ids=lambda route: route.name)
def test_each_gets_what_the_table_says(ask: Callable[[APIRoute, str], str], route: APIRoute) -> None:
    """Role by role and token by token; what is asked of a body comes after that."""
    found = {asker: ask(route, asker) for asker in ASKERS}
    assert found == dict(zip(ASKERS, RULES[route.name], strict=True))


def test_a_session_that_is_over_and_a_token_of_nobody_are_nothing(ask: Callable[[APIRoute, str], str]) -> None:
    """The same as to bring none."""
    [route] = [route for route in routes(APP) if route.name == "get_me"]
    assert [ask(route, asker) for asker in ("a session that is over", "a token of nobody")] == [WHO, WHO]


def test_the_cookie_of_a_session_that_is_over_is_cleared(intake: Served, standin: StandIn) -> None:
    """Also after the browser was away for days; who brings a token keeps what cookies there are."""
    standin.answers["records.identity"] = lambda **_: None
    over = {"Cookie": f"{COOKIE}=over"}
    cleared = intake.client.get("/api/v1/me", headers=over)
    assert (cleared.status_code, cleared.headers["Set-Cookie"].partition(";")[0]) == (401, f'{COOKIE}=""')
    assert "Max-Age=0" in cleared.headers["Set-Cookie"]
    for headers in ({}, {**over, "Authorization": "Bearer x"}):
        assert "Set-Cookie" not in intake.client.get("/api/v1/me", headers=headers).headers
