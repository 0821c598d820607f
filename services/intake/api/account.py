"""What one does with one's own account: sign in and out, one's password, one's tokens."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response, status

from services.intake import passwords
from services.intake.guard import COOKIE, AskedFrom, Asker, Guarded, address
from services.intake.openapi import ASKING, answers
from services.intake.problems import SENTENCES, FieldError, Problem
from services.intake.shapes.accounts import Me, NameAndPassword, NewPassword, NewToken, PostHeld, ShownToken
from services.intake.state import Here, Speaks, State
from shared.contracts.accounts import ApiToken, Identity, SignInBegun
from shared.contracts.trail import Origin, Via
from shared.directory import Town
from shared.tokens import digest, new_token

SIGNED_IN: Final = ("not_signed_in", "session_needed", "cross_site", *ASKING)

router = APIRouter(prefix="/api/v1", tags=["account"], route_class=Guarded)


@router.post(
    "/session",
    summary="Sign in",
    responses=answers(
        "malformed_json", "sign_in_failed", "too_large", "wrong_content_type", "invalid", "too_many_tries", *ASKING,
        "not_ready",
    ),
)  # fmt: skip
async def sign_in(given: NameAndPassword, request: Request, response: Response, here: Here) -> Me:
    """Sets a cookie that lasts twelve hours. After five wrong passwords within a quarter of an hour: wait."""
    town, begun = here.town(), await _begin(here, given.login, request)
    await _require(here, begun, given.password, request, _failed())
    return await _open(here, town, begun, request, response)


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT, summary="Sign out", responses=answers(*SIGNED_IN))
async def sign_out(request: Request, response: Response, here: Here) -> None:
    """The session is over, also for whoever has copied the cookie."""
    await here.desk.sign_out(digest(request.cookies[COOKIE]))
    response.delete_cookie(COOKIE)


@router.get("/me", summary="Who is signed in", responses=answers("not_signed_in", "not_allowed", *ASKING, "not_ready"))
async def get_me(asker: Asker, here: Here) -> Me:
    return _me(asker, here.town(), here.settings.clock.now())


@router.put(
    "/me/password",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Change one's password",
    responses=answers(
        "malformed_json", "sign_in_failed", "wrong_password", "too_large", "wrong_content_type", "invalid",
        "too_many_tries", *SIGNED_IN, "not_ready",
    ),
)  # fmt: skip
async def change_password(
    given: NewPassword,
    asker: Asker,
    origin: AskedFrom,
    request: Request,
    response: Response,
    here: Here,
    say: Speaks,
) -> None:
    """Every other session ends, and every token: somebody may have had the old password."""
    if given.new == given.old:
        raise Problem("invalid", errors=[FieldError(field="new", detail=say(SENTENCES["same_password"]))])
    town, begun = here.town(), await _begin(here, asker.login, request)
    await _require(here, begun, given.old, request, Problem("wrong_password"))
    password = await passwords.hashed(given.new, asker.login, "new", say)
    await here.desk.set_password(asker.login, password, origin)
    await _open(here, town, begun, request, response)


@router.get("/tokens", summary="One's tokens", responses=answers(*SIGNED_IN))
async def get_tokens(asker: Asker, here: Here) -> list[ApiToken]:
    """By name; the tokens themselves are kept nowhere."""
    return await here.desk.api_tokens(asker.login)


@router.post(
    "/tokens",
    status_code=status.HTTP_201_CREATED,
    summary="Make a token for a program",
    responses=answers(
        "malformed_json", "not_allowed", "too_large", "wrong_content_type", "invalid", *SIGNED_IN
    ),
)  # fmt: skip
async def make_token(given: NewToken, asker: Asker, origin: AskedFrom, here: Here) -> ShownToken:
    """Shown this once. It may do what its scopes say, of what the account may do, until it ends or is revoked."""
    if not set(given.scopes) <= set(asker.scopes):
        raise Problem("not_allowed")
    now, text = datetime.now(UTC), new_token()
    token = ApiToken(
        id=uuid4(),
        name=given.name,
        scopes=tuple(dict.fromkeys(given.scopes)),
        made_at=now,
        ends_at=now + timedelta(days=given.days),
        revoked_at=None,
    )
    await here.desk.add_api_token(asker.login, token, digest(text), origin)
    return ShownToken(**token.model_dump(), token=text)


@router.delete(
    "/tokens/{token_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Revoke a token",
    responses=answers("unknown_token", "invalid", *SIGNED_IN),
)
async def revoke_token(token_id: UUID, asker: Asker, origin: AskedFrom, here: Here) -> None:
    """At once, for good."""
    if not await here.desk.revoke_api_token(asker.login, token_id, origin):
        raise Problem("unknown_token")


async def _begin(here: State, login: str, request: Request) -> SignInBegun:
    """Raises ``Problem`` (429) after too many tries."""
    begun = await here.desk.begin_sign_in(login, address(request) or "")
    if begun.wait_seconds is not None:
        raise Problem("too_many_tries", headers={"Retry-After": str(begun.wait_seconds)})
    return begun


async def _require(here: State, begun: SignInBegun, password: str, request: Request, wrong: Problem) -> None:
    """Raises ``wrong`` for a wrong password, which the trail then knows of."""
    if not await passwords.is_right(password, begun.password):
        await here.desk.fail_sign_in(begun.attempt, _by_password(request))
        raise wrong


async def _open(here: State, town: Town, begun: SignInBegun, request: Request, response: Response) -> Me:
    text = secrets.token_urlsafe(32)
    ends_at = await here.desk.finish_sign_in(begun.attempt, digest(text), _by_password(request))
    asker = await here.desk.identity(digest(text)) if ends_at else None
    if asker is None:
        raise _failed()
    secure = here.settings.base_url.startswith("https:")
    response.set_cookie(COOKIE, text, expires=asker.ends_at, secure=secure, httponly=True, samesite="lax")
    return _me(asker, town, here.settings.clock.now())


def _by_password(request: Request) -> Origin:
    return Origin(via=Via.PASSWORD, address=address(request))


def _failed() -> Problem:
    return Problem("sign_in_failed", headers={"WWW-Authenticate": 'Session realm="Loumen"'})


def _me(asker: Identity, town: Town, now: datetime) -> Me:
    person = town.person(asker.person) if asker.person else None
    held = town.posts_of(person.code, now) if person else ()
    return Me(
        login=asker.login,
        name=person.name if person else None,
        admin=asker.admin,
        scopes=asker.scopes,
        posts=[PostHeld(post=post.code, role=post.role, place=post.place, name=town.post_name(post)) for post in held],
        ends_at=asker.ends_at,
    )
