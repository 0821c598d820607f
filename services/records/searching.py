"""What a ticket can be found by: the pairs of neighbouring characters of its texts, in their order. Pure.

Chinese needs no words cut out for that, and most of its words are two characters long: what indexes threes (pg_trgm,
FTS5) finds none of them. Why so: ``docs/decisions/0015-text-search.md``.
"""

from collections.abc import Iterable
from itertools import pairwise

from services.records.likeness import plain

BETWEEN = "."
"""Stands between two texts, so that nothing is found across them: no pair has it."""


def words(texts: Iterable[str]) -> str:
    """``楼道灯`` and ``坏了`` are ``楼道 道灯 . 坏了``."""
    return f" {BETWEEN} ".join(map(_in_order, texts))


def terms(asked: str) -> list[str]:
    """What ``words`` must hold, as it stands, for a text to hold each part of what was asked for."""
    return [term for part in asked.split() if (term := _in_order(part))]


def _in_order(text: str) -> str:
    letters = plain(text)
    return " ".join(map("".join, pairwise(letters))) or letters
