"""A RabbitMQ node of a test's own: stopped, started again, paused, and made to take nothing."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local.broker import Node, await_answer, installed_server, node_programs, prepare_node
from deploy.local.processes import Program, holder
from deploy.local.supervisor import running


@dataclass
class OwnBroker:
    node: Node
    folder: Path
    programs: tuple[Program, ...]
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def uri(self) -> str:
        return self.node.uri

    def start(self) -> None:
        self._running.enter_context(running(self.programs, self.folder / "pids"))
        await_answer(self.uri, self.folder / "console.log")

    def stop(self) -> None:
        """What was confirmed stands on its disk."""
        self._running.close()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Connections stay, and nothing is answered."""
        pid = holder(self.folder / "pids" / "rabbitmq")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

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
def own_broker(folder: Path) -> Iterator[OwnBroker]:
    """Running, at first."""
    server = installed_server()
    if server is None:
        pytest.skip("no rabbitmq-server is installed")
    node = prepare_node(folder)
    broker = OwnBroker(node, folder, node_programs(node, folder, server))
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
