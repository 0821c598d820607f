"""How alike two messages are, by the pairs of characters that both have. Pure.

Chinese needs no words cut out for that. A pair that few of the others have (a name, a thing) counts for much, one that
all have (小区, 领导) for next to nothing. Why this and nothing cleverer: ``docs/decisions/0012-similar-tickets.md``.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from operator import add

BEGINNING = 200
"""So many characters are compared: people begin with what and where it is."""

Pairs = frozenset[str]


def pairs(text: str) -> Pairs:
    """Its pairs of neighbouring letters and digits, whatever their width and case; a single one is its own pair."""
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text[: 2 * BEGINNING]).lower()))[:BEGINNING]
    return frozenset(map(add, plain, plain[1:])) or frozenset(plain)


def likenesses(text: Pairs, others: Sequence[Pairs]) -> list[float]:
    """How like the text each of the others is: 1 with the same pairs, 0 with none in common, never more for any other.

    Depends on the others, not on their order: what is common among them tells nothing.
    """
    shared = [text & other for other in others]
    weights = _weights(text, Counter(pair for pairs in shared for pair in pairs), len(others))
    own = math.fsum(weights.values()) / math.sqrt(len(text) or 1)
    return [
        math.fsum(weights[pair] for pair in common) / math.sqrt(len(text | other)) / own if common else 0.0
        for common, other in zip(shared, others, strict=True)
    ]


def _weights(text: Pairs, having: Counter[str], count: int) -> dict[str, float]:
    """The square of how rare each pair is: one that identifies a matter outweighs many of everyday speech."""
    return {pair: math.log(1 + count / (1 + having[pair])) ** 2 for pair in text}
