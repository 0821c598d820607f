"""Lists of tickets for those at work, and how long they are."""

from typing import ClassVar

from shared.contracts.base import Frozen
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Due, Status


class Holding(Frozen):
    """A post that the asker holds: at a ``place`` below which it sees everything, None where it sees what it has alone.
    ``levels``: the rungs at which it can own a ticket. Of complaints, and in the ``hidden`` categories, it sees besides
    what it has only what is at one of the levels ``trusted``."""

    post: str
    role: str
    place: str | None
    levels: tuple[str, ...]
    trusted: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


class InboxAsked(Frozen):
    """Which tickets, of those that the holder of ``posts`` sees; None means any. ``place`` means it and all below it,
    ``categories`` one of these, ``text`` words that all occur; ``status``: the open ones where none is given.
    """

    posts: tuple[Holding, ...]
    mine: bool = False
    my_level: bool = False
    due: Due | None = None
    place: str | None = None
    categories: tuple[str, ...] = ()
    status: Status | None = None
    text: str | None = None
    cursor: str | None = None
    limit: int = 50


class InboxPage(Frozen):
    """Open tickets by what is due first, ended ones from the newest; ``next`` is the cursor of those after them."""

    items: tuple[Ticket, ...]
    next: str | None


class Badges(Frozen):
    """How many open tickets there are of each, counted up to ``COUNTED``: as many means as many or more."""

    COUNTED: ClassVar = 100

    mine: int
    my_level: int
    overdue: int
    soon: int
