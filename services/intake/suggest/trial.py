"""How good a model is: examples that it has not seen, and how many of them it sorts as people did. Pure."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.intake.suggest.model import OFFERED, Example, Model, learn, plain, shares
from shared.contracts.base import Frozen

FOLDS = 5
SHARPNESSES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)


class CategoryFigures(Frozen):
    """Of ``n`` examples of a category, how many came first and how many among the three; ``said``: how often it came
    first at all.
    """

    n: int
    first: int
    among: int
    said: int


class Figures(Frozen):
    """Counts over examples that the model had not seen."""

    categories: dict[str, CategoryFigures]

    @property
    def n(self) -> int:
        return sum(each.n for each in self.categories.values())

    @property
    def accuracy(self) -> float:
        return sum(each.first for each in self.categories.values()) / self.n

    @property
    def top3(self) -> float:
        return sum(each.among for each in self.categories.values()) / self.n


class Trained(Frozen):
    """A model of all examples, with what models of four fifths of them made of the fifth that was held out."""

    model: Model
    held_out: Figures


@dataclass(frozen=True)
class _Outcome:
    """What a model made of a text that it had not seen; ``category`` is what people said."""

    category: str
    categories: Sequence[str]
    scores: Sequence[float]

    def offered(self) -> list[str]:
        ranked = sorted(zip(self.categories, self.scores, strict=False), key=lambda pair: -pair[1])
        return [category for category, _ in ranked[:OFFERED]]


def train(examples: Iterable[Example], seed: int = 1) -> Trained:
    """``seed`` draws the fifths. Raises ``ValueError`` where there are not two categories with two different texts
    each.
    """
    distinct = unlike(examples)
    sizes = Counter(category for _, category in distinct)
    if sum(size > 1 for size in sizes.values()) < 2:
        raise ValueError("two categories with two different texts each are needed")
    outcomes = list(_held_out(distinct, seed))
    sharpness = min(SHARPNESSES, key=lambda each: _surprise(outcomes, each))
    return Trained(model=learn(distinct).model_copy(update={"sharpness": sharpness}), held_out=_figures(outcomes))


def evaluate(model: Model, examples: Iterable[Example]) -> Figures:
    """Of examples that the model was not made of."""
    return _figures([_Outcome(category, model.categories, model.scores(text)) for text, category in examples])


def unlike(examples: Iterable[Example]) -> list[Example]:
    """Each text once: one that is held out must not have been learned from another line."""
    return list({plain(text): (text, category) for text, category in examples}.values())


def _held_out(examples: Sequence[Example], seed: int) -> Iterator[_Outcome]:
    """Every example once, by a model of the other folds."""
    folds = _folds(examples, seed)
    for number, fold in enumerate(folds):
        model = learn(each for other, fold in enumerate(folds) if other != number for each in fold)
        for text, category in fold:
            yield _Outcome(category, model.categories, model.scores(text))


def _folds(examples: Sequence[Example], seed: int) -> list[list[Example]]:
    """By lot, the same for a seed; each category spread evenly."""
    lots = random.Random(seed)  # noqa: S311 (nothing secret hangs on it)
    by_category: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_category[example[1]].append(example)
    drawn = [each for _, those in sorted(by_category.items()) for each in lots.sample(those, len(those))]
    return [drawn[number::FOLDS] for number in range(FOLDS)]


def _figures(outcomes: Sequence[_Outcome]) -> Figures:
    n, first, among, said = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for outcome in outcomes:
        offered = outcome.offered()
        n[outcome.category] += 1
        first[outcome.category] += offered[:1] == [outcome.category]
        among[outcome.category] += outcome.category in offered
        said.update(offered[:1])
    return Figures(
        categories={
            each: CategoryFigures(n=n[each], first=first[each], among=among[each], said=said[each])
            for each in sorted(n)
        }
    )


def _surprise(outcomes: Iterable[_Outcome], sharpness: float) -> float:
    """How far the shares are from what was right: the least where a share of 0.7 is right seven times in ten."""
    total = 0.0
    for outcome in outcomes:
        if outcome.scores and outcome.category in outcome.categories:
            share = shares(outcome.scores, sharpness)[outcome.categories.index(outcome.category)]
            total -= math.log(max(share, 1e-9))
    return total
