"""Notify without its threads: each step is called by hand, at moments of our choosing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

from aiosmtpd.smtp import Envelope
from sqlalchemy import Engine, select

from services.notify import claims, handlers, store
from services.notify.domain.plan import Groups
from services.notify.domain.turns import Bundle, Due
from services.notify.sending import Outcome, Ways, try_to_send
from services.notify.writing.stationery import Stationery
from shared.bus.outbox import Outbox, Row
from shared.contracts.envelope import decode
from shared.contracts.events import (
    TicketEvent,
)
from shared.contracts.queries import Reporter
from shared.db import reading, transaction
from tests.builders import MONDAY_10
from tests.tellings import TOWN, a_seat, heard

REAL = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
NIGHT = MONDAY_10.replace(hour=19)
MORNING = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
HEAD = a_seat("U:unit_head")
BY_MAIL = Groups()


class NoBroker:
    """Takes what an outbox hands over and leaves it in the table."""

    def put(self, rows: Sequence[Row]) -> int:
        return len(rows)

    def backlog(self) -> int:
        return 0


@dataclass
class Office:
    outbox: Outbox
    ways: Ways

    @property
    def engine(self) -> Engine:
        return self.outbox.engine

    def record(self, *events: TicketEvent, now: datetime = MONDAY_10, groups: Groups = BY_MAIL) -> None:
        with self.outbox.work() as work:
            handlers.record_events(work, heard(*events), TOWN, groups, now=now, real_now=REAL, digest_at=time(18))

    def claim(self, now: datetime = MONDAY_10, real: datetime = REAL, **differences: Any) -> list[Bundle[Due]]:
        options = {"busy": {}, "width": 1000, "lease_seconds": 120} | differences
        with transaction(self.engine) as connection:
            claims.await_turn(connection)
            messages, _ = handlers.claim_due(connection, now=now, real_now=real, **options)
        return messages

    def send(self, messages: Sequence[Bundle[Due]], now: datetime = MONDAY_10, real: datetime = REAL) -> list[Outcome]:
        stationery = Stationery(TOWN, "https://loumen.example", b"secret", now)
        return [try_to_send(message, stationery, self.ways, real) for message in messages]

    def settle(self, outcomes: Sequence[Outcome], now: datetime = MONDAY_10, real: datetime = REAL) -> None:
        with self.outbox.work() as work:
            handlers.record_fates(work, outcomes, now=now, real_now=real)

    def run(self, now: datetime = MONDAY_10, real: datetime = REAL) -> list[Outcome]:
        outcomes = self.send(self.claim(now, real), now, real)
        self.settle(outcomes, now, real)
        return outcomes

    def said(self) -> list[Any]:
        with reading(self.engine) as connection:
            bodies = connection.execute(select(store.outbox.c.body).order_by(store.outbox.c.id)).scalars().all()
        return [decode(body)[1] for body in bodies]

    def fates(self) -> list[str]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(store.deliveries.c.fate)).scalars())


def subject_of(mail: Envelope) -> str:
    return str(message_from_bytes(mail.content or b"", policy=policy.default)["Subject"])


def nobody(_reference: UUID) -> Reporter | None:
    return None
