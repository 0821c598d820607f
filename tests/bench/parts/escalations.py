"""Escalations a second when 100,000 cases fall due at once, and how late the last of them is.

Routing works alone, and its events wait in the queues, as those of the bare sweep do; then records is started, and
the seconds until it has them all are counted. Notify stays away: to tell so many at once is the webhook's pace.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg

from deploy.local.processes import wait_until
from services.routing.domain.case import Case
from shared.clock import set_clock
from shared.ids import ticket_code
from tests.bench.figures import Figure
from tests.bench.making import Bench
from tests.bench.openings import opened
from tests.bench.systems import System

CASES = 100_000
RUNG_SECONDS = RECORDED_SECONDS = 600.0
LEFT = "select (select count(*) from routing.cases where due_at <= %s) + (select count(*) from routing.outbox)"
RECORDED = "select count(*) from records.ledger"
COPY = "copy routing.cases (id, code, due_at, hash, ticket, policy) from stdin"


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
    """So many cases at all doors, as routing has opened them; the moment when the last falls due."""
    cases = opened(system)
    due = max(case.due_at for case in cases if case.due_at)
    with psycopg.connect(system.database_url) as connection:
        with connection.cursor().copy(COPY) as copy:
            for number in range(CASES):
                copy.write_row(_row(cases[number % len(cases)], due))
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze routing.cases")
    return due


def _row(case: Case, due: datetime) -> tuple[object, ...]:
    """The case once more, as another ticket."""
    id, ticket = uuid4(), case.ticket
    code, hash = ticket_code(id), os.urandom(32).hex()
    body = ticket.model_dump_json().replace(str(ticket.id), str(id)).replace(ticket.code, code)
    return id, code, due, hash, body, case.policy.model_dump_json()


def _let_fall_due(system: System, due: datetime) -> None:
    clock: Path = system.home / "clock.json"
    set_clock(clock, forward=due - datetime.now(UTC) + timedelta(seconds=1))
