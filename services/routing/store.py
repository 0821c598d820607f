"""Routing's tables and the few ways to read and write them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Index, Integer, Row, String, Table, Text, Uuid, and_, delete, or_, select

from services.routing.domain.case import Case, relatives
from shared.bulk import insert_rows, update_rows
from shared.bus.outbox import outbox_table
from shared.contracts.commands import Acted, Happened
from shared.contracts.directory import Policy
from shared.contracts.queries import Head
from shared.contracts.ticket import Ticket
from shared.db import Moment, metadata
from shared.directory_store import directory_table

tables = metadata()

cases = Table(
    "cases",
    tables,
    Column("id", Uuid, primary_key=True),
    Column("code", String(20), nullable=False, unique=True),
    Column("due_at", Moment),
    Column("owner_post", String(100)),
    Column("held_by", String(100)),
    Column("handler_post", String(100)),
    Column("handler_held_by", String(100)),
    Column("known_to", Integer),
    Column("hash", String(64), nullable=False),
    Column("ticket", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("last", Text),
)
Index(
    "ix_cases_due_at",
    cases.c.due_at,
    sqlite_where=cases.c.due_at.isnot(None),
    postgresql_where=cases.c.due_at.isnot(None),
)

HELD = ((cases.c.owner_post, cases.c.held_by), (cases.c.handler_post, cases.c.handler_held_by))
for _post, _who in HELD:
    _open = _post.isnot(None)
    Index(f"ix_cases_{_post.name}", _post, _who, sqlite_where=_open, postgresql_where=_open)
"""Open cases alone: of what is settled nobody is told any more. A handler who is the owner is in the first alone."""
Index(
    "ix_cases_known_to",
    cases.c.known_to,
    sqlite_where=cases.c.known_to.isnot(None),
    postgresql_where=cases.c.known_to.isnot(None),
)
"""Open cases with provisional limits alone."""

NOBODY, VACANT = "", "-"
"""Held the post when we last looked: those who are named were away; nobody is named. NULL: nobody has looked yet."""

answers = Table(
    "answers",
    tables,
    Column("ticket_id", Uuid, primary_key=True),
    Column("action_id", Uuid, primary_key=True),
    Column("answer", Text, nullable=False),
    Column("wish", String(64)),
)
"""What was done, by its id. ``wish``: a digest of who wanted what; NULL in rows from before it was kept."""

directories = directory_table(tables)
outbox = outbox_table(tables)


@dataclass(frozen=True)
class Stored:
    """A case as it stands in the table, with the head of its hash chain; who held its owner's post, and its handler's
    where that is another, when these were last looked at; the last year whose holidays were known when its limits were.
    ``last``: what was done to it last; None where nothing was since that is kept.
    """

    case: Case
    hash: str
    held_by: str | None
    handler_held_by: str | None
    known_to: int | None
    last: Happened | None


@dataclass(frozen=True)
class Kept:
    """An answer, and the digest of the wish that it was given to; None where that was not kept yet."""

    acted: Acted
    wish: str | None


class CodeTaken(Exception):
    """Two tickets would be called the same."""


def insert(connection: Connection, fresh: Sequence[Stored]) -> set[UUID]:
    """Insert cases that are not there; says which were not. By id, so that two replicas never wait for each other.

    Raises ``CodeTaken`` where another case has the same code. The database is not left to say so: two who insert the
    same case at once may meet at its code before they meet at its id.
    """
    if not fresh:
        return set()
    in_order = sorted(fresh, key=lambda each: each.case.ticket.id)
    new = set(insert_rows(connection, cases, [_row(each) for each in in_order], _unless_there).scalars())
    old = {each.case.ticket.id for each in in_order} - new
    if old and (foreign := old - known(connection, old)):
        raise CodeTaken(f"another case has the code of {min(foreign)}")
    return new


def _unless_there(insert: Any) -> Any:
    return insert.on_conflict_do_nothing().returning(cases.c.id)


def known(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that have a case."""
    return set(connection.execute(select(cases.c.id).where(cases.c.id.in_(list(ids)))).scalars())


def lock(connection: Connection, id: UUID, *others: UUID) -> dict[UUID, Stored]:
    """The case, its relatives and the others, as far as they are there, locked until the transaction ends (SQLite has
    one writer anyway).

    All in one statement, in the order of their ids: so two who want the same ones never wait for each other in a
    circle. Relatives are known once the case is locked; where it has some, all are let go and locked anew.
    """
    wanted = {id, *others}
    while True:
        with connection.begin_nested() as attempt:
            rows = connection.execute(
                select(cases).where(cases.c.id.in_(wanted)).order_by(cases.c.id).with_for_update()
            )
            found = {row.id: stored(row) for row in rows}
            more = relatives(found[id].case.ticket) - wanted if id in found else set()
            if not more:
                return found
            attempt.rollback()
        wanted |= more


def id_of(connection: Connection, code: str) -> UUID | None:
    """The case with that code."""
    return connection.execute(select(cases.c.id).where(cases.c.code == code)).scalar()


def read(connection: Connection, id: UUID) -> Stored | None:
    """The case as it stands, not locked."""
    row = connection.execute(select(cases).where(cases.c.id == id)).first()
    return stored(row) if row else None


def lock_due(connection: Connection, now: datetime, limit: int, but: Collection[UUID]) -> list[tuple[UUID, Row[Any]]]:
    """Some of the cases whose clock has rung, the longest overdue first, as they stand in the table (``stored`` reads
    them); not those named, nor those that another replica holds."""
    due = select(cases).where(cases.c.due_at <= now).order_by(cases.c.due_at).limit(limit)
    if but:
        due = due.where(cases.c.id.not_in(but))
    return [(row.id, row) for row in connection.execute(due.with_for_update(skip_locked=True))]


