"""Open tickets that may be about what somebody is about to report: the same matter at the same place or near it."""

from collections.abc import Iterator, Sequence

import orjson
from sqlalchemy import ColumnElement, Connection, and_, func, select

from services.records.likeness import likenesses, pairs
from services.records.store import is_open, places, tickets
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Visibility

COMPARED = 300
"""As far around as so many open tickets reach; reading more would keep the resident waiting."""
STEPS_UP = 3
"""From a unit: its building, its compound, its community."""
LEAST = 0.04
"""Less like it than that is about something else: half of what comes first where nothing is alike, three in a hundred
of what is (``tests/similar``)."""
OTHER_CATEGORY = 0.75
"""What another category leaves of a likeness. People choose differently for one matter. An assumption."""
PUBLIC = frozenset({Visibility.FULL, Visibility.TEXT})
"""Whose words anybody may read. Of the others not even a likeness is told: whoever guesses the words would learn from
it that they were said."""
MOST = 10


def similar(connection: Connection, place: str, text: str, category: str | None, limit: int = 3) -> list[Ticket]:
    """Open, public tickets at the place or around it, the most alike first: what is near before what is far.

    None for a place that is not there, and none that is a complaint about somebody's post.
    """
    path = connection.scalar(select(places.c.path).where(places.c.code == place))
    if path is None:
        return []
    public = [each for each in map(_Candidate, _near(connection, path)) if each.is_public]
    alike = likenesses(pairs(text), [pairs(each.words) for each in public])
    own = path.strip("/").split("/")
    ranked = sorted(
        (
            (
                likeness * _sameness(category, each.category) * _nearness(own, each.path),
                each.opened_at,
                each.id,
                each.body,
            )
            for likeness, each in zip(alike, public, strict=True)
            if likeness >= LEAST
        ),
        reverse=True,
    )
    return [Ticket.model_validate_json(body) for *_, body in ranked[: min(limit, MOST)]]


class _Candidate:
    """A ticket of which only what is compared is read: there are hundreds, and three are shown."""

    def __init__(self, body: str) -> None:
        ticket = orjson.loads(body)
        self.body = body
        self.id: str = ticket["id"]
        self.opened_at: str = ticket["opened_at"]
        self.category: str = ticket["category"]
        self.path: list[str] = [step["code"] for step in ticket["place"]["path"]]
        self.is_public = ticket["visibility"] in PUBLIC and ticket["about_role"] is None
        self.words = "\n".join(text["text"] or "" for text in (ticket["title"], ticket["description"]) if text)


def _near(connection: Connection, path: str) -> Sequence[str]:
    """The newest open tickets of the widest place around that has not too many."""
    around = [_open_below(each) for each in _around(path)]
    counts = [
        select(func.count()).select_from(select(tickets.c.path).where(below).limit(COMPARED + 1).subquery())
        for below in around
    ]
    found = connection.execute(select(*(count.scalar_subquery() for count in counts))).one()
    below = next((below for below, count in zip(around, found, strict=True) if count <= COMPARED), around[-1])
    newest = (tickets.c.opened_at.desc(), tickets.c.id.desc())
    return connection.scalars(select(tickets.c.body).where(below).order_by(*newest).limit(COMPARED)).all()


def _open_below(path: str) -> ColumnElement[bool]:
    return and_(is_open, tickets.c.path >= path, tickets.c.path < path[:-1] + "0")  # "0" follows "/" in ASCII


def _around(path: str) -> Iterator[str]:
    """Paths of the places around, the widest first, the place itself last; never the top of the tree but for itself."""
    codes = path.strip("/").split("/")
    for length in range(max(min(2, len(codes)), len(codes) - STEPS_UP), len(codes) + 1):
        yield "/" + "".join(f"{code}/" for code in codes[:length])


def _sameness(category: str | None, other: str) -> float:
    return 1 if category in (None, other) else OTHER_CATEGORY


def _nearness(own: Sequence[str], other: Sequence[str]) -> float:
    """How much of the way down to the place leads to the other as well: 1 for the same door."""
    return sum(map(str.__eq__, own, other)) / len(own)
