"""Values that nobody expects: in JSON, in a message's properties, in its headers."""

from typing import Any
from uuid import UUID

from tests.contracts.examples import OTHER, TICKET

NUMBERS = (0, 1, -1, 2**31, 2**53, 2**63, -(2**63) - 1, 10**400, 1.5, -0.0, 1e18, 1e308, float("nan"), float("inf"))
SYMBOLS = ("", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\u202e\x1b[2J\r\n", "𠮷" * 300, "x" * 70_000)
TEXTS = ("0", "1e9", "../../etc/passwd", "'; drop table ledger; --", "{0.__class__}", "<script>alert(1)</script>")
NAMES = (str(UUID(int=0)), str(TICKET), str(OTHER), "urn:uuid:nobody", "Mars/Olympus", "reporter", "other")
MOMENTS = (
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-03-02T02:00:00",
    "2026-02-30T25:61:00Z",
    "P1D",
)
PARTS = ([], {}, [[]], [None], {"": None}, {"a": {"b": [1, {"c": 2}]}}, ["x"] * 5000, dict.fromkeys("abcdefghij", 1))

JUNK: tuple[Any, ...] = (None, True, False, *NUMBERS, *SYMBOLS, *TEXTS, *NAMES, *MOMENTS, *PARTS)
"""For a place in a JSON document."""

TYPES = ("text/plain", "application/json", "application/x-python-serialize", "gzip")
WORDS: tuple[Any, ...] = (None, "", " ", "\0", "\n\x1b", "☃" * 80, "x" * 250, "-1", "9" * 20, "no.such.queue", *TYPES)
"""For a property, which is a short text."""

TABLES = ([], {}, [None], [{}], [{"queue": None}], [[{"queue": "x"}]], {"queue": {"queue": []}}, ["x"] * 300)
BYTES = (b"", b"\xff\xfe")
HEADERS: tuple[Any, ...] = (None, True, 0, -1, 2**31, 2**63 - 1, "", "\0", "\r\n\x1b[2J", "x" * 5000, *BYTES, *TABLES)
"""For a header, which is of any type of AMQP's."""


def nested(depth: int) -> Any:
    """A header in headers in headers."""
    found: Any = "x"
    for number in range(depth):
        found = [found] if number % 2 else {"x": found}
    return found
