"""A RabbitMQ node of a test's own: stopped, killed, paused, and made to take nothing; nobody else's tests are on it."""

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
from tests.system import eventually


@dataclass
class Broker:
    node: Node
    folder: Path
    programs: tuple[Program, ...]
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def uri(self) -> str:
        return self.node.uri

    def start(self) -> None:
        self._running.enter_context(running(self.programs, self.folder / "pids"))
        self.await_answer()

    def stop(self) -> None:
        """What was confirmed stands on its disk."""
        self._running.close()

    def kill(self) -> None:
        """SIGKILL; the supervisor starts it again. Returns before it answers."""
        old = self._pid()
        os.kill(old, signal.SIGKILL)
        eventually(lambda: holder(self._pid_file) not in (None, old))

    def await_answer(self) -> None:
        await_answer(self.uri, self.folder / "console.log")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Connections stay, and nothing is answered."""
        pid = self._pid()
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

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pids" / "rabbitmq"

    def _pid(self) -> int:
        return eventually(lambda: holder(self._pid_file))

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
    broker = Broker(node, folder, node_programs(node, folder, server))
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
