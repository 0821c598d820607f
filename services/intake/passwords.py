"""Hashing and comparing passwords beside everything else: in a thread of the few that may."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from services.intake.problems import SENTENCES, FieldError, Problem
from shared import passwords
from shared.i18n import Speaker

WORK: Final = ThreadPoolExecutor(2, "password")
"""Each takes 64 MiB for a twentieth of a second: more at once would be a way to bring the process down."""

T = TypeVar("T")


async def is_right(password: str, hashed: str | None) -> bool:
    """Whether that is the password; without a hash it never is, and takes as long to say so."""
    return await _apart(passwords.is_right, password, hashed)


async def hashed(password: str, login: str, field: str, say: Speaker) -> str:
    """The hash of a new password. Raises ``Problem`` (422) where the account's name is in it."""
    if login.casefold() in password.casefold():
        raise Problem("invalid", errors=[FieldError(field=field, detail=say(SENTENCES["contains_login"]))])
    return await _apart(passwords.hash_password, password)


async def _apart(work: Callable[..., T], *given: str | None) -> T:
    return await asyncio.get_running_loop().run_in_executor(WORK, work, *given)
