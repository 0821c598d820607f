"""A service in a process of its own, and a link to publish by hand, on a fresh virtual host."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus.amqp_link import Link
from tests.integration.bus.probes import Service


@pytest.fixture
def service(vhost: str, tmp_path: Path) -> Iterator[Service]:
    """Not started yet."""
    service = Service(vhost, tmp_path)
    yield service
    for process in service.processes:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def link(vhost: str) -> Iterator[Link]:
    """To publish by hand."""
    link = Link(vhost)
    yield link
    link.close()
