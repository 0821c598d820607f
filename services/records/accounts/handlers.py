"""What becomes of accounts: made, changed, disabled; signed in to, by session or token. Moments are real time."""

import hashlib
import hmac
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Connection, Row

from services.records.accounts import store
from services.records.trail.keeping import Notes
from shared.contracts.accounts import EVERY_SCOPE, Account, ApiToken, Identity, SignInBegun
from shared.contracts.trail import What
from shared.contracts.vocabulary import Scope

SESSION: Final = timedelta(hours=12)
"""A working day, and no longer: a phone may be lost."""
OF_ADMINS: Final = frozenset({Scope.ADMIN, Scope.HOTLINE})
"""What reaches all over the town: only an account that administers has it."""
TRIES: Final = UUID("c5f0a3a8-9f6e-4c0c-8c39-6f0b8d0f9b1e")
TRIES_KEPT: Final = timedelta(days=90)
TRIES_WITHIN: Final = timedelta(minutes=15)
TRIES_OF_A_LOGIN: Final = 5
TRIES_FROM_AN_ADDRESS: Final = 50
"""An office is behind one address."""
MOST_UNKNOWN: Final = 10_000
"""So many tries back a name that nobody has is still counted."""


def add_account(
    connection: Connection, login: str, person: str | None, admin: bool, password: str, notes: Notes
) -> bool:
    """``password`` is its hash. False where the login is taken."""
    login = normal(login)
    added = store.add_account(
        connection, login=login, person=person, admin=admin, password=password, made_at=notes.now, disabled_at=None
    )
    if added:
        notes.note(What.ACCOUNT_ADDED, login, person=person, admin=admin)
    return added


def normal(login: str) -> str:
    """Upper and lower case are one; so are spaces around it."""
    return login.strip().casefold()


def accounts(connection: Connection) -> list[Account]:
    return [
        Account(login=row.login, person=row.person, admin=row.admin, made_at=row.made_at, disabled_at=row.disabled_at)
        for row in store.all_accounts(connection)
    ]


def set_password(connection: Connection, login: str, password: str, notes: Notes) -> bool:
    """A new hash; every session ends, and every token. False where there is no such account."""
    login = normal(login)
    if not store.change_account(connection, login, password=password):
        return False
    store.end_sessions(connection, login=login)
    revoked = store.revoke_tokens(connection, login, notes.now)
    notes.note(What.PASSWORD_CHANGED, login, revoked=revoked)
    return True


def set_disabled(connection: Connection, login: str, disabled: bool, notes: Notes) -> bool:
    """Nobody signs in to a disabled account, and who has is out. False where there is no such account."""
    login = normal(login)
    if not store.change_account(connection, login, disabled_at=notes.now if disabled else None):
        return False
    revoked = 0
    if disabled:
        store.end_sessions(connection, login=login)
        revoked = store.revoke_tokens(connection, login, notes.now)
    notes.note(What.ACCOUNT_DISABLED if disabled else What.ACCOUNT_ENABLED, login, revoked=revoked)
    return True


def begin_sign_in(connection: Connection, login: str, address: str, now: datetime, key: bytes) -> SignInBegun:
    """Count the try first, so that many at once are not more than one after the other. A name that nobody has counts
    as any other: else whoever is let try again knows that it is none."""
    found = store.account(connection, normal(login))
    since, name = now - TRIES_WITHIN, _digest(normal(login), key)
    if (
        store.failures(connection, since, address=address) >= TRIES_FROM_AN_ADDRESS
        or store.failures(connection, since, name=name) >= TRIES_OF_A_LOGIN
    ):
        return SignInBegun(attempt=0, wait_seconds=math.ceil(TRIES_WITHIN.total_seconds()))
    attempt = store.add_try(connection, found.login if found else None, name, address, now)
    store.forget_unknown(connection, tried_before=since, up_to=attempt - MOST_UNKNOWN)
    usable = found is not None and found.disabled_at is None
    return SignInBegun(attempt=attempt, password=found.password if found and usable else None)


def _digest(login: str, key: bytes) -> str:
    """Tells names apart, and cannot be guessed back by whoever reads the table alone."""
    return hmac.new(key, f"sign-in {login}".encode(), hashlib.sha256).hexdigest()


def fail_sign_in(connection: Connection, attempt: int, notes: Notes) -> None:
    """The password was wrong. Whoever used up the tries is noted as locked out: once, and not each try after that."""
    tried = store.failed_try(connection, attempt)
    if tried is None:
        return
    notes.note(What.SIGN_IN_FAILED, tried.login, id=uuid5(TRIES, f"{attempt}"))
    counts = [(None, {"address": tried.address}, TRIES_FROM_AN_ADDRESS)]
    if tried.login is not None:
        counts.append((tried.login, {"name": tried.name}, TRIES_OF_A_LOGIN))
    for subject, whose, most in counts:
        if store.failures(connection, tried.at - TRIES_WITHIN, until=attempt, **whose) == most:
            notes.note(What.LOCKED_OUT, subject, id=uuid5(TRIES, f"{attempt}/locked/{subject}"))


def finish_sign_in(connection: Connection, attempt: int, digest: str, notes: Notes) -> datetime | None:
    """The password was right: open a session under ``digest``, until the moment answered. None for a second time, and
    for an account that was disabled meanwhile."""
    now, login = notes.now, store.succeed(connection, attempt)
    found = store.account(connection, login) if login is not None else None
    if found is None or found.disabled_at is not None:
        return None
    store.forget(connection, ended_before=now, tried_before=now - TRIES_KEPT)
    store.add_session(connection, digest, found.login, now, now + SESSION)
    notes.note(What.SIGNED_IN, found.login, who=found.login)
    return now + SESSION


def identity(connection: Connection, digest: str, now: datetime) -> Identity | None:
    """Whose session or token that is; None where it is nobody's, or over."""
    if row := store.session(connection, digest, now):
        return _identity(row, EVERY_SCOPE)
    if row := store.token(connection, digest, now):
        return _identity(row, tuple(Scope(code) for code in row.scopes.split()), row.id)
    return None


def _identity(row: Row[Any], scopes: tuple[Scope, ...], token: UUID | None = None) -> Identity:
    allowed = scopes if row.admin else tuple(scope for scope in scopes if scope not in OF_ADMINS)
    return Identity(
        login=row.login,
        person=row.person,
        admin=row.admin,
        scopes=allowed,
        session=token is None,
        ends_at=row.ends_at,
        token=token,
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
    ends_at: datetime,
    notes: Notes,
) -> None:
    store.add_token(
        connection,
        id=id,
        digest=digest,
        login=login,
        name=name,
        scopes=" ".join(scopes),
        made_at=notes.now,
        ends_at=ends_at,
        revoked_at=None,
    )
    notes.note(What.TOKEN_MADE, login, token=str(id), scopes=list(scopes), ends_at=ends_at.isoformat())


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


def revoke_token(connection: Connection, login: str, id: UUID, notes: Notes) -> bool:
    """False where the account has no such token that is good."""
    revoked = store.revoke_tokens(connection, login, notes.now, id) > 0
    if revoked:
        notes.note(What.TOKEN_REVOKED, login, token=str(id))
    return revoked
