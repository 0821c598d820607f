"""A system whose services can be made to die at a named point, and start again."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.ports import LOOPBACK
from deploy.local.processes import Program, holder
from deploy.local.system import Local, prepare, ready, service_programs
from shared.files import write_whole
from tests.chaos.crashing import order
from tests.journeys.steps import begin_on_a_monday
from tests.ports import free_port, three_free_ports
from tests.system import System, eventually

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


@dataclass(frozen=True)
class Unruly(System):
    """``doors``: the address of each intake."""

    doors: tuple[str, ...]

    def stopped(self, service: str) -> str | None:
        """The replica of a service that stands still."""
        return next((name for name in self.replicas(service) if stands_still(self.pid(name))), None)

    def replicas(self, service: str) -> list[str]:
        return sorted(path.name for path in self.local.pids.glob(f"{service}*"))

    def door(self, name: str) -> str:
        """The address of an intake."""
        return self.doors[self.replicas("intake").index(name)]

    def pid(self, name: str) -> int:
        return eventually(lambda: holder(self.local.pids / name))

    def log(self, name: str) -> str:
        return (self.local.home / "logs" / f"{name}.log").read_text()


@contextmanager
def unruly_system(home: Path, amqp_uri: str, database_url: str | None, replicas: int = 1) -> Iterator[Unruly]:
    """By a clock that begins on a Monday at ten: volunteers are told at once, and no digest falls due.

    Of each service there are so many ``replicas``: the first has the service's name, the second is ``routing-2``.
    """
    begin_on_a_monday(home)
    (home / "crash").mkdir()
    local = Local(home=home, port=three_free_ports(), amqp_uri=amqp_uri, database_url=database_url)
    ports = [local.port, *(free_port() for _ in range(1, replicas))]
    environment = prepare(local, amqp_uri) | SETTINGS | {"LOUMEN_PUBLIC_URL": local.url}
    programs = service_programs(environment, home / "logs")
    services = [_replica(program, number, port) for number, port in enumerate(ports, 1) for program in programs[:-1]]
    with ready(local, environment, [*services, programs[-1]]):
        yield Unruly(local, environment, tuple(f"http://{LOOPBACK}:{port}" for port in ports))


def order_crash(home: Path, service: str, seam: str, calls: int) -> Path:
    """The service dies at the ``calls``-th passing of the seam from now; then the file given is gone."""
    return _give_order(home, service, seam, calls, signal.SIGKILL)


def order_standstill(home: Path, service: str, seam: str) -> Path:
    """The service stops (SIGSTOP) at the next passing of the seam; then the file given is gone."""
    return _give_order(home, service, seam, 1, signal.SIGSTOP)


def _give_order(home: Path, service: str, seam: str, calls: int, number: signal.Signals) -> Path:
    path = order(home, service, seam)
    write_whole(path, f"{calls} {number.value}")
    return path


def _replica(program: Program, number: int, port: int) -> Program:
    name = program.name if number == 1 else f"{program.name}-{number}"
    assert program.log
    return replace(
        program,
        name=name,
        argv=(sys.executable, "-m", "tests.chaos.crashing", program.name),
        env={**program.env, "LOUMEN_PORT": str(port), "LOUMEN_ALIVE": str(program.log.parent / f"{name}.alive")},
        log=program.log.with_stem(name),
    )


def stands_still(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
