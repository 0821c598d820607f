"""What those who administer do with the accounts of others: by a session, so that no lost token makes any."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, status

from services.intake import passwords
from services.intake.guard import AskedFrom, Asker, Guarded
from services.intake.openapi import ASKING, answers
from services.intake.problems import SENTENCES, FieldError, Problem
from services.intake.shapes.admin import Disabling, NewAccount, OthersPassword
from services.intake.state import Here, Speaks
from shared.contracts.accounts import Account, ApiToken, Identity

router = APIRouter(prefix="/api/v1/admin/accounts", tags=["admin"], route_class=Guarded)

ADMIN = ("not_signed_in", "session_needed", "not_allowed", "cross_site", "invalid", *ASKING)
BODY = ("malformed_json", "too_large", "wrong_content_type")
ANOTHERS = ("unknown_account", "own_account")


@router.get("", summary="All accounts", responses=answers("not_signed_in", "not_allowed", *ASKING))
async def get_accounts(here: Here) -> list[Account]:
    """By login."""
    return await here.desk.accounts()


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Let somebody sign in",
    responses=answers("login_taken", "not_ready", *BODY, *ADMIN),
)
async def add_account(given: NewAccount, origin: AskedFrom, here: Here, say: Speaks) -> Account:
    """The person is one of the directory: what the account sees and does follows from the posts held."""
    if given.person is None and not given.admin:
        raise Problem("invalid", errors=[FieldError(field="person", detail=say(SENTENCES["nobodys_account"]))])
    if given.person is not None and here.town().person(given.person) is None:
        raise Problem("invalid", errors=[FieldError(field="person", detail=say(SENTENCES["unknown_person"]))])
    login = given.login.casefold()
    account = Account(login=login, person=given.person, admin=given.admin, made_at=datetime.now(UTC), disabled_at=None)
    password = await passwords.hashed(given.password, login, "password", say)
    if not await here.desk.add_account(account, password, origin):
        raise Problem("login_taken")
    return account


@router.put(
    "/{login}/password",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Give an account another password",
    responses=answers(*ANOTHERS, *BODY, *ADMIN),
)
async def reset_password(
    login: str, given: OthersPassword, asker: Asker, origin: AskedFrom, here: Here, say: Speaks
) -> None:
    """Whoever is signed in to it is out, every token is over. One's own is changed by `PUT /api/v1/me/password`."""
    _require_anothers(login, asker)
    password = await passwords.hashed(given.password, login, "password", say)
    if not await here.desk.set_password(login, password, origin):
        raise Problem("unknown_account")


@router.put(
    "/{login}/disabled",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Disable or enable an account",
    responses=answers(*ANOTHERS, *BODY, *ADMIN),
)
async def disable_account(login: str, given: Disabling, asker: Asker, origin: AskedFrom, here: Here) -> None:
    """Nobody signs in to a disabled one, and who has is out, with every token."""
    _require_anothers(login, asker)
    if not await here.desk.set_disabled(login, given.disabled, origin):
        raise Problem("unknown_account")


@router.get(
    "/{login}/tokens", summary="An account's tokens", responses=answers("not_signed_in", "not_allowed", *ASKING)
)
async def get_tokens_of(login: str, here: Here) -> list[ApiToken]:
    """By when they were made; the tokens themselves are kept nowhere."""
    return await here.desk.api_tokens(login.casefold())


@router.delete(
    "/{login}/tokens/{token_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Revoke an account's token",
    responses=answers("unknown_token", *ADMIN),
)
async def revoke_token_of(login: str, token_id: UUID, origin: AskedFrom, here: Here) -> None:
    """At once, for good."""
    if not await here.desk.revoke_api_token(login.casefold(), token_id, origin):
        raise Problem("unknown_token")


def _require_anothers(login: str, asker: Identity) -> None:
    """Nobody locks himself out by mistake, nor changes his own password without the old one."""
    if login.casefold() == asker.login:
        raise Problem("own_account")
