"""What is measured: Loumen as it runs natively, and the bare chain; each on a fresh database and virtual host."""

import csv
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

from deploy.local.processes import Program, wait_until
from deploy.local.supervisor import running
from deploy.local.system import DEMO_DIRECTORY, Local, prepare, ready, service_programs
from tests.bench.figures import Figure
from tests.bench.profiles import profiled
from tests.bench.servers import Servers, cpu_seconds, memory_mb, process, python
from tests.system import three_free_ports

SERVICES = ("intake", "routing", "notify", "records")
SETTLE_SECONDS = 600
LOOK_SECONDS = 1.0


@dataclass
class System:
    """Programs on rooms of their own.

    ``recorded`` is SQL: how many tickets are recorded, when the last was, and how many events are.
    """

    servers: Servers
    url: str
    sink_url: str
    amqp_uri: str
    database_url: str
    pids: Path
    doors: Sequence[str]
    recorded: str
    programs: Mapping[str, Program]
    measured: Sequence[str]
    local: Local | None = None
    _running: dict[str, ExitStack] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        for name in names:
            self._running[name] = stack = ExitStack()
            stack.enter_context(running([self.programs[name]], self.pids))

    def stop(self, *names: str) -> None:
        for name in names:
            self._running.pop(name).close()

    def stop_all(self) -> None:
        self.stop(*reversed(self._running))

    def ask(self, sql: str, *parameters: object) -> Any:
        """The first row."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(sql, parameters).fetchone()  # type: ignore[arg-type]

    def told(self, channel: str = "webhook") -> dict[str, float]:
        """Ticket id to the moment, in Unix seconds, of the first message about it."""
        return dict(requests.get(f"{self.sink_url}/{channel}", timeout=60).json())

    def settle(self, expected: int = 0) -> tuple[int, float]:
        """Wait until so many tickets at least are recorded and told, and no more events come.

        How many tickets there are, and the moment when the last was recorded and told, in Unix seconds.
        """
        seen: list[tuple[int, int, int]] = []

        def quiet() -> bool:
            time.sleep(LOOK_SECONDS)
            recorded, _, events = self.ask(self.recorded)
            seen.append((recorded, len(self.told()), events))
            return expected <= recorded == seen[-1][1] and seen[-1:] == seen[-2:-1]

        assert wait_until(quiet, SETTLE_SECONDS), seen[-1]
        recorded, last, _ = self.ask(self.recorded)
        return recorded, max(
            (moment for moment in (last and last.timestamp(), *self.told().values()) if moment), default=0
        )

    def cpu(self) -> dict[str, float]:
        """CPU seconds until now of each program, the broker and the database included."""
        own = {name: process(self.pids, name) for name in (*self.measured, "sink") if name in self._running}
        theirs = {name: process(self.servers.pids, name) for name in ("rabbitmq", "postgres")}
        return {name: cpu_seconds(each) for name, each in {**own, **theirs}.items()}

    def memory(self) -> dict[str, float]:
        """Megabytes (PSS) of each measured program."""
        return {name: memory_mb(process(self.pids, name)) for name in self.measured}


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
        with self.servers.rooms() as (amqp_uri, database_url):
            home = self._fresh("loumen")
            local = Local(home, three_free_ports(), database_url=database_url, directory=_directory(home, mail))
            environment = prepare(local, amqp_uri)
            programs = {each.name: each for each in service_programs(environment, home / "logs")}
            programs["sink"] = _sink(environment, home)
            system = System(
                self.servers,
                local.url,
                local.catcher_url,
                amqp_uri,
                database_url,
                local.pids,
                _doors(),
                "select (select count(*) from records.tickets where version > 1), "
                "max(received_at) filter (where version is not null), count(*) from records.ledger",
                programs,
                SERVICES,
                local,
            )
            try:
                system.start("sink", *SERVICES)
                with ready(local, environment, []), profiled(self.profiles, system.pids, SERVICES):
                    yield system
            finally:
                system.stop_all()

    @contextmanager
    def floor(self) -> Iterator[System]:
        """The bare chain."""
        with self.servers.rooms() as (amqp_uri, database_url):
            home, port = self._fresh("floor"), three_free_ports()
            environment = os.environ | {"AMQP_URI": amqp_uri, "DATABASE_URL": database_url, "LOUMEN_PORT": str(port)}
            programs = {"sink": _sink(environment, home), "post": _bare("post", environment, home)}
            for role in ("open", "record", "tell"):
                programs[role] = _bare("chain", environment, home, role)
            url = f"http://127.0.0.1:{port}"
            system = System(
                self.servers,
                url,
                f"http://127.0.0.1:{port + 1}",
                amqp_uri,
                database_url,
                home / "pids",
                _doors(),
                "select count(*), max(received_at), count(*) from ledger",
                programs,
                ("post", "open", "record", "tell"),
            )
            try:
                subprocess.run(
                    [sys.executable, "-m", "tests.bench.floors.chain", "prepare"], env=environment, check=True
                )
                system.start("sink", "post")
                assert wait_until(lambda: _answers(f"{url}/docs"), 30)
                system.start("open", "record", "tell")
                yield system
            finally:
                system.stop_all()

    def _fresh(self, name: str) -> Path:
        home = self.folder / name
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        return home


def _bare(module: str, environment: Mapping[str, str], home: Path, *arguments: str) -> Program:
    name = arguments[0] if arguments else module
    path = f"tests.bench.floors.{module}"
    return python(path, *arguments, name=name, environment=environment, log=home / f"{name}.log")


def _sink(environment: Mapping[str, str], home: Path) -> Program:
    return python("tests.bench.sink", name="sink", environment=environment, log=home / "sink.log")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _directory(home: Path, mail: bool) -> Path:
    """The demo's, with one webhook for each community that hears what its property managers are told."""
    folder = home / "directory"
    shutil.copytree(DEMO_DIRECTORY, folder)
    (folder / "channels.yaml").write_text(Path(__file__).with_name("channels.yaml").read_text())
    if not mail:
        with (folder / "people.csv").open(encoding="utf-8") as file:
            people = list(csv.DictReader(file))
        with (folder / "people.csv").open("w", encoding="utf-8") as file:
            writer = csv.DictWriter(file, people[0])
            writer.writeheader()
            writer.writerows(person | {"email": ""} for person in people)
    return folder


def _doors() -> list[str]:
    """The door codes where a property manager owns at once."""
    with (DEMO_DIRECTORY / "places.csv").open(encoding="utf-8") as file:
        return [row["door_code"] for row in csv.DictReader(file) if row["door_code"]]
