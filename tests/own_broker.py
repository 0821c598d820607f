"""A RabbitMQ node of a test's own, which can also be made to take nothing."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.broker import Node, await_answer, installed_server, node_programs, prepare_node
from tests.own_server import OwnServer


@dataclass(kw_only=True)
class Broker(OwnServer):
    node: Node

    @property
    def uri(self) -> str:
        return self.node.uri

    def await_answer(self) -> None:
        await_answer(self.uri, self.folder / "console.log")

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """As on a full disk or with memory gone: whoever publishes is blocked."""
        self._control("set_vm_memory_high_watermark", "absolute", "1")
        try:
            yield
        finally:
            self._control("set_vm_memory_high_watermark", "0.4")

    def _control(self, *arguments: str) -> None:
        server = self.programs[-1]
        tool = Path(server.argv[0]).with_name("rabbitmqctl")
        subprocess.run([tool, *arguments], env=dict(server.env), check=True, capture_output=True)


@contextmanager
def own_broker(folder: Path) -> Iterator[Broker]:
    """Running, at first."""
    server = installed_server()
    if server is None:
        pytest.skip("no rabbitmq-server is installed")
    node = prepare_node(folder)
    broker = Broker(folder=folder, programs=node_programs(node, folder, server), node=node)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
