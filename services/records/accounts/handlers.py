"""What becomes of accounts: made, changed, disabled; signed in to, by session or token. Moments are real time."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from services.records.accounts import store
from shared.contracts.accounts import EVERY_SCOPE, Account, ApiToken, Identity, SignInBegun
from shared.contracts.vocabulary import Scope

SESSION: Final = timedelta(hours=12)
"""A working day, and no longer: a phone may be lost."""
TRIES_KEPT: Final = timedelta(days=90)
TRIES_WITHIN: Final = timedelta(minutes=15)
TRIES_OF_A_LOGIN: Final = 5
TRIES_FROM_AN_ADDRESS: Final = 50
"""An office is behind one address."""


def add_account(
    connection: Connection, login: str, person: str | None, admin: bool, password: str, now: datetime
) -> bool:
    """``password`` is its hash. False where the login is taken."""
    return store.add_account(
        connection, login=normal(login), person=person, admin=admin, password=password, made_at=now, disabled_at=None
    )


def normal(login: str) -> str:
    """Upper and lower case are one; so are spaces around it."""
    return login.strip().casefold()


def accounts(connection: Connection) -> list[Account]:
    return [
        Account(login=row.login, person=row.person, admin=row.admin, made_at=row.made_at, disabled_at=row.disabled_at)
        for row in store.all_accounts(connection)
    ]


def set_password(connection: Connection, login: str, password: str, now: datetime) -> bool:
    """A new hash; every session ends, and every token. False where there is no such account."""
    login = normal(login)
    if not store.change_account(connection, login, password=password):
        return False
    store.end_sessions(connection, login=login)
    store.revoke_tokens(connection, login, now)
    return True


def set_disabled(connection: Connection, login: str, disabled: bool, now: datetime) -> bool:
    """Nobody signs in to a disabled account, and who has is out. False where there is no such account."""
    login = normal(login)
    if not store.change_account(connection, login, disabled_at=now if disabled else None):
        return False
    if disabled:
        store.end_sessions(connection, login=login)
        store.revoke_tokens(connection, login, now)
    return True


def begin_sign_in(connection: Connection, login: str, address: str, now: datetime) -> SignInBegun:
    """Count the try first, so that many at once are not more than one after the other."""
    found = store.account(connection, normal(login))
    since = now - TRIES_WITHIN
    name = found.login if found else None
    too_many = store.failures(connection, since, address=address) >= TRIES_FROM_AN_ADDRESS or (
        name is not None and store.failures(connection, since, login=name) >= TRIES_OF_A_LOGIN
    )
    if too_many:
        return SignInBegun(attempt=0, wait_seconds=math.ceil(TRIES_WITHIN.total_seconds()))
    attempt = store.add_try(connection, name, address, now)
    usable = found is not None and found.disabled_at is None
    return SignInBegun(attempt=attempt, password=found.password if found and usable else None)


def finish_sign_in(connection: Connection, attempt: int, digest: str, now: datetime) -> datetime | None:
    """The password was right: open a session under ``digest``, until the moment answered. None for a second time, and
    for an account that was disabled meanwhile."""
    login = store.succeed(connection, attempt)
    found = store.account(connection, login) if login is not None else None
    if found is None or found.disabled_at is not None:
        return None
    store.forget(connection, ended_before=now, tried_before=now - TRIES_KEPT)
    store.add_session(connection, digest, found.login, now, now + SESSION)
    return now + SESSION


def identity(connection: Connection, digest: str, now: datetime) -> Identity | None:
    """Whose session or token that is; None where it is nobody's, or over."""
    if row := store.session(connection, digest, now):
        return _identity(row, EVERY_SCOPE, session=True)
    if row := store.token(connection, digest, now):
        return _identity(row, tuple(Scope(code) for code in row.scopes.split()), session=False)
    return None


def _identity(row: Row[Any], scopes: tuple[Scope, ...], *, session: bool) -> Identity:
    allowed = scopes if row.admin else tuple(scope for scope in scopes if scope is not Scope.ADMIN)
    return Identity(
        login=row.login, person=row.person, admin=row.admin, scopes=allowed, session=session, ends_at=row.ends_at
    )


def sign_out(connection: Connection, digest: str) -> bool:
    return store.end_sessions(connection, digest=digest) > 0


def add_token(
    connection: Connection,
    login: str,
    id: UUID,
    name: str,
    scopes: Sequence[Scope],
    digest: str,
    now: datetime,
    ends_at: datetime,
) -> None:
    store.add_token(
        connection,
        id=id,
        digest=digest,
        login=login,
        name=name,
        scopes=" ".join(scopes),
        made_at=now,
        ends_at=ends_at,
        revoked_at=None,
    )


def tokens(connection: Connection, login: str) -> list[ApiToken]:
    return [
        ApiToken(
            id=row.id,
            name=row.name,
            scopes=tuple(Scope(code) for code in row.scopes.split()),
            made_at=row.made_at,
            ends_at=row.ends_at,
            revoked_at=row.revoked_at,
        )
        for row in store.tokens_of(connection, login)
    ]


def revoke_token(connection: Connection, login: str, id: UUID, now: datetime) -> bool:
    """False where the account has no such token that is good."""
    return store.revoke_tokens(connection, login, now, id) > 0
