"""State and message in one transaction: what is said is a row first, and published right after the commit.

What a crash left behind a sweep publishes. Where a process can die, there is a method of its own, in this order:
``Outbox.stage`` (in the transaction), ``Outbox.hand_over`` (committed, not published), then in the publisher
``publish`` and ``forget`` (published, not yet deleted: it goes out again, with the same id).
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Double,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)

from shared import metrics, trace
from shared.bus.topology import COMMANDS, EVENTS
from shared.contracts.base import Message
from shared.contracts.envelope import encode
from shared.db import Serial, reading, transaction

SWEEP_ROWS = 2000


@dataclass(frozen=True)
class Row:
    """A committed message. ``id`` is the table's, ``message_id`` the event's."""

    id: int
    message_id: str
    exchange: str
    routing_key: str
    body: bytes


class Publisher(Protocol):
    """Publishes rows when it can, and never makes the caller wait for the broker."""

    def put(self, rows: Sequence[Row]) -> int:
        """Take these rows on; how many of them were new to it."""

    def backlog(self) -> int: ...


def outbox_table(metadata: MetaData) -> Table:
    """``created_at``: real Unix seconds. An id is never given twice, not even by SQLite."""
    return Table(
        "outbox",
        metadata,
        Column("id", Serial, primary_key=True, autoincrement=True),
        Column("message_id", String, nullable=False),
        Column("exchange", String, nullable=False),
        Column("routing_key", String, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", Double, nullable=False),
        sqlite_autoincrement=True,
    )


@dataclass
class Work:
    """One transaction: what is written through ``connection`` and what is said in it happen together or not at all."""

    connection: Connection
    source: str
    said: list[dict[str, Any]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def say(self, message: Message, *, id: UUID, subject: UUID | str | None, time: datetime) -> None:
        """Stage an event. ``id`` is the same in every repeat; ``subject`` is the ticket's; ``time`` the clock's."""
        self._stage(EVENTS, message.TYPE, message, id, subject, time)
        self.messages.append(message)

    def command(self, queue: str, message: Message, *, id: UUID, subject: UUID | str | None, time: datetime) -> None:
        """Stage a command for the one queue that its kind has."""
        self._stage(COMMANDS, queue, message, id, subject, time)

    def _stage(
        self, exchange: str, key: str, message: Message, id: UUID, subject: UUID | str | None, time: datetime
    ) -> None:
        body = encode(
            message,
            id=id,
            source=self.source,
            time=time,
            subject=str(subject) if subject else None,
            traceparent=trace.current(),
        )
        self.said.append({"message_id": str(id), "exchange": exchange, "routing_key": key, "body": body})

    def send_again(self, body: bytes, *, queue: str, message_id: str) -> None:
        """Stage a body as it came, for the one queue that it was parked from."""
        self.said.append({"message_id": message_id, "exchange": "", "routing_key": queue, "body": body})


@dataclass(frozen=True)
class Outbox:
    """The unit of work of one service."""

    engine: Engine
    table: Table
    source: str
    publisher: Publisher

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Commits at the end, then hands what was said to the publisher; rolls back on an exception."""
        with transaction(self.engine) as connection:
            work = Work(connection, self.source)
            yield work
            rows = self.stage(connection, work.said)
        self.hand_over(rows)
        metrics.count_said(work.messages)

    def stage(self, connection: Connection, said: list[dict[str, Any]]) -> list[Row]:
        """One statement for all."""
        if not said:
            return []
        now = time.time()
        statement = insert(self.table).returning(self.table.c.id, sort_by_parameter_order=True)
        ids = connection.execute(statement, [{**each, "created_at": now} for each in said]).scalars()
        return [Row(id=id, **each) for id, each in zip(ids, said, strict=True)]

    def hand_over(self, rows: Sequence[Row]) -> None:
        if rows:
            self.publisher.put(rows)

    def sweep(self, older_than_seconds: float) -> int:
        """Publish what was left behind; how many rows that was. Rows just being deleted are passed over."""
        backlog = self.publisher.backlog()
        if backlog >= SWEEP_ROWS:
            return 0
        columns = self.table.c
        query = (
            select(columns.id, columns.message_id, columns.exchange, columns.routing_key, columns.body)
            .where(columns.created_at < time.time() - older_than_seconds)
            .order_by(columns.id)
            .limit(SWEEP_ROWS)
            .with_for_update(skip_locked=True)
        )
        with reading(self.engine) as connection:
            left = [Row(*row) for row in connection.execute(query)]
        return self.publisher.put(left)

    def oldest_age(self) -> float:
        """Real seconds that the oldest message has waited; 0 where none does."""
        with reading(self.engine) as connection:
            oldest = connection.execute(select(func.min(self.table.c.created_at))).scalar()
        return time.time() - oldest if oldest is not None else 0.0


def forget(engine: Engine, table: Table, ids: Sequence[int]) -> None:
    """Delete the rows that the broker has confirmed."""
    with transaction(engine) as connection:
        connection.execute(delete(table).where(table.c.id.in_(ids)))
