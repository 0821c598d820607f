"""The calls about accounts, which records answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from services.records.accounts import handlers
from services.records.settings import RecordsSettings
from services.records.trail.keeping import Notes, noting
from shared.bus.rpc import rpc
from shared.contracts.vocabulary import Scope
from shared.db import reading, transaction

Json = dict[str, Any]


class AccountCalls:
    """Part of ``Records``. Passwords come as hashes, tokens as digests; ``origin`` says who asks for it."""

    settings: RecordsSettings

    @rpc
    def accounts(self) -> list[Json]:
        with reading(self.settings.engine) as connection:
            return [each.model_dump(mode="json") for each in handlers.accounts(connection)]

    @rpc
    def add_account(
        self, login: str, person: str | None, admin: bool, password: str, origin: Json | None = None
    ) -> bool:
        with self._noted(origin) as (connection, notes):
            return handlers.add_account(connection, login, person, admin, password, notes)

    @rpc
    def set_password(self, login: str, password: str, origin: Json | None = None) -> bool:
        with self._noted(origin) as (connection, notes):
            return handlers.set_password(connection, login, password, notes)

    @rpc
    def set_disabled(self, login: str, disabled: bool, origin: Json | None = None) -> bool:
        with self._noted(origin) as (connection, notes):
            return handlers.set_disabled(connection, login, disabled, notes)

    @rpc
    def begin_sign_in(self, login: str, address: str) -> Json:
        with transaction(self.settings.engine) as connection:
            return handlers.begin_sign_in(connection, login, address, _now(), self.settings.chain_key).model_dump(
                mode="json"
            )

    @rpc
    def fail_sign_in(self, attempt: int, origin: Json | None = None) -> None:
        with self._noted(origin) as (connection, notes):
            handlers.fail_sign_in(connection, attempt, notes)

    @rpc
    def finish_sign_in(self, attempt: int, digest: str, origin: Json | None = None) -> str | None:
        with self._noted(origin) as (connection, notes):
            ends_at = handlers.finish_sign_in(connection, attempt, digest, notes)
        return ends_at.isoformat() if ends_at else None

    @rpc
    def identity(self, digest: str) -> Json | None:
        with reading(self.settings.engine) as connection:
            found = handlers.identity(connection, digest, _now())
        return found.model_dump(mode="json") if found else None

    @rpc
    def sign_out(self, digest: str) -> bool:
        with transaction(self.settings.engine) as connection:
            return handlers.sign_out(connection, digest)

    @rpc
    def api_tokens(self, login: str) -> list[Json]:
        with reading(self.settings.engine) as connection:
            return [each.model_dump(mode="json") for each in handlers.tokens(connection, login)]

    @rpc
    def add_api_token(
        self,
        login: str,
        id: str,
        name: str,
        scopes: list[str],
        digest: str,
        ends_at: str,
        origin: Json | None = None,
    ) -> None:
        with self._noted(origin) as (connection, notes):
            wanted, until = [Scope(each) for each in scopes], datetime.fromisoformat(ends_at)
            handlers.add_token(connection, login, UUID(id), name, wanted, digest, until, notes)

    @rpc
    def revoke_api_token(self, login: str, id: str, origin: Json | None = None) -> bool:
        with self._noted(origin) as (connection, notes):
            return handlers.revoke_token(connection, login, UUID(id), notes)

    @contextmanager
    def _noted(self, origin: Json | None) -> Iterator[tuple[Connection, Notes]]:
        """One transaction, and the notes of what is done in it."""
        with (
            transaction(self.settings.engine) as connection,
            noting(connection, self.settings.chain_key, origin, _now()) as notes,
        ):
            yield connection, notes


def _now() -> datetime:
    return datetime.now(UTC)
