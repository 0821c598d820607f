"""Who may call which route: ``NEEDS`` is the whole list. A router made with ``Guarded`` cannot have a route without a
line in it, and asks for what the line says before anything else happens.

What a caller then sees, and of which tickets, follows from the posts that the account's person holds (``scope``).
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from fastapi.security.utils import get_authorization_scheme_param
from structlog.contextvars import bind_contextvars

from services.intake.following import token_forged
from services.intake.problems import Problem
from services.intake.state import State, state_of
from shared.contracts.accounts import Identity
from shared.contracts.trail import Origin, Via
from shared.contracts.vocabulary import Scope
from shared.ids import InvalidToken, TrackingToken, read_tracking
from shared.tokens import digest

COOKIE: Final = "loumen_session"
SCHEMES: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of `POST /api/v1/tokens`."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "`POST /api/v1/session`."},
}
WITH_ACCOUNT: Final[list[dict[str, list[str]]]] = [{name: []} for name in SCHEMES]
"""As the document of the routes says it: either will do."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Need:
    """What a route asks of its caller. ``by``: what else opens it, in words, where no account is needed.

    ``scope``: what a token must have been given; a session has all. ``session``: a token will not do. ``tracking``: a
    ticket's tracking token opens it too, for a resident.
    """

    account: bool = True
    by: str = ""
    scope: Scope | None = None
    session: bool = False
    tracking: bool = False


def _anybody(by: str = "nothing") -> Need:
    return Need(account=False, by=by)


NEEDS: Final = {
    # the resident's
    "get_place": _anybody(),
    "get_categories": _anybody(),
    "get_similar": _anybody(),
    "get_suggestions": _anybody(),
    "submit_ticket": _anybody(),
    "get_ticket": _anybody("the tracking token shows more"),
    "upload_photo": _anybody(),
    "get_photo": _anybody("the link's token"),
    "get_thumbnail": _anybody("the link's token"),
    "show_ticket": _anybody("the tracking token shows more"),
    "cosign_ticket": _anybody(),
    "get_personal": _anybody("the tracking token"),
    "erase_personal": _anybody("the tracking token"),
    # by action link
    "act": _anybody("the action link"),
    "show_offer": _anybody("the action link"),
    "act_by_form": _anybody("the action link"),
    # the machine's
    "get_health": _anybody(),
    "get_readiness": _anybody(),
    # staff's
    "get_actions": Need(scope=Scope.READ, tracking=True),
    "get_inbox": Need(scope=Scope.READ),
    "get_badges": Need(scope=Scope.READ),
    "get_stats": Need(scope=Scope.READ),
    "get_names": Need(scope=Scope.READ),
    "act_on_ticket": Need(scope=Scope.ACT, tracking=True),
    "get_contact": Need(scope=Scope.ACT),
    "preview_policy": Need(scope=Scope.READ),
    # the hotline's
    "take_orders": Need(scope=Scope.HOTLINE),
    "get_orders": Need(scope=Scope.HOTLINE),
    # the admin's
    "get_trail": Need(scope=Scope.ADMIN),
    "export_trail": Need(scope=Scope.ADMIN),
    "get_accounts": Need(scope=Scope.ADMIN),
    "add_account": Need(scope=Scope.ADMIN, session=True),
    "reset_password": Need(scope=Scope.ADMIN, session=True),
    "disable_account": Need(scope=Scope.ADMIN, session=True),
    "get_tokens_of": Need(scope=Scope.ADMIN),
    "revoke_token_of": Need(scope=Scope.ADMIN, session=True),
    "get_directory": Need(scope=Scope.ADMIN),
    "get_parked": Need(scope=Scope.ADMIN),
    "get_parked_message": Need(scope=Scope.ADMIN),
    "resend_parked": Need(scope=Scope.ADMIN, session=True),
    "drop_parked": Need(scope=Scope.ADMIN, session=True),
    # one's own account
    "sign_in": _anybody("name and password"),
    "sign_out": Need(session=True),
    "get_me": Need(),
    "change_password": Need(session=True),
    "get_tokens": Need(session=True),
    "make_token": Need(session=True),
    "revoke_token": Need(session=True),
}


