"""The calls about accounts, which records answers."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.records.accounts import handlers
from services.records.settings import RecordsSettings
from shared.bus.rpc import rpc
from shared.contracts.vocabulary import Scope
from shared.db import reading, transaction

Json = dict[str, Any]


class AccountCalls:
    """Part of ``Records``. Passwords come as hashes, tokens as digests."""

    settings: RecordsSettings

    @rpc
    def accounts(self) -> list[Json]:
        with reading(self.settings.engine) as connection:
            return [each.model_dump(mode="json") for each in handlers.accounts(connection)]

    @rpc
    def add_account(self, login: str, person: str | None, admin: bool, password: str) -> bool:
        with transaction(self.settings.engine) as connection:
            return handlers.add_account(connection, login, person, admin, password, _now())

    @rpc
    def set_password(self, login: str, password: str) -> bool:
        with transaction(self.settings.engine) as connection:
            return handlers.set_password(connection, login, password, _now())

    @rpc
    def set_disabled(self, login: str, disabled: bool) -> bool:
        with transaction(self.settings.engine) as connection:
            return handlers.set_disabled(connection, login, disabled, _now())

    @rpc
    def begin_sign_in(self, login: str, address: str) -> Json:
        with transaction(self.settings.engine) as connection:
            return handlers.begin_sign_in(connection, login, address, _now()).model_dump(mode="json")

    @rpc
    def finish_sign_in(self, attempt: int, digest: str) -> str | None:
        with transaction(self.settings.engine) as connection:
            ends_at = handlers.finish_sign_in(connection, attempt, digest, _now())
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
    def add_api_token(self, login: str, id: str, name: str, scopes: list[str], digest: str, ends_at: str) -> None:
        with transaction(self.settings.engine) as connection:
            wanted, until = [Scope(each) for each in scopes], datetime.fromisoformat(ends_at)
            handlers.add_token(connection, login, UUID(id), name, wanted, digest, _now(), until)

    @rpc
    def revoke_api_token(self, login: str, id: str) -> bool:
        with transaction(self.settings.engine) as connection:
            return handlers.revoke_token(connection, login, UUID(id), _now())


def _now() -> datetime:
    return datetime.now(UTC)
