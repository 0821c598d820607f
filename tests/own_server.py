"""A server of a test's own: stopped, killed and paused; nobody else's tests are on it."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.processes import Program, holder
from deploy.local.supervisor import running
from tests.system import eventually


@dataclass
class OwnServer:
    """The last of its ``programs`` is the server itself; ``folder`` holds all there is of it."""

    folder: Path
    programs: tuple[Program, ...]
    _running: ExitStack = field(default_factory=ExitStack)

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

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Connections stay, and nothing is answered."""
        with standing_still(self._pid()):
            yield

    def await_answer(self) -> None:
        raise NotImplementedError

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pids" / self.programs[-1].name

    def _pid(self) -> int:
        return eventually(lambda: holder(self._pid_file))


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    """SIGSTOP for the process and its children, SIGCONT at the end of the block."""
    os.kill(pid, signal.SIGSTOP)  # first: it has no more children from now on
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    for each in pids:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in pids:
            os.kill(each, signal.SIGCONT)