class Guarded(APIRoute):
    """A route that asks for what ``NEEDS`` says under its name, and for JSON where it takes that, before it reads the
    body. Raises ``KeyError`` where there is no such line.

    It asks by itself and not by dependencies: FastAPI walks through each of these wherever it is named, which took a
    fifth of the time of a submission.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        name = more.get("name") or endpoint.__name__
        self._need = NEEDS[name]
        if self._need.account:
            more["openapi_extra"] = {"security": WITH_ACCOUNT}
        super().__init__(path, endpoint, **{**more, "operation_id": name})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle, need = super().get_route_handler(), self._need
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def guarded(request: Request) -> Response:
            if need.account:
                request.state.asker = await _let_in(request, need)
            if takes_json:
                _check_json(request)
            return await handle(request)

        return guarded


async def _let_in(request: Request, need: Need) -> Identity | TrackingToken:
    """Raises ``Problem`` (401, 403)."""
    here = state_of(request)
    if need.tracking and (token := _token(request)):
        try:
            return read_tracking(here.secret, token)
        except InvalidToken:
            if "." in token:  # signed, as no account's token is: it was to be a tracking token
                raise token_forged() from None
    asker = await identify(request, here)
    if need.session and not asker.session:
        raise Problem("session_needed")
    check_scope(asker, need.scope)
    return asker


def check_scope(asker: Identity, scope: Scope | None) -> None:
    """Raises ``Problem`` (403)."""
    if scope and scope not in asker.scopes:
        raise Problem("not_allowed")


def _check_json(request: Request) -> None:
    """415 for anything that does not say that it is JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("wrong_content_type")


async def identify(request: Request, here: State) -> Identity:
    """Who asks, by a token or by the session's cookie. Raises ``Problem`` (401, 403)."""
    if token := _token(request):
        found = await here.desk.identity(digest(token))
    elif cookie := request.cookies.get(COOKIE):
        _same_site(request, here)
        found = await here.desk.identity(digest(cookie))
    else:
        found = None
    if found is None:
        over = {"Set-Cookie": _cleared()} if not token and cookie else {}
        raise Problem("not_signed_in", headers={"WWW-Authenticate": "Bearer", **over})
    bind_contextvars(account=found.login)
    return found


def _token(request: Request) -> str:
    """Empty where there is none."""
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    return token if scheme.lower() == "bearer" else ""


def _cleared() -> str:
    """A browser need not bring the cookie of a session that is over."""
    response = Response()
    response.delete_cookie(COOKIE)
    return response.headers["set-cookie"]


def _same_site(request: Request, here: State) -> None:
    """A browser sends the cookie along with what another site's page makes it ask: that must change nothing.

    Browsers say where a request comes from, the old ones by ``Origin`` alone.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    ours = {urlsplit(here.settings.base_url).netloc, request.headers.get("host")}
    if site != "same-origin" and (site is not None or urlsplit(request.headers.get("origin", "")).netloc not in ours):
        raise Problem("cross_site")


def address(request: Request) -> str | None:
    """The client's. What a proxy says of it counts where uvicorn trusts the proxy (``FORWARDED_ALLOW_IPS``)."""
    return request.client.host if request.client else None


async def _asker(request: Request) -> Any:
    """Whom ``Guarded`` has let in."""
    return request.state.asker


Asker = Annotated[Identity, Depends(_asker)]
Acting = Annotated[Identity | TrackingToken, Depends(_asker)]
"""Where a ticket's tracking token opens the route, too."""


async def _origin(request: Request) -> Origin:
    asker: Identity | TrackingToken = request.state.asker
    if isinstance(asker, TrackingToken):
        return Origin(via=Via.TRACKING)
    via = Via.SESSION if asker.session else Via.TOKEN
    return Origin(via=via, who=asker.login, address=address(request), token=asker.token)


AskedFrom = Annotated[Origin, Depends(_origin)]
"""Who asks and from where, for the trail; of a resident nothing is said, not even from where."""
