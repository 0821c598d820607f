"""Many deadlines fall due at once, and two replicas of routing share them. Notify is played."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pika
import psycopg
import pytest

from deploy.local.processes import Program, holder
from deploy.local.supervisor import running
from shared.bus.asyncio import connected
from shared.bus.topology import COMMANDS, NOTIFY_EVENTS, ROUTING_COMMANDS
from shared.clock import set_clock
from shared.contracts.commands import SubmitTicket
from shared.contracts.envelope import encode
from shared.contracts.events import TicketAssigned, TicketEscalated, TicketEvent
from shared.contracts.queries import Backlog
from shared.db import STANDSTILL_SECONDS
from shared.trace import new_traceparent
from tests.builders import MONDAY_10, a_submission
from tests.chaos.unruly import order_crash, order_standstill, stands_still
from tests.integration.cli.conftest import System
from tests.integration.intake.standin import StandIn
from tests.journeys.steps import begin_at
from tests.small_town import GOOD
from tests.system import eventually

MANY = 2000
AT_ONCE = 100
IN_TIME = STANDSTILL_SECONDS + 30
"""Seconds until the other has ended the transaction of the one that stands still, and done its work; generously."""
DAYS = ", ".join(f"{day}: [{{opens: 00:00, closes: 00:00}}]" for day in range(1, 8))
ROUND_THE_CLOCK = f"calendars: [{{code: always, name: 全天, holidays: false, weekdays: {{{DAYS}}}}}]"
SERVICES = {"records": "records", "routing": "routing", "routing-2": "routing"}


@pytest.fixture
def system(home: Path, vhost: str, migrated_database: str, tmp_path: Path) -> Iterator[System]:
    """One records and two of routing, with the small town loaded."""
    (home / "crash").mkdir()
    begin_at(home, MONDAY_10)
    folder = tmp_path / "town"
    folder.mkdir()
    for name, text in {**GOOD, "calendars.yaml": ROUND_THE_CLOCK}.items():
        (folder / name).write_text(text)
    system = System(home, vhost, migrated_database)
    command = (sys.executable, "-m", "tests.chaos.crashing")
    programs = [
        Program(name, (*command, service), system.environment, tmp_path / f"{name}.log")
        for name, service in SERVICES.items()
    ]
    with running(programs, home / "pids"), StandIn(vhost, ["notify"]) as notify:
        notify.answers["notify.backlog"] = lambda: Backlog(directory_version=1).model_dump(mode="json")
        eventually(lambda: system.loumen("directory", "load", str(folder)).returncode == 0)
        yield system


def submit_many(system: System) -> None:
    """Returns when the ledger has an owner for each."""

    async def publish() -> None:
        async with connected(system.amqp_uri) as bus:
            for _ in range(MANY // AT_ONCE):
                new = [a_submission(door_code="D1", category="other") for _ in range(AT_ONCE)]
                sayings = [(str(each.ticket_id), _encoded(each)) for each in new]
                await asyncio.gather(
                    *(bus.publish(COMMANDS, ROUTING_COMMANDS, body, message_id=id) for id, body in sayings)
                )

    asyncio.run(publish())
    eventually(lambda: recorded(system, TicketAssigned) == (MANY, MANY))


def _encoded(command: SubmitTicket) -> bytes:
    id, at = command.ticket_id, command.submitted_at
    return encode(command, id=id, source="test", time=at, subject=str(id), traceparent=new_traceparent())


def recorded(system: System, event: type[TicketEvent]) -> tuple[int, int]:
    """How many of these events are in the ledger, and of how many tickets."""
    query = "select count(*), count(distinct ticket_id) from records.ledger where type = %s"
    assert system.database_url
    with psycopg.connect(system.database_url) as connection:
        [found] = connection.execute(query, [event.wire_type()]).fetchall()
    return found


def forward(system: System, hours: float) -> None:
    set_clock(system.home / "clock.json", forward=timedelta(hours=hours))


def take_what_notify_would(uri: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(uri))
    connection.channel().queue_purge(NOTIFY_EVENTS)
    connection.close()


def test_each_climbs_once_and_none_waits_for_a_replica(system: System) -> None:
    """One replica stops with hundreds of them locked, the other dies with hundreds committed and not published: all
    have climbed in a stated time, and none twice when the first goes on."""
    submit_many(system)
    orders = [
        order_standstill(system.home, "routing", "in the transaction"),
        order_crash(system.home, "routing", "committed, not published", 2),
    ]
    forward(system, 5)
    eventually(lambda: recorded(system, TicketEscalated) == (MANY, MANY), IN_TIME)
    assert not any(order.exists() for order in orders)

    pids = [eventually(lambda name=name: holder(system.home / "pids" / name)) for name in ("routing", "routing-2")]
    [stopped] = [pid for pid in pids if stands_still(pid)]
    os.kill(stopped, signal.SIGCONT)
    forward(system, 15)
    eventually(lambda: recorded(system, TicketEscalated) == (2 * MANY, MANY))
    take_what_notify_would(system.amqp_uri)
    audited = system.loumen("audit", "--older-than", "10")
    assert audited.returncode == 0, audited.stdout + audited.stderr
