"""Routing, notify and records as processes of their own, and the ``loumen`` command beside them."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from deploy.local.processes import Program, wait_until
from deploy.local.supervisor import running
from shared.bus.asyncio import CallTimedOut, connected
from shared.bus.topology import COMMANDS, ROUTING_COMMANDS
from shared.contracts.commands import SubmitTicket
from shared.contracts.envelope import encode
from shared.db import open_engine
from shared.settings import ensure_keys
from shared.trace import new_traceparent
from tests.builders import MONDAY_10
from tests.databases import fresh_database
from tests.journeys.steps import begin_at
from tests.small_town import GOOD

SERVICES = ("records", "routing", "notify")

# the database makes no difference
on_sqlite = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
system_on_sqlite = pytest.mark.parametrize("system", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class System:
    """One installation. ``environment`` is what its processes are told."""

    home: Path
    amqp_uri: str
    database_url: str | None

    @property
    def environment(self) -> dict[str, str]:
        ours = {"LOUMEN_HOME": str(self.home), "AMQP_URI": self.amqp_uri, "LOUMEN_LANG": "en"}
        database = {"DATABASE_URL": self.database_url} if self.database_url else {}
        inherited = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "LANG")}
        return inherited | ours | database

    @property
    def pids(self) -> Path:
        return self.home / "pids"

    def loumen(self, *arguments: str, **differences: str) -> subprocess.CompletedProcess[str]:
        command = (str(Path(sys.executable).with_name("loumen")), *arguments)
        environment = self.environment | differences
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    def engine(self, service: str) -> Engine:
        return open_engine(self.database_url, self.home, service)

    def call(self, service: str, method: str, **kwargs: Any) -> Any:
        async def call() -> Any:
            async with connected(self.amqp_uri) as bus:
                return await bus.call(service, method, **kwargs)

        return asyncio.run(call())

    def submit(self, *tickets: SubmitTicket) -> None:
        """Returns when the record has an owner for each."""

        async def publish() -> None:
            async with connected(self.amqp_uri) as bus:
                for each in tickets:
                    body = encode(
                        each,
                        id=each.ticket_id,
                        source="test",
                        time=each.submitted_at,
                        subject=str(each.ticket_id),
                        traceparent=new_traceparent(),
                    )
                    await bus.publish(COMMANDS, ROUTING_COMMANDS, body, message_id=str(each.ticket_id))

        asyncio.run(publish())
        assert wait_until(lambda: all(self._is_owned(each.ticket_id) for each in tickets), 60)

    def put(self, queue: str, body: bytes) -> None:
        """A body by hand, straight into a queue."""

        async def publish() -> None:
            async with connected(self.amqp_uri) as bus:
                await bus.publish("", queue, body, message_id="by-hand")

        asyncio.run(publish())

    def ready(self, *queues: str) -> int:
        """How many messages nobody has taken yet."""

        async def look() -> int:
            async with connected(self.amqp_uri) as bus:
                return sum([await bus.waiting(queue) for queue in queues])

        return asyncio.run(look())

    def _is_owned(self, ticket_id: UUID) -> bool:
        try:
            found = self.call("records", "ticket", ticket_id=str(ticket_id))
        except CallTimedOut:
            return False
        return bool(found and found["ticket"]["owner"])


@pytest.fixture
def installation(home: Path, vhost: str, migrated_url: str | None) -> System:
    """Migrated, and nothing runs yet."""
    return System(home, vhost, migrated_url)


@contextmanager
def new_installation(request: pytest.FixtureRequest) -> Iterator[System]:
    """The same for the tests of a file, on the database that is the fixture's parameter; on an ordinary Monday."""
    home = request.getfixturevalue("tmp_path_factory").mktemp("installation") / "home"
    ensure_keys(home)
    begin_at(home, MONDAY_10)
    with ExitStack() as stack:
        uri, url = stack.enter_context(request.getfixturevalue("fresh_vhost")()), None
        if request.param == "postgresql":
            server, template = map(request.getfixturevalue, ("postgres_url", "migrated_template"))
            url = stack.enter_context(fresh_database(server, template))
        else:
            shutil.copytree(request.getfixturevalue("migrated_files"), home, dirs_exist_ok=True)
        yield System(home, uri, url)


@contextmanager
def serving(installation: System) -> Iterator[None]:
    """The three services run; pids and logs are in ``home``."""
    home, told = installation.home, installation.environment
    programs = [
        Program(name, (sys.executable, "-m", f"services.{name}"), told, home / f"{name}.log") for name in SERVICES
    ]
    with running(programs, installation.pids):
        yield


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Running on each of the two databases in turn, with the small town loaded; one for all tests of a file."""
    folder = tmp_path_factory.mktemp("town")
    for name, text in GOOD.items():
        (folder / name).write_text(text)
    with new_installation(request) as installation, serving(installation):
        assert wait_until(lambda: installation.loumen("directory", "load", str(folder)).returncode == 0, 60)
        yield installation
