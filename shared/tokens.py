"""Tokens that open the API: shown once, and known by their digest from then on."""

import hashlib
import secrets
from typing import Final

MARK: Final = "lmn_"
"""Begins every token, so that scanners of repositories find one that was left there."""


def new_token() -> str:
    return MARK + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the record knows a session or a token by."""
    return hashlib.sha256(token.encode()).hexdigest()
