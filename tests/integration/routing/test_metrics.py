"""Routing's backlog as Prometheus gets it, from the service's own process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.relay import Relay
from tests.scraping import scrape
from tests.system import eventually


@pytest.fixture
def line(migrated_database: str) -> Iterator[Relay]:
    """The line to the database, open."""
    relay = Relay(migrated_database)
    relay.open()
    yield relay
    relay.close()


@pytest.fixture
def port(line: Relay, vhost: str, home: Path, migrated_database: str) -> Iterator[int]:
    """Where a routing on that database answers Prometheus."""
    port = free_port()
    told = {"LOUMEN_HOME": str(home), "AMQP_URI": vhost, "DATABASE_URL": line.uri, "LOUMEN_METRICS_PORT": str(port)}
    process = subprocess.Popen((sys.executable, "-m", "services.routing"), env=os.environ | told)
    yield port
    process.kill()
    process.wait(60)


def test_a_database_that_hangs_is_told(port: int, line: Relay) -> None:
    """The page comes in time although the database never answers, says so, and is whole again after that."""

    def database_up() -> float | None:
        return scrape(port).value("loumen_database_up")

    eventually(lambda: _answers(port) and database_up() == 1)
    with line.stalled():
        assert eventually(lambda: database_up() == 0)
        assert scrape(port).value("loumen_oldest_due_seconds") is None
        assert scrape(port).value("loumen_broker_up") == 1
    assert eventually(lambda: database_up() == 1)
    assert scrape(port).value("loumen_oldest_due_seconds") == 0
    assert scrape(port).value("loumen_directory_version") == 0


def _answers(port: int) -> bool:
    try:
        return bool(scrape(port).text)
    except OSError:
        return False
