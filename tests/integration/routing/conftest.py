"""Routing's handlers on a migrated database of each kind; what they say is recorded instead of published."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select

from services.routing import handlers, store
from services.routing.store import Stored
from shared.bus.outbox import Outbox, Row
from shared.contracts.commands import Act, Acted, By, Details, SubmitTicket
from shared.contracts.envelope import Envelope, decode, encode
from shared.contracts.events import TicketEvent
from shared.contracts.trail import Origin
from shared.contracts.vocabulary import Action
from shared.db import open_engine, reading
from shared.directory import Town
from shared.trace import new_traceparent
from tests.builders import MONDAY_10, a_town

KEY = b"chain key"


@dataclass
class Recorder:
    """Takes on what was committed, and keeps it."""

    rows: list[Row] = field(default_factory=list)

    def put(self, rows: Sequence[Row]) -> int:
        self.rows += rows
        return len(rows)

    def backlog(self) -> int:
        return 0


@dataclass
class Desk:
    """Routing as its worker runs it: one transaction around each handler."""

    outbox: Outbox
    recorder: Recorder
    town: Town
    stuck: set[UUID] = field(default_factory=set)

    def open(self, *commands: SubmitTicket, now: datetime = MONDAY_10) -> None:
        with self.outbox.work() as work:
            handlers.open_cases(work, [(envelope_of(each), each) for each in commands], self.town, now, KEY)

    def act(self, id: UUID, action: Action, now: datetime = MONDAY_10, **more: Any) -> Acted:
        """By the owner as the ticket stands, unless ``wish`` fields say otherwise."""
        owner = self.case(id).case.ticket.owner
        assert owner
        place, role = owner.post.split(":")
        by = {"post": owner.post, "person": f"p-{place}-{role}", "assignment": owner.assignment}
        by |= {name: more.pop(name) for name in list(more) if name in By.model_fields}
        action_id = more.pop("action_id", None) or uuid4()
        origin = more.pop("origin", Origin())
        details = Details(**{"text": "说明", **more})
        wish = Act(action_id=action_id, ticket_id=id, by=By(**by), action=action, details=details, origin=origin)
        with self.outbox.work() as work:
            return handlers.act(work, wish, self.town, now, KEY)

    def ring(self, now: datetime) -> int:
        with self.outbox.work() as work:
            return handlers.ring_due(work, self.town, now, KEY, self.stuck)

    def change_hands(self, now: datetime = MONDAY_10) -> int:
        with self.outbox.work() as work:
            return handlers.change_hands(work, self.town, now, KEY, self.stuck)

    def restamp(self, now: datetime = MONDAY_10) -> int:
        with self.outbox.work() as work:
            return handlers.restamp(work, self.town, now, KEY, self.stuck)

    def case(self, id: UUID) -> Stored:
        with reading(self.outbox.engine) as connection:
            found = store.read(connection, id)
        assert found
        return found

    def said(self, id: UUID | None = None) -> list[TicketEvent]:
        """What was published, of one ticket or of all."""
        events = [decode(row.body)[1] for row in self.recorder.rows]
        return [each for each in events if isinstance(each, TicketEvent) and id in (None, each.ticket.id)]

    def staged(self) -> int:
        with reading(self.outbox.engine) as connection:
            return len(connection.execute(select(store.outbox.c.id)).all())


def envelope_of(command: SubmitTicket) -> Envelope:
    body = encode(command, id=uuid4(), source="intake", time=MONDAY_10, subject=None, traceparent=new_traceparent())
    return decode(body)[0]


@pytest.fixture
def engine(migrated_url: str | None, home: Path) -> Iterator[Engine]:
    engine = open_engine(migrated_url, home, "routing")
    yield engine
    engine.dispose()


@pytest.fixture
def new_desk(engine: Engine) -> Callable[[], Desk]:
    """Another replica on the same database."""

    def make() -> Desk:
        recorder = Recorder()
        return Desk(Outbox(engine, store.outbox, "routing", recorder), recorder, a_town())

    return make


@pytest.fixture
def desk(new_desk: Callable[[], Desk]) -> Desk:
    return new_desk()
