"""A broker that may be killed: nobody else's tests are on it."""

from dataclasses import dataclass
from os import kill
from pathlib import Path
from signal import SIGKILL

from deploy.local.broker import Node, await_answer
from deploy.local.processes import holder
from tests.system import eventually


@dataclass(frozen=True)
class Broker:
    """A running node of its own."""

    node: Node
    folder: Path

    def kill(self) -> None:
        """SIGKILL; the supervisor starts it again. Returns when it answers."""
        pid_file = self.folder / "pids" / "rabbitmq"
        old = eventually(lambda: holder(pid_file))
        kill(old, SIGKILL)
        eventually(lambda: holder(pid_file) not in (None, old))
        self.await_answer()

    def await_answer(self) -> None:
        await_answer(self.node.uri, self.folder / "console.log")
