"""Keeps programs running: one that ends is said aloud and started again, a little later each time."""

import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.local.processes import GRACE_SECONDS, Program, spawn
from deploy.local.terminal import say, show

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15
STEADY_SECONDS = 30  # one that ran so long starts with the first pause again


@contextmanager
def running(programs: Sequence[Program], pids: Path) -> Iterator[None]:
    """Keep all of them running for as long as the block runs, then end them all."""
    pids.mkdir(parents=True, exist_ok=True)
    keepers = [_Keeper(program, pids) for program in programs]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        for keeper in keepers:
            keeper.request_stop()
        for keeper in keepers:
            keeper.finish()


class _Keeper(threading.Thread):
    """One program: started, listened to, waited for, started again."""

    def __init__(self, program: Program, pids: Path) -> None:
        super().__init__(daemon=True)
        self._program = program
        self._pids = pids
        self._stopping = threading.Event()
        self._starting = threading.Lock()  # so that nothing is started after the request to stop
        self._process: subprocess.Popen[str] | None = None

    def run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            outcome = self._run_once()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            name = self._program.name
            say(f"{name} 已退出({outcome})，{pause:g} 秒后重启", f"{name} ended ({outcome}); again in {pause:g} s")
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _run_once(self) -> str:
        with self._starting:
            if self._stopping.is_set():
                return "stopped"
            try:
                self._process = spawn(self._program, self._pids)
            except OSError as error:
                return str(error)
        if self._process.stdout:
            for line in self._process.stdout:
                show(self._program.name, line.rstrip("\n"))
        return f"exit {self._process.wait()}"

    def request_stop(self) -> None:
        with self._starting:
            self._stopping.set()
        if self._process and self._process.poll() is None:
            self._process.send_signal(self._program.stop_signal)

    def finish(self) -> None:
        self.join(GRACE_SECONDS)
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        (self._pids / self._program.name).unlink(missing_ok=True)
