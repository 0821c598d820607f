"""The tickets that somebody's posts let see, page by page, and how many there are of some.

Each list is put together from arms: one for each seat of each post, one for each place below which the asker sees. An
arm walks an index in the order of the list and stops after a page, so no list costs more than some pages of its arms,
however many tickets there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from services.records.queries import PAGE_LIMIT
from services.records.store import has_ended, helpers, is_helped, is_open, places, texts, tickets
from services.records.texts import all_of, holding
from shared.contracts.queries import Badges, InboxAsked
from shared.contracts.vocabulary import Due
from shared.cursor import read_cursor, write_cursor

SOON = timedelta(days=1)
"""So long before its limit a ticket is due soon. An assumption."""
PATH: ColumnElement[Any] = tickets.c.path
SEATS = (tickets.c.owner_post, tickets.c.handler_post)
FEW = 2000
"""So many tickets are sorted in no time; to meet fifty of more than that takes a short walk."""

Condition = ColumnElement[bool]
Paths = Mapping[str, str]
"""Codes of places to their paths."""


class Page(NamedTuple):
    """Tickets as the table has them, as JSON, and the cursor of those after them."""

    bodies: list[str]
    next: str | None


def inbox(connection: Connection, asked: InboxAsked, now: datetime) -> Page:
    """What was asked for. Raises ``ValueError`` for a ``cursor`` that is not ours."""
    order = _Order(ended=asked.status is not None and not asked.status.is_open)
    fits = [*_filters(connection, asked, now), *order.after(asked.cursor)]
    size = max(1, min(asked.limit, PAGE_LIMIT))
    arms = _arms(connection, asked, order.ended, _paths(connection, asked))
    if not arms:
        return Page([], None)
    first = [_with_text(select(order.at, tickets.c.id), asked).where(arm, *fits) for arm in arms]
    found = _together([each.order_by(*order.by).limit(size + 1) for each in first])
    statement = select(order.at.label("at"), tickets.c.id, tickets.c.body).join(found, found.c.id == tickets.c.id)
    rows = connection.execute(statement.order_by(*order.by).limit(size + 1)).all()
    more = write_cursor(rows[size - 1].at, rows[size - 1].id) if len(rows) > size else None
    return Page([row.body for row in rows[:size]], more)


def badges(connection: Connection, asked: InboxAsked, now: datetime) -> Badges:
    """How many there are of what the lists hold that people look at first."""
    lists: dict[str, dict[str, Any]] = {
        "mine": {"mine": True},
        "my_level": {"my_level": True},
        "overdue": {"due": Due.OVERDUE},
        "soon": {"due": Due.SOON},
    }
    paths = _paths(connection, asked)
    counts = {name: _count(connection, asked.model_copy(update=more), now, paths) for name, more in lists.items()}
    found = connection.execute(select(*(count.label(name) for name, count in counts.items()))).one()
    return Badges.model_validate(dict(found._mapping))


def _count(connection: Connection, asked: InboxAsked, now: datetime, paths: Paths) -> Any:
    fits = _filters(connection, asked, now)
    arms = _arms(connection, asked, ended=False, paths=paths) or [false()]
    found = _together([select(tickets.c.id).where(arm, *fits).limit(Badges.COUNTED) for arm in arms])
    return select(func.count()).select_from(select(found.c.id).limit(Badges.COUNTED).subquery()).scalar_subquery()


def _together(arms: Sequence[Select[Any]]) -> Any:
    """A ticket that several arms reach counts once."""
    return union(*(select(arm.subquery().c.id) for arm in arms)).subquery()


@dataclass(frozen=True)
class _Order:
    ended: bool

    @property
    def at(self) -> ColumnElement[Any]:
        return tickets.c.opened_at if self.ended else tickets.c.due_at

    @property
    def by(self) -> tuple[ColumnElement[Any], ...]:
        return (self.at.desc(), tickets.c.id.desc()) if self.ended else (self.at, tickets.c.id)

    def after(self, cursor: str | None) -> list[Condition]:
        if cursor is None:
            return []
        at, id = read_cursor(cursor)
        here, there = tuple_(self.at, tickets.c.id), tuple_(literal(at, self.at.type), literal(id, tickets.c.id.type))
        return [here < there if self.ended else here > there]


def _filters(connection: Connection, asked: InboxAsked, now: datetime) -> list[Condition]:
    """What every arm has to fit."""
    status, category, due = tickets.c.status, tickets.c.category, tickets.c.due_at
    fits: list[Condition] = [is_open if asked.status is None or asked.status.is_open else has_ended]
    if asked.status:
        fits.append(status == asked.status)
    if asked.categories:
        fits.append(category.in_(asked.categories))
    match asked.due:
        case Due.OVERDUE:
            fits.append(due <= now)
        case Due.SOON:
            fits.append(and_(due > now, due <= now + SOON))
    return fits if asked.text is None else [*fits, *holding(texts, asked.text, connection.dialect)]


def _with_text(arm: Select[Any], asked: InboxAsked) -> Select[Any]:
    return arm if asked.text is None else arm.join(texts, texts.c.id == tickets.c.id)


def _paths(connection: Connection, asked: InboxAsked) -> Paths:
    """Of the places that are named, those that are there."""
    named = {asked.place, *(each.place for each in asked.posts)} - {None}
    found = connection.execute(select(places.c.code, places.c.path).where(places.c.code.in_(named)))
    return {row.code: row.path for row in found}


def _arms(connection: Connection, asked: InboxAsked, ended: bool, paths: Paths) -> list[Condition]:
    """Which tickets the asker sees, as conditions of which each has an index. As ``services.intake.scope`` has it: what
    a post of theirs has, and what happens below its place, but for complaints about one of their roles; other
    complaints, and what is hidden, from the rung up where it is.
    """
    wanted = paths.get(asked.place) if asked.place is not None else None
    if asked.place is not None and wanted is None:
        return []
    spots = _spots(asked, paths)
    held: list[Condition] = [has for each in asked.posts for has in _has(connection, each.post)]
    if asked.my_level:
        at_level = or_(false(), *(and_(_below(path), tickets.c.level == level) for path, level in spots))
        held = [and_(seat, at_level) for seat in held]
    if wanted is not None:
        held = [and_(seat, _below(wanted)) for seat in held]
    if asked.mine:
        return held
    about = tickets.c.about_role
    bearable = or_(about.is_(None), about.not_in(sorted({each.role for each in asked.posts})))
    open_to_them = _open_to(asked, paths)
    narrowed = [(_narrower(path, wanted), level) for path, level in spots]
    seen = [
        and_(_walked(connection, path, ended), bearable, open_to_them, *((tickets.c.level == level,) if level else ()))
        for path, level in narrowed
        if path is not None
    ]
    return [*held, *seen]


def _open_to(asked: InboxAsked, paths: Paths) -> Condition:
    """What is neither a complaint nor hidden, or is at a level of which one of their posts there may read it."""
    hidden = sorted({category for each in asked.posts for category in each.hidden})
    plain = and_(tickets.c.about_role.is_(None), tickets.c.category.not_in(hidden))
    trusted = [
        and_(_below(path), tickets.c.level.in_(each.trusted))
        for each in asked.posts
        if each.place and each.trusted and (path := paths.get(each.place))
    ]
    return or_(plain, *trusted)


def _has(connection: Connection, post: str) -> list[Condition]:
    """That a post owns it, works on it, was summoned to it, or has somebody there whom it summoned."""
    if connection.dialect.name == "sqlite":
        summoned = tickets.c.helper_posts.contains(f"/{post}/", autoescape=True)
    else:
        summoned = all_of(helpers, [post])
    return [*(seat == post for seat in SEATS), and_(is_helped, summoned)]


def _spots(asked: InboxAsked, paths: Paths) -> list[tuple[str, str | None]]:
    """Paths below which the asker sees everything, or what is at a level of theirs; none that lies below another."""
    levels = {
        (path, level)
        for each in asked.posts
        if each.place and (path := paths.get(each.place))  # a post outside the chain has none
        for level in (each.levels if asked.my_level else (None,))
    }
    return sorted(
        ((path, level) for path, level in levels if not any(_inside((path, level), other) for other in levels)), key=str
    )


def _inside(spot: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    return spot != other and spot[1] == other[1] and spot[0].startswith(other[0])


def _narrower(path: str, wanted: str | None) -> str | None:
    """Where both are: the lower of two paths of which one leads to the other."""
    if wanted is None or path.startswith(wanted):
        return path
    return wanted if wanted.startswith(path) else None


def _below(path: str, column: ColumnElement[Any] = PATH) -> Condition:
    """Written out in the statement: how many tickets lie below decides how PostgreSQL looks for them."""
    return and_(column >= _written(path), column < _written(path[:-1] + "0"))  # "0" follows "/" in ASCII


def _written(value: str) -> Any:
    return bindparam(None, value, literal_execute=True)


def _walked(connection: Connection, path: str, ended: bool) -> Condition:
    """The tickets below a path, to be walked through in the order of the list.

    PostgreSQL knows how many there are. SQLite takes any path for a narrow one, and would sort a million tickets of
    a subdistrict to show fifty: there a few are looked up, and many are met while walking.
    """
    if connection.dialect.name != "sqlite":
        return _below(path)
    few = select(tickets.c.path).where(_below(path), has_ended if ended else is_open).limit(FEW + 1).subquery()
    many = connection.scalar(select(func.count()).select_from(few)) or 0
    return _below(path) if many <= FEW else _below(path, tickets.c.path.concat(""))
