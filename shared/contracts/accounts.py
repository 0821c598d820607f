"""Accounts as they are told over the bus: never a password, never a token, only what is made of them."""

from typing import Final
from uuid import UUID

from shared.contracts.base import Frozen, Instant
from shared.contracts.vocabulary import Scope

EVERY_SCOPE: Final = tuple(Scope)


class Identity(Frozen):
    """Who asks: an account, signed in (``scopes`` are all then) or by one of its tokens (``token``, its id).

    ``person`` is the one of the directory whose posts the account acts for; None for one that only administers.
    """

    login: str
    person: str | None
    admin: bool
    scopes: tuple[Scope, ...]
    session: bool
    ends_at: Instant
    token: UUID | None = None


class SignInBegun(Frozen):
    """A try to sign in, counted before anybody looks at the password.

    ``password`` is the hash to compare with, None where nobody may sign in so; ``wait_seconds``: too many tries failed,
    nothing is compared before that time.
    """

    attempt: int
    password: str | None = None
    wait_seconds: int | None = None


class Account(Frozen):
    """An account, for those who administer."""

    login: str
    person: str | None
    admin: bool
    made_at: Instant
    disabled_at: Instant | None


class ApiToken(Frozen):
    """A token by its name, for whoever made it. The token itself was shown once and is kept nowhere."""

    id: UUID
    name: str
    scopes: tuple[Scope, ...]
    made_at: Instant
    ends_at: Instant
    revoked_at: Instant | None
