"""Who may call what: every route of the app, asked by everybody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.intake.app import ROUTES
from services.intake.guard import COOKIE, NEEDS, Guarded, digest
from shared.contracts.accounts import EVERY_SCOPE, Identity
from shared.contracts.vocabulary import Scope
from tests.integration.intake.harness import Served, with_directory
from tests.integration.intake.standin import StandIn

OURS = [route for module in ROUTES for route in module.router.routes if isinstance(route, APIRoute)]
GUARDED = [route for route in OURS if NEEDS[route.name].account]
GIVEN = {"token_id": "00000000-0000-4000-8000-000000000000", "action": "accept", "code": "x"}


def who(scopes: tuple[Scope, ...], *, session: bool, admin: bool = False) -> dict[str, object]:
    end = datetime.now(UTC) + timedelta(hours=1)
    asker = Identity(login="officer", person=None, admin=admin, scopes=scopes, session=session, ends_at=end)
    return asker.model_dump(mode="json")


@pytest.fixture
def ask(intake: Served, standin: StandIn) -> Callable[[APIRoute, str | None], tuple[int, str]]:
    """Calls a route as somebody, by cookie or token; its status, and the code of its problem."""
    with_directory(standin)
    known = {digest("session"): who(EVERY_SCOPE, session=True)} | {
        digest(f"token {scope}"): who((scope,), session=False) for scope in Scope
    }
    standin.answers["records.identity"] = lambda **named: known.get(named["digest"])

    def asked(route: APIRoute, asker: str | None) -> tuple[int, str]:
        headers = {"Sec-Fetch-Site": "same-origin"}
        if asker and asker.startswith("token"):
            headers["Authorization"] = f"Bearer {asker}"
        elif asker:
            headers["Cookie"] = f"{COOKIE}={asker}"
        [method] = route.methods
        answer = intake.client.request(method, route.path.format(**GIVEN), headers=headers)
        kind = answer.headers.get("content-type", "")
        return answer.status_code, answer.json()["code"] if kind.startswith("application/problem") else ""

    return asked


def test_every_route_has_its_line() -> None:
    """And every line its route; one that has none cannot even be made."""
    assert sorted(route.name for route in OURS) == sorted(NEEDS)
    assert all(isinstance(route, Guarded) for route in OURS)
    router = APIRouter(route_class=Guarded)
    with pytest.raises(KeyError):
        router.get("/forgotten")(forgotten)


async def forgotten() -> None:
    """A route that nobody has thought about."""


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_nobody_gets_in_without_an_account(ask: Callable[..., tuple[int, str]], route: APIRoute) -> None:
    """No credentials, a session that is over, a token that nobody was given: the same 401."""
    for asker in (None, "another session", "token of nobody"):
        assert ask(route, asker) == (401, "not_signed_in")


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_a_token_opens_what_its_scope_says(ask: Callable[..., tuple[int, str]], route: APIRoute) -> None:
    """Where a person must be present none does; elsewhere one of the scope asked for does, or any where none is."""
    need = NEEDS[route.name]
    for scope in Scope:
        _, code = ask(route, f"token {scope}")
        if need.session:
            assert code == "session_needed"
        else:
            assert (code == "not_allowed") == (need.scope not in (None, scope))
            assert code != "not_signed_in"


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_a_session_opens_it(ask: Callable[..., tuple[int, str]], route: APIRoute) -> None:
    """What is asked of its body comes after that."""
    _, code = ask(route, "session")
    assert code not in ("not_signed_in", "session_needed", "cross_site")


OPEN = [route for route in OURS if not NEEDS[route.name].account]


@pytest.mark.parametrize("route", OPEN, ids=lambda route: route.name)
def test_an_open_route_asks_for_no_account(ask: Callable[..., tuple[int, str]], route: APIRoute) -> None:
    """Nobody is asked who they are at a door."""
    GIVEN.update({name: "x" for name in route.param_convertors if name not in GIVEN})
    _, code = ask(route, None)
    assert code != "not_signed_in"
