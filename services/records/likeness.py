"""How alike two messages are, by the pairs of characters that both have. Pure.

Chinese needs no words cut out for that. A pair that few of the others have (a name, a thing) counts for much, one that
all have (小区, 领导) for next to nothing. Why this and nothing cleverer: ``docs/decisions/0012-similar-tickets.md``.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

BEGINNING = 200
"""So many characters are compared: people begin with what and where it is."""
_SIGNS = re.compile(r"[\W_]+")

Pairs = frozenset[int]


def pairs(text: str) -> Pairs:
    """Its pairs of neighbouring letters and digits, whatever their width and case; a single one is its own pair.

    A pair is one number, its two symbols in UTF-16: made and compared twice as fast as a text, hundreds of times.
    """
    letters = plain(text[: 2 * BEGINNING])[:BEGINNING]
    units = letters.encode("utf-16-le")
    found = frozenset(_numbers(units)) | frozenset(_numbers(units[2:]))
    return found or frozenset(map(ord, letters))


def plain(text: str) -> str:
    """Its letters and digits, whatever their width and case."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())


def _numbers(units: bytes) -> memoryview:
    """Each four bytes as one; what is left over at the end is part of another pair."""
    return memoryview(units)[: len(units) // 4 * 4].cast("I")


def likenesses(text: Pairs, others: Sequence[Pairs]) -> list[float]:
    """How like the text each of the others is: 1 with the same pairs, 0 with none in common, never more for any other.

    Depends on the others, not on their order: what is common among them tells nothing.
    """
    shared = [text & other for other in others]
    weights = _weights(text, Counter(pair for pairs in shared for pair in pairs), len(others))
    own = math.fsum(weights.values()) / math.sqrt(len(text) or 1)
    return [
        math.fsum(map(weights.__getitem__, common)) / math.sqrt(len(text) + len(other) - len(common)) / own
        if common
        else 0.0
        for common, other in zip(shared, others, strict=True)
    ]


def _weights(text: Pairs, having: Counter[int], count: int) -> dict[int, float]:
    """The square of how rare each pair is: one that identifies a matter outweighs many of everyday speech."""
    return {pair: math.log(1 + count / (1 + having[pair])) ** 2 for pair in text}
