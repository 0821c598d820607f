"""Accounts, sessions and tokens."""

from typing import Annotated

from pydantic import (
    Field,
    StringConstraints,
)

from services.intake.shapes.words import Answer, Asked, Name
from shared.contracts.accounts import ApiToken
from shared.contracts.base import Instant
from shared.contracts.vocabulary import (
    Scope,
)
from shared.passwords import LONGEST, SHORTEST


class NameAndPassword(Asked):
    login: Name
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class NewPassword(Asked):
    old: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    new: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]


class PostHeld(Answer):
    post: str
    role: str
    place: str
    name: str


class Me(Answer):
    """An account, and the posts that its person holds or stands in for: what it may see and do follows from them."""

    login: str
    name: str | None
    admin: bool
    scopes: tuple[Scope, ...]
    posts: list[PostHeld]
    ends_at: Instant


class NewToken(Asked):
    name: Name = Field(description="What it is for.")
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    days: int = Field(90, ge=1, le=366, description="How long it is good.")


class ShownToken(ApiToken):
    """``token`` is shown this once."""

    token: str
