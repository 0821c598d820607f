"""Counts made into figures: shares with their n, a weighted score, nothing of a few. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.contracts.stats import AtLevel, Figures, Share
from shared.contracts.vocabulary import Outcome

HOUR_SECONDS = 3600


class Weights(NamedTuple):
    """What each of the three rates counts in the score."""

    response: float
    solution: float
    satisfaction: float


class Counted(NamedTuple):
    """Of some tickets: how many there are, and parts with wholes."""

    n: int = 0
    contact_due: int = 0
    contacted: int = 0
    called_back: int = 0
    settled: int = 0
    grades: int = 0
    good_grades: int = 0
    reopened: int = 0
    rungs: int = 0


class Level(NamedTuple):
    """``stays``: ended tickets that were there, for so many ``seconds`` together."""

    closed: int
    stays: int
    seconds: int


def figures(
    counted: Counted, outcomes: Mapping[Outcome, int], levels: Mapping[str, Level], smallest: int, weights: Weights
) -> Figures:
    ended = sum(count for outcome, count in outcomes.items() if outcome is not Outcome.OPEN)
    closed = sum(count for outcome, count in outcomes.items() if outcome.is_closed)
    told = counted.n >= smallest
    rates = [
        share(counted.contacted, counted.contact_due, smallest),
        share(counted.settled, counted.called_back, smallest),
        share(counted.good_grades, counted.grades, smallest),
    ]
    return Figures(
        n=counted.n,
        response=rates[0],
        solution=rates[1],
        satisfaction=rates[2],
        score=score(rates, weights),
        outcomes=dict(sorted(outcomes.items())) if told else {},
        reopened=share(counted.reopened, ended, smallest),
        rungs=counted.rungs / ended if ended >= smallest else None,
        levels=_levels(levels, closed, smallest),
    )


def share(part: int, n: int, smallest: int) -> Share:
    return Share(n=n, value=part / n if n >= max(smallest, 1) else None)


def score(rates: Sequence[Share], weights: Weights) -> float | None:
    """None where one of those that count is not told."""
    counting = [(rate.value, weight) for rate, weight in zip(rates, weights, strict=True) if weight]
    told = [(value, weight) for value, weight in counting if value is not None]
    if not told or len(told) < len(counting):
        return None
    return sum(value * weight for value, weight in told) / sum(weight for _, weight in told)


def _levels(levels: Mapping[str, Level], closed: int, smallest: int) -> tuple[AtLevel, ...]:
    """None at all where few were closed. Where few tickets were, the hours are theirs alone: left out too."""
    if closed < max(smallest, 1):
        return ()
    return tuple(
        AtLevel(
            level=name,
            closed=level.closed,
            share=level.closed / closed,
            n=level.stays,
            hours=level.seconds / level.stays / HOUR_SECONDS if level.stays >= max(smallest, 1) else None,
        )
        for name, level in sorted(levels.items())
    )
