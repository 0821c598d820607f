"""A broker for one test alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.broker import installed_server, node_programs, prepare_node
from deploy.local.supervisor import running
from tests.chaos.broker import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A fresh node for one test."""
    server = installed_server()
    if server is None:
        pytest.skip("no rabbitmq-server is installed")
    folder = tmp_path / "broker"
    broker = Broker(prepare_node(folder), folder)
    with running(node_programs(broker.node, folder, server), folder / "pids"):
        broker.await_answer()
        yield broker
