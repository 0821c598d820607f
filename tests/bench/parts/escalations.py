"""Escalations a second when 100,000 cases fall due at once, and how late the last of them is.

Routing works alone, and its events wait in the queues, as those of the bare sweep do; then records is started, and
the seconds until it has them all are counted. Notify stays away: to tell so many at once is the webhook's pace.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from deploy.local.processes import wait_until
from services.records.stats.folding import fold, happened
from services.routing.domain.case import Case
from services.routing.domain.holding import holder_of
from shared.clock import set_clock
from shared.directory import Town
from shared.ids import ticket_code
from tests.bench.figures import Figure
from tests.bench.making import Bench
from tests.bench.openings import opened, town_of
from tests.bench.systems import System

CASES = 100_000
RUNG_SECONDS = RECORDED_SECONDS = 600.0
LEFT = "select (select count(*) from routing.cases where due_at <= %s) + (select count(*) from routing.outbox)"
RECORDED = "select count(*) from records.ledger"
CASE = ("id", "code", "due_at", "owner_post", "held_by", "handler_held_by", "hash", "ticket", "policy")


def escalations(bench: Bench) -> list[Figure]:
    bare = _bare_sweep(bench)
    with bench.loumen() as system:
        system.stop("notify", "records")
        due = _fill(system)
        began = time.monotonic()
        _let_fall_due(system, due)
        assert wait_until(lambda: system.ask(LEFT, due)[0] == 0, RUNG_SECONDS)
        late = time.monotonic() - began
        system.start("records")
        again = time.monotonic()
        assert wait_until(lambda: system.ask(RECORDED)[0] >= CASES, RECORDED_SECONDS)
        recorded = time.monotonic() - again
    return [
        Figure("escalations", "of 100,000 due at once", CASES / late, "/s", CASES / bare, "≥ 60 %"),
        Figure("escalations", "the last is late", late, "s", bare),
        Figure("escalations", "recorded afterwards", CASES / recorded, "/s"),
    ]


def _bare_sweep(bench: Bench) -> float:
    """Seconds."""
    with bench.servers.rooms() as (amqp_uri, database_url):
        environment = os.environ | {"AMQP_URI": amqp_uri, "DATABASE_URL": database_url}
        command = [sys.executable, "-m", "tests.bench.floors.sweep", str(CASES)]
        return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def _fill(system: System) -> datetime:
    """So many cases at all doors, as routing has opened them and records counts them; the moment when the last falls
    due."""
    cases, ids, town = opened(system), [uuid4() for _ in range(CASES)], town_of(system)
    due = max(case.due_at for case in cases if case.due_at)
    counted = [fold([happened(case.ticket.opened_at, case.ticket)], case.ticket) for case in cases]
    with psycopg.connect(system.database_url) as connection:
        _copy(connection, "routing.cases", CASE, (_row(case, id, due, town) for case, id in zip(cycle(cases), ids)))
        facts = ((id, *list(row.values())[1:]) for row, id in zip(cycle(counted), ids))
        _copy(connection, "records.facts", tuple(counted[0]), facts)
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze routing.cases, records.facts")
    return due


def _copy(connection: psycopg.Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor().copy(f"copy {table} ({', '.join(names)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _row(case: Case, id: UUID, due: datetime, town: Town) -> tuple[object, ...]:
    """The case once more, as another ticket."""
    ticket, owner = case.ticket, case.ticket.owner
    held_by = holder_of(owner, town, due)
    code, hash = ticket_code(id), os.urandom(32).hex()
    body = ticket.model_dump_json(exclude_defaults=True).replace(str(ticket.id), str(id)).replace(ticket.code, code)
    return id, code, due, owner and owner.post, held_by, held_by, hash, body, case.policy.model_dump_json()


def _let_fall_due(system: System, due: datetime) -> None:
    clock: Path = system.home / "clock.json"
    set_clock(clock, forward=due - datetime.now(UTC) + timedelta(seconds=1))
