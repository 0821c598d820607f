"""Passwords: hashed with Argon2id where they were typed, so that none ever travels over the bus."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
"""Characters. Length is what counts (NIST SP 800-63B, 5.1.1.2): no rules on which, no expiry."""

_hasher = PasswordHasher()  # the library's defaults are RFC 9106's for little memory: 64 MiB, some 50 ms
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5LW5vYm9keQ$K0mH2Lh0u7m3mPq6l0e7VQ8e1xWqv0vYy0Zc9m3u5bA"
"""A hash that no password has: to ask it takes as long as to ask a real one, which hides who has an account."""


def hash_password(password: str) -> str:
    """Raises ``ValueError`` for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"{SHORTEST}–{LONGEST}")
    return _hasher.hash(password)


def is_right(password: str, hashed: str | None) -> bool:
    """Whether that is the password. With no hash it never is, and takes as long to say so."""
    try:
        return _hasher.verify(hashed or NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return False
