"""What became of messages: each is known by what it has done, or is parked."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.audit.walk import SERVICES
from services.notify import store as notify
from services.records import store as records
from services.routing import store as routing
from shared.bus.asyncio import connected
from shared.bus.topology import (
    NOTIFY_EVENTS,
    QUEUES,
    RECORDS_EVENTS,
    RECORDS_PARKING,
    RECORDS_REPORTERS,
    RECORDS_TRAIL,
    ROUTING_COMMANDS,
)
from shared.contracts.commands import RecordReporter, SubmitTicket
from shared.contracts.directory import DirectoryChanged
from shared.contracts.envelope import Envelope
from shared.contracts.events import TicketEvent
from shared.contracts.queries import Backlog
from shared.contracts.trail import RecordDeed
from shared.db import open_engine, reading
from tests.fuzz.mutations import BELONG, Thrown, read
from tests.system import System


@dataclass(frozen=True)
class Books:
    """What the services have written down. ``parked`` ever was, ``unresolved`` of it wait for somebody."""

    parked: set[tuple[str, bytes]]
    unresolved: int
    ledger: set[UUID]
    reporters: set[UUID]
    deeds: set[UUID]
    cases: set[UUID]
    told: dict[UUID, int]

    @cached_property
    def bodies(self) -> set[bytes]:
        return {body for _, body in self.parked}

    def knows(self, thrown: Thrown) -> bool:
        """Whether a message is parked, or was handled."""
        if thrown.queue == RECORDS_PARKING:
            return thrown.body in self.bodies
        return (thrown.queue, thrown.body) in self.parked or self._handled(thrown)

    def _handled(self, thrown: Thrown) -> bool:
        """By its effect. What has none (news of a ticket that is not there, an older directory) is gone from its queue;
        what has no business there must be parked."""
        known = read(thrown.body)
        if known is None:
            return False
        envelope, message = known
        if thrown.queue in BELONG and not envelope.type.startswith(BELONG[thrown.queue]):
            return False
        match thrown.queue, message:
            case _, DirectoryChanged():
                return True
            case str(), TicketEvent() if thrown.queue == NOTIFY_EVENTS:
                return self.told.get(message.ticket.id, 0) >= message.ticket.version
            case str(), _ if thrown.queue == RECORDS_EVENTS:
                return _ledger_id(envelope, message) in self.ledger
            case _, SubmitTicket(ticket_id=id) if thrown.queue == ROUTING_COMMANDS:
                return id in self.cases
            case _, RecordReporter(reporter_ref=reference) if thrown.queue == RECORDS_REPORTERS:
                return reference in self.reporters
            case _, RecordDeed(deed=deed) if thrown.queue == RECORDS_TRAIL:
                return deed.id in self.deeds
        return True


def _ledger_id(envelope: Envelope, message: object) -> UUID:
    return message.id if isinstance(message, TicketEvent) else envelope.id


def read_books(system: System) -> Books:
    at_records, at_routing, at_notify = (_rows(system, service) for service in ("records", "routing", "notify"))
    return Books(
        parked={(row.queue, bytes(row.body)) for row in at_records(select(records.parked))},
        unresolved=len(at_records(select(records.parked.c.id).where(records.unresolved))),
        ledger={row.event_id for row in at_records(select(records.ledger.c.event_id))},
        reporters={row.reporter_ref for row in at_records(select(records.reporters.c.reporter_ref))},
        deeds={row.id for row in at_records(select(records.trail.c.id))},
        cases={row.id for row in at_routing(select(routing.cases.c.id))},
        told={row.id: row.version for row in at_notify(select(notify.tickets))},
    )


def _rows(system: System, service: str) -> Any:
    engine = open_engine(system.local.database_url, system.local.home, service)

    def rows(query: Any) -> Sequence[Any]:
        with reading(engine) as connection:
            return connection.execute(query).all()

    return rows


def under_way(system: System) -> list[str]:
    """What the services have not finished."""
    return asyncio.run(_under_way(system))


async def _under_way(system: System) -> list[str]:
    async with connected(system.environment["AMQP_URI"]) as bus:
        waiting = {queue.name: await bus.waiting(queue.name) for queue in QUEUES}
        backlogs = {each: Backlog.model_validate(await bus.call(each, "backlog", timeout=30)) for each in SERVICES}
    return [*(f"{count} in {queue}" for queue, count in waiting.items() if count), *_unfinished(backlogs)]


def _unfinished(backlogs: dict[str, Backlog]) -> Iterator[str]:
    for service, backlog in backlogs.items():
        for name in (
            "oldest_outbox_seconds",
            "oldest_in_hand_seconds",
            "oldest_delivery_seconds",
            "oldest_due_seconds",
        ):
            if getattr(backlog, name):
                yield f"{service}: {name} {getattr(backlog, name)}"