def lock_free(connection: Connection, ids: Collection[UUID]) -> list[tuple[UUID, Row[Any]]]:
    """Those of the cases that no other replica holds: who holds some already waits for none."""
    found = select(cases).where(cases.c.id.in_(ids)).with_for_update(skip_locked=True)
    return [(row.id, row) for row in connection.execute(found)] if ids else []


def held(connection: Connection) -> list[tuple[str, str | None]]:
    """The posts that own open cases or work on them, each with who held it when last looked at."""
    pairs = [select(post, who).where(post.isnot(None)).group_by(post, who) for post, who in HELD]
    return list(dict.fromkeys((post, who) for pair in pairs for post, who in connection.execute(pair)))


def lock_held(
    connection: Connection, held: Collection[tuple[str, str | None]], limit: int, but: Collection[UUID]
) -> list[tuple[UUID, Row[Any]]]:
    """Some of the open cases that these posts own or work on, held by these; not those named, nor those that another
    replica holds."""
    these = (and_(column == post, by.is_not_distinct_from(who)) for column, by in HELD for post, who in held)
    found = select(cases).where(or_(*these)).order_by(cases.c.id).limit(limit)
    if but:
        found = found.where(cases.c.id.not_in(but))
    return [(row.id, row) for row in connection.execute(found.with_for_update(skip_locked=True))]


def lock_provisional(
    connection: Connection, known_to: int, limit: int, but: Collection[UUID]
) -> list[tuple[UUID, Row[Any]]]:
    """Some of the open cases whose provisional limits were reckoned before that year's holidays were known; not those
    named, nor those that another replica holds."""
    found = select(cases).where(cases.c.known_to < known_to).order_by(cases.c.known_to, cases.c.id).limit(limit)
    if but:
        found = found.where(cases.c.id.not_in(but))
    return [(row.id, row) for row in connection.execute(found.with_for_update(skip_locked=True))]


def oldest_due(connection: Connection) -> datetime | None:
    """When the next clock rings, or should have rung."""
    return connection.execute(
        select(cases.c.due_at).where(cases.c.due_at.isnot(None)).order_by(cases.c.due_at)
    ).scalar()


def update(connection: Connection, changed: Sequence[Stored]) -> None:
    """Write cases that were locked before."""
    if changed:
        update_rows(connection, cases, [{"id": each.case.ticket.id, **_changing(each)} for each in changed])


def restamp(connection: Connection, changed: Sequence[Stored]) -> None:
    """Write the policies of cases that were stamped anew; ``update`` leaves them, as hardly any ever is."""
    if changed:
        policies = ({"id": each.case.ticket.id, "policy": each.case.policy.model_dump_json()} for each in changed)
        update_rows(connection, cases, list(policies))


def answer(connection: Connection, ticket: Ticket, action_id: UUID) -> Kept | None:
    """What was answered to that action before, also on a ticket that has been merged into this one since."""
    this = answers.c.ticket_id.in_([ticket.id, *ticket.absorbed]), answers.c.action_id == action_id
    row = connection.execute(select(answers.c.answer, answers.c.wish).where(*this)).first()
    return Kept(Acted.model_validate_json(row.answer), row.wish) if row else None


def keep_answer(connection: Connection, ticket_id: UUID, action_id: UUID, kept: Kept) -> None:
    answer = kept.acted.model_dump_json()
    row = {"ticket_id": ticket_id, "action_id": action_id, "answer": answer, "wish": kept.wish}
    connection.execute(answers.insert(), row)


def forget_answers(connection: Connection, ticket_id: UUID) -> None:
    """They hold the ticket as it was. Whoever repeats an action after that is told how it stands now."""
    connection.execute(delete(answers).where(answers.c.ticket_id == ticket_id))


def heads(connection: Connection, after: UUID | None, limit: int) -> list[Head]:
    """The heads of the chains, by id."""
    query = select(cases).order_by(cases.c.id).limit(limit)
    rows = connection.execute(query.where(cases.c.id > after) if after else query)
    return [Head(ticket=Ticket.model_validate_json(row.ticket), hash=row.hash, due_at=row.due_at) for row in rows]


def _row(stored: Stored) -> dict[str, Any]:
    ticket, policy = stored.case.ticket, stored.case.policy
    return {"id": ticket.id, "code": ticket.code, "policy": policy.model_dump_json(), **_changing(stored)}


def _changing(stored: Stored) -> dict[str, Any]:
    """What a ticket's life changes; the policy stays as it was stamped."""
    case, ticket = stored.case, stored.case.ticket
    owner, handler = (*(ticket.seats if ticket.status.is_open else ()), None, None)[:2]
    return {
        "due_at": case.due_at,
        "owner_post": owner and owner.post,
        "held_by": stored.held_by,
        "handler_post": handler and handler.post,
        "handler_held_by": stored.handler_held_by,
        "known_to": stored.known_to if ticket.provisional and ticket.status.is_open else None,
        "hash": stored.hash,
        "ticket": ticket.model_dump_json(exclude_defaults=True),
        "last": stored.last.model_dump_json() if stored.last else None,
    }


def stored(row: Row[Any]) -> Stored:
    """A row of ``cases``. Raises ``ValidationError`` where a hand has written what is no case."""
    case = Case(Ticket.model_validate_json(row.ticket), _policy(row.policy), row.due_at)
    last = Happened.model_validate_json(row.last) if row.last else None
    return Stored(case, row.hash, row.held_by, row.handler_held_by, row.known_to, last)


@lru_cache(maxsize=1000)
def _policy(text: str) -> Policy:
    """A policy as stamped. Many tickets carry the same, and it takes longer to read than the ticket."""
    return Policy.model_validate_json(text)
