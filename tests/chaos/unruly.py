"""A system whose services can be made to die at a named point, and start again."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from deploy.local.processes import Program
from deploy.local.system import Local, prepare, ready, service_programs
from shared.clock import set_clock
from tests.chaos.crashing import SERVICES, order
from tests.system import System, three_free_ports

LANE_WIDTH = 8
LANES = 4  # mail to staff, mail to reporters, two webhooks
IN_FLIGHT = LANE_WIDTH * LANES
"""Messages whose fate can be unknown when notify dies."""

SETTINGS = {
    "LOUMEN_CHANNELS": str(Path(__file__).with_name("channels.yaml")),
    "LOUMEN_LANE_WIDTH": str(LANE_WIDTH),
    "LOUMEN_ANSWER_SECONDS": "3",
    "LOUMEN_LEASE_SECONDS": "10",  # what a dead notify had in hand need not wait for two minutes
}


@contextmanager
def unruly_system(home: Path, amqp_uri: str, database_url: str | None) -> Iterator[System]:
    """By a clock that stands at ten in the morning: volunteers are told at once, and no digest falls due."""
    set_clock(home / "clock.json", speed=1, forward=_until_ten())
    (home / "crash").mkdir()
    local = Local(home=home, port=three_free_ports(), amqp_uri=amqp_uri, database_url=database_url)
    environment = prepare(local, amqp_uri) | SETTINGS
    programs = [_crashing(program) for program in service_programs(environment, home / "logs")]
    with ready(local, environment, programs):
        yield System(local, environment)


def order_crash(system: System, service: str, seam: str, calls: int) -> Path:
    """The service dies at the ``calls``-th passing of the seam from now; then the file given is gone."""
    path = order(system.local.home, service, seam)
    path.write_text(str(calls))
    return path


def _crashing(program: Program) -> Program:
    if program.name not in SERVICES:
        return program
    return replace(program, argv=(sys.executable, "-m", "tests.chaos.crashing", program.name))


def _until_ten() -> timedelta:
    zone = ZoneInfo("Asia/Shanghai")
    now = datetime.now(UTC)
    ten = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(10), zone)
    return ten - now
