"""Figures as records tells them: shares always with how many they are of, and none of a few."""

from datetime import date

from shared.contracts.base import Frozen
from shared.contracts.queries import Holding
from shared.contracts.vocabulary import Grouping, Outcome


class StatsAsked(Frozen):
    """Of the tickets below the places of ``posts`` those that fit; None means any. ``place`` means it and all below it,
    ``categories`` one of these.
    ``since`` and ``until`` are days: the weeks that hold them, and those between, in which a ticket was handed in.
    """

    posts: tuple[Holding, ...]
    by: Grouping | None = None
    place: str | None = None
    categories: tuple[str, ...] = ()
    post: str | None = None
    since: date | None = None
    until: date | None = None


class Share(Frozen):
    """A part (0 to 1) of ``n``; None where ``n`` is too small to be told."""

    n: int
    value: float | None


class AtLevel(Frozen):
    """A level: how many were closed there, and which part of all closed; for how many hours somebody there had work on
    a ticket, on average over the ``n`` ended tickets that were there (None of few)."""

    level: str
    closed: int
    share: float
    n: int
    hours: float | None


class Figures(Frozen):
    """``n`` tickets handed in. The rest is None, or empty, where that is too few to be told.

    ``response`` (响应率): contacted in the first owner's limit to accept, of those for whom it is over or who were.
    ``solution`` (解决率): settled, said those who were called back and answered. ``satisfaction`` (满意率): 基本满意 or
    better, of all grades. ``score``: their weighted mean. ``reopened``: which part of the ended ones ever was.
    ``rungs``: climbed by an ended one, on average.
    """

    n: int
    response: Share
    solution: Share
    satisfaction: Share
    score: float | None = None
    outcomes: dict[Outcome, int] = {}
    reopened: Share
    rungs: float | None = None
    levels: tuple[AtLevel, ...] = ()


class Group(Frozen):
    """``key``: the code of a place, category or post; a week's Monday. Empty: none of them."""

    key: str
    figures: Figures


class Stats(Frozen):
    """``smallest``: fewer than that are not told apart."""

    smallest: int
    total: Figures
    groups: tuple[Group, ...]
