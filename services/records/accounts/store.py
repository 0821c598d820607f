"""The statements that read and write accounts, sessions, tokens and tries to sign in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update

from services.records.store import accounts, api_tokens, sessions, sign_ins
from shared.db import upsert


def account(connection: Connection, login: str) -> Row[Any] | None:
    return connection.execute(select(accounts).where(accounts.c.login == login)).first()


def all_accounts(connection: Connection) -> Iterable[Row[Any]]:
    return connection.execute(select(accounts).order_by(accounts.c.login))


def add_account(connection: Connection, **row: object) -> bool:
    """Whether there was none of that login."""
    statement = upsert(accounts, connection).values(row).on_conflict_do_nothing().returning(accounts.c.login)
    return connection.execute(statement).first() is not None


def change_account(connection: Connection, login: str, **changes: object) -> bool:
    """Whether there is one of that login."""
    return connection.execute(update(accounts).where(accounts.c.login == login).values(**changes)).rowcount == 1


def failures(
    connection: Connection,
    since: datetime,
    *,
    name: str | None = None,
    address: str | None = None,
    until: int | None = None,
) -> int:
    """Tries since then that have not succeeded, of that name (its digest) or from that address; not those after try
    ``until``."""
    which = sign_ins.c.name == name if name is not None else sign_ins.c.address == address
    query = select(func.count()).where(which, sign_ins.c.at > since, sign_ins.c.succeeded.is_(False))
    if until is not None:
        query = query.where(sign_ins.c.id <= until)
    return connection.execute(query.select_from(sign_ins)).scalar_one()


def failed_try(connection: Connection, attempt: int) -> Row[Any] | None:
    """A try that has not succeeded."""
    here = (sign_ins.c.id == attempt) & sign_ins.c.succeeded.is_(False)
    return connection.execute(select(sign_ins).where(here)).first()


def add_try(connection: Connection, login: str | None, name: str, address: str, at: datetime) -> int:
    """A try that has not succeeded (yet)."""
    row = {"login": login, "name": name, "address": address, "at": at, "succeeded": False}
    return int(connection.execute(sign_ins.insert().values(row).returning(sign_ins.c.id)).scalar_one())


def succeed(connection: Connection, attempt: int) -> str | None:
    """Note that a try has succeeded, once; its login."""
    here = (sign_ins.c.id == attempt) & sign_ins.c.succeeded.is_(False)
    return connection.execute(update(sign_ins).where(here).values(succeeded=True).returning(sign_ins.c.login)).scalar()


def add_session(connection: Connection, digest: str, login: str, opened_at: datetime, ends_at: datetime) -> None:
    row = {"digest": digest, "login": login, "opened_at": opened_at, "ends_at": ends_at}
    connection.execute(sessions.insert().values(row))


def session(connection: Connection, digest: str, now: datetime) -> Row[Any] | None:
    """A session that lasts, with its account."""
    query = select(sessions.c.ends_at, accounts).join_from(sessions, accounts, sessions.c.login == accounts.c.login)
    lasts = (sessions.c.ends_at > now) & accounts.c.disabled_at.is_(None)
    return connection.execute(query.where(sessions.c.digest == digest, lasts)).first()


def end_sessions(connection: Connection, *, digest: str | None = None, login: str | None = None) -> int:
    """End one session, or all of an account; how many that were."""
    which = sessions.c.digest == digest if digest is not None else sessions.c.login == login
    return connection.execute(sessions.delete().where(which)).rowcount


def forget(connection: Connection, ended_before: datetime, tried_before: datetime) -> None:
    """Sessions that have ended, and tries nobody needs any more: an address is personal data."""
    connection.execute(sessions.delete().where(sessions.c.ends_at <= ended_before))
    connection.execute(sign_ins.delete().where(sign_ins.c.at <= tried_before))


def forget_unknown(connection: Connection, tried_before: datetime, up_to: int) -> None:
    """Tries of names that nobody has: those of before then, and those up to that one."""
    old = (sign_ins.c.at <= tried_before) | (sign_ins.c.id <= up_to)
    connection.execute(sign_ins.delete().where(sign_ins.c.login.is_(None), old))


def add_token(connection: Connection, **row: object) -> None:
    connection.execute(api_tokens.insert().values(row))


def token(connection: Connection, digest: str, now: datetime) -> Row[Any] | None:
    """A token that is good, with its account."""
    query = select(api_tokens.c.id, api_tokens.c.ends_at, api_tokens.c.scopes, accounts).join_from(
        api_tokens, accounts, api_tokens.c.login == accounts.c.login
    )
    good = (api_tokens.c.ends_at > now) & api_tokens.c.revoked_at.is_(None) & accounts.c.disabled_at.is_(None)
    return connection.execute(query.where(api_tokens.c.digest == digest, good)).first()


def tokens_of(connection: Connection, login: str) -> Iterable[Row[Any]]:
    return connection.execute(select(api_tokens).where(api_tokens.c.login == login).order_by(api_tokens.c.made_at))


def revoke_tokens(connection: Connection, login: str, at: datetime, id: UUID | None = None) -> int:
    """One token of an account, or all; how many were good until then."""
    which = (api_tokens.c.login == login) & api_tokens.c.revoked_at.is_(None)
    if id is not None:
        which &= api_tokens.c.id == id
    return connection.execute(update(api_tokens).where(which).values(revoked_at=at)).rowcount
