"""Which category a text is probably about, learned from texts that somebody sorted. Pure.

Complement naive Bayes (Rennie and others, 2003) over single characters and pairs of neighbours: each speaks for a
category the more, the rarer it is everywhere else. Why this one: ``docs/decisions/0018-category-suggestions.md``.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from pydantic import Field

from shared.contracts.base import Frozen

BEGINNING = 200
"""So many characters of a text count: people begin with what it is."""
MESSAGES_LEAST = 2
"""What fewer messages have is forgotten: it tells little, and what only one person wrote is not kept."""
GRAMS_MOST = 20_000
"""The commonest ones; some 5 MB of memory."""
SHARPNESS = 2.0
"""How sure a difference of scores makes, where nothing was held out to find that."""
OFFERED = 3
_LETTERS = re.compile(r"[^\W\d_]+")
NO_REASONS = frozenset({
    "about", "after", "all", "and", "any", "are", "because", "been", "but", "can", "cannot", "for", "from",
    "had", "has", "have", "her", "here", "his", "how", "into", "its", "not", "now", "off", "our", "out", "over",
    "please", "she", "some", "that", "the", "their", "them", "then", "there", "these", "they", "this", "too",
    "was", "were", "what", "when", "where", "which", "who", "why", "will", "with", "you", "your",
})  # fmt: skip
"""Words of English that any text has, of more than two letters: they speak for nothing."""
_LATIN = re.compile(r"[a-zà-ɏ]+")

Example = tuple[str, str]
"""A text and its category."""


Counts = Annotated[str, Field(pattern=r"^\d+:\d+( \d+:\d+)*$")]


class Model(Frozen):
    """``counts``: how often each gram stands in the messages of each category, as ``3:12 7:1``: twelve times in those
    of ``categories[3]``. As numbers the same would take seven times the memory.
    """

    categories: tuple[str, ...]
    counts: dict[str, Counts]
    sharpness: float = SHARPNESS

    @cached_property
    def _elsewhere(self) -> list[float]:
        """For each category the logarithm of how many grams all the others have, each gram counted once more."""
        own = [0] * len(self.categories)
        for counts in self.counts.values():
            for at, count in _read(counts):
                own[at] += count
        return [math.log(sum(own) - each + len(self.counts)) for each in own]

    def scores(self, text: str) -> list[float]:
        """By category, comparable within one text; empty where the text has nothing that the model knows.

        The mean evidence of a gram times the root of how many there are: those of one text do not speak independently.
        """
        known = {gram: times for gram, times in grams(text).items() if gram in self.counts}
        if not known:
            return []
        size = sum(known.values())
        found = [size * each for each in self._elsewhere]
        for gram, times in known.items():
            for at, evidence in self.evidence(gram).items():
                found[at] += times * evidence
        return [each / math.sqrt(size) for each in found]

    def evidence(self, gram: str) -> dict[int, float]:
        """How much a gram speaks for those of the categories in whose messages it stands."""
        counts = _read(self.counts[gram])
        total = sum(count for _, count in counts) + 1
        return {at: math.log(total / (total - count)) for at, count in counts}


def _read(counts: str) -> list[tuple[int, int]]:
    pairs = (pair.split(":") for pair in counts.split())
    return [(int(at), int(count)) for at, count in pairs]


def _written(counts: Iterable[int]) -> str:
    return " ".join(f"{at}:{count}" for at, count in enumerate(counts) if count)


@dataclass(frozen=True)
class Guess:
    """``share``: of what all categories have together, from 0 to 1."""

    category: str
    share: float


def guesses(model: Model, text: str) -> list[Guess]:
    """All categories, the likeliest first; none where the text has nothing that the model knows."""
    scores = model.scores(text)
    if not scores:
        return []
    found = zip(model.categories, shares(scores, model.sharpness), strict=True)
    return [Guess(category, share) for category, share in sorted(found, key=lambda pair: -pair[1])]


def shares(scores: Sequence[float], sharpness: float) -> list[float]:
    top = max(scores)
    parts = [math.exp(sharpness * (score - top)) for score in scores]
    return [part / sum(parts) for part in parts]


def learn(examples: Iterable[Example], least: int = MESSAGES_LEAST) -> Model:
    """A model of these examples. ``least``: how many of them must have a gram."""
    having: Counter[str] = Counter()
    by_category: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, category in examples:
        found = grams(text)
        having.update(found.keys())
        by_category[category].update(found)
    categories = sorted(by_category)
    kept = [gram for gram, messages in having.most_common(GRAMS_MOST) if messages >= least]
    counts = {gram: _written(by_category[category][gram] for category in categories) for gram in kept}
    return Model(categories=tuple(categories), counts=counts)


def taught(model: Model, examples: Sequence[Example]) -> Model:
    """The same model that has learned these as well, of categories that it does not know yet; each gram counts."""
    more = learn(examples, least=1)
    known, counts = len(model.categories), dict(model.counts)
    for gram, own in more.counts.items():
        moved = " ".join(f"{at + known}:{count}" for at, count in _read(own))
        counts[gram] = f"{counts[gram]} {moved}" if gram in counts else moved
    return Model(categories=model.categories + more.categories, counts=counts, sharpness=model.sharpness)


def grams(text: str) -> Counter[str]:
    """Characters, pairs of neighbours, and words of Latin letters; no digits: they name places and people."""
    return Counter(gram for _, gram in placed(text))


def placed(text: str) -> Iterator[tuple[int, str]]:
    """The grams with where each begins, in the text as ``plain`` has it."""
    for run in _LETTERS.finditer(plain(text)):
        at = 0
        for word in _LATIN.finditer(run[0]):
            yield from _pairs(run[0][at : word.start()], run.start() + at)
            if len(word[0]) > 2 and word[0] not in NO_REASONS:
                yield run.start() + word.start(), word[0]
            at = word.end()
        yield from _pairs(run[0][at:], run.start() + at)


def _pairs(letters: str, start: int) -> Iterator[tuple[int, str]]:
    for at in range(len(letters)):
        yield start + at, letters[at]
        if at + 1 < len(letters):
            yield start + at, letters[at : at + 2]


def plain(text: str) -> str:
    """What is compared of a text: its beginning, whatever width and case."""
    return unicodedata.normalize("NFKC", text[: 2 * BEGINNING]).lower()[:BEGINNING]


def spoke_for(model: Model, text: str, category: str, most: int = 3) -> list[str]:
    """The parts of the text that spoke for a category rather than for the others, the strongest first."""
    at = model.categories.index(category)
    strength: dict[tuple[int, int], float] = {}
    for start, gram in placed(text):
        if len(gram) > 1 and gram in model.counts:
            evidence = model.evidence(gram)
            if (lead := evidence.get(at, 0.0) - sum(evidence.values()) / len(model.categories)) > 0:
                strength[start, start + len(gram)] = lead
    told = plain(text)
    parts = _joined(strength)
    ranked = sorted(parts, key=lambda part: -parts[part])
    return list(dict.fromkeys(told[start:end] for start, end in ranked))[:most]


def _joined(strength: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Those that overlap as one, as strong as all of it."""
    joined: dict[tuple[int, int], float] = {}
    last: tuple[int, int] | None = None
    for (start, end), each in sorted(strength.items()):
        if last and start < last[1]:
            grown = (last[0], max(last[1], end))
            joined[grown] = joined.pop(last) + each
            last = grown
        else:
            last = (start, end)
            joined[last] = joined.get(last, 0.0) + each
    return joined
