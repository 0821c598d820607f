"""What is measured: Loumen as it runs natively, and the bare chain; each on a fresh database and virtual host."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from deploy.local.processes import Program, wait_until
from deploy.local.system import DEMO_DIRECTORY, Local, prepare, ready, service_programs
from tests.bench.figures import Figure
from tests.bench.profiles import profiled
from tests.bench.servers import Servers
from tests.bench.systems import System
from tests.ports import three_free_ports

SERVICES = ("intake", "routing", "notify", "records")
RECORDED = """select (select count(*) from records.tickets where version > 1),
max(received_at) filter (where version is not null), count(*) from records.ledger"""

FLOORS = "tests.bench.floors"
BEHIND = ("open", "record", "tell")


@dataclass(frozen=True)
class Bench:
    """Makes systems to measure. ``known``: the figures of other parts."""

    servers: Servers
    folder: Path
    profiles: Path | None = None
    known: Sequence[Figure] = ()

    @contextmanager
    def loumen(self, *, mail: bool = False) -> Iterator[System]:
        """All four services with the demo's directory; staff are told by webhook alone, or by ``mail`` as well."""
        home = _fresh(self.folder / "loumen")
        with self.servers.rooms() as (amqp_uri, database_url):
            local = Local(home, three_free_ports(), database_url=database_url, directory=_directory(home, mail=mail))
            environment = prepare(local, amqp_uri)
            programs = {each.name: each for each in service_programs(environment, home / "logs")}
            programs["sink"] = _program("sink", "tests.bench.sink", environment, home)
            channels = ("webhook", "email") if mail else ("webhook",)
            rooms = self.servers, home, local.port, amqp_uri, database_url
            system = System(*rooms, _doors(), programs, SERVICES, RECORDED, channels)
            try:
                system.start("sink", *SERVICES)
                with ready(local, environment, []), profiled(self.profiles, system.pids, SERVICES):
                    yield system
            finally:
                system.stop_all()

    @contextmanager
    def floor(self) -> Iterator[System]:
        """The bare chain."""
        home, port = _fresh(self.folder / "floor"), three_free_ports()
        with self.servers.rooms() as (amqp_uri, database_url):
            environment = os.environ | {"AMQP_URI": amqp_uri, "DATABASE_URL": database_url, "LOUMEN_PORT": str(port)}
            programs = {role: _program(role, f"{FLOORS}.chain", environment, home, role) for role in BEHIND}
            programs["post"] = _program("post", f"{FLOORS}.post", environment, home)
            programs["sink"] = _program("sink", "tests.bench.sink", environment, home)
            recorded = "select count(*), max(received_at), count(*) from ledger"
            rooms = self.servers, home, port, amqp_uri, database_url
            system = System(*rooms, _doors(), programs, ("post", *BEHIND), recorded)
            prepared = [sys.executable, "-m", f"{FLOORS}.chain", "prepare"]
            subprocess.run(prepared, env=environment, check=True, capture_output=True)
            try:
                system.start("sink", "post", *BEHIND)
                assert wait_until(lambda: _answers(f"{system.url}/docs"), 30)
                yield system
            finally:
                system.stop_all()


def _fresh(home: Path) -> Path:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return home


def _program(name: str, module: str, environment: Mapping[str, str], home: Path, *arguments: str) -> Program:
    return Program(name, (sys.executable, "-m", module, *arguments), environment, home / f"{name}.log")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _directory(home: Path, *, mail: bool) -> Path:
    """The demo's, with the channels of this folder, and no e-mail addresses where no ``mail`` is to be sent."""
    folder = home / "directory"
    shutil.copytree(DEMO_DIRECTORY, folder)
    shutil.copy(Path(__file__).with_name("channels.yaml"), folder)
    if not mail:
        people = _rows(folder / "people.csv")
        with (folder / "people.csv").open("w", encoding="utf-8") as file:
            writer = csv.DictWriter(file, people[0])
            writer.writeheader()
            writer.writerows(person | {"email": ""} for person in people)
    return folder


def _doors() -> list[str]:
    return [row["door_code"] for row in _rows(DEMO_DIRECTORY / "places.csv") if row["door_code"]]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
