"""Processes that we start, and can find again: each holds a lock on its pid file for as long as it lives.

The lock (``flock``) is on an open file that the process inherits, so the kernel lets go of it when the process ends,
however it ends. A pid file with a free lock is stale, whoever has that pid now; so nothing but ours is ever ended.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 30
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Program:
    """What to run. ``env`` is its whole environment; output goes to the terminal where there is no ``log``."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM


def spawn(program: Program, pids: Path) -> subprocess.Popen[str]:
    """Start it in a session of its own (Ctrl-C at the terminal is for us alone) and write ``pids/<name>``.

    Raises ``BlockingIOError`` when the pid file's process of an earlier run is still alive.
    """
    with (pids / program.name).open("a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        output = program.log.open("a") if program.log else None
        try:
            process = subprocess.Popen(  # noqa: S603  # our own programs
                program.argv,
                env=dict(program.env),
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
                pass_fds=(held.fileno(),),
            )
        finally:
            if output:
                output.close()
        held.truncate(0)
        held.write(f"{process.pid}\n")
    return process


def holder(pid_file: Path) -> int | None:
    """The pid in the file if its process is alive, else None."""
    try:
        with pid_file.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
    except FileNotFoundError:
        pass
    return None


def end_holder(pid_file: Path, stop_signal: signal.Signals = signal.SIGTERM) -> bool:
    """End the process that holds the file, first politely; False when there was none. The file goes too."""
    pid = holder(pid_file)
    if pid is not None:
        for number in (stop_signal, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            if wait_until(lambda: holder(pid_file) is None, GRACE_SECONDS):
                break
    pid_file.unlink(missing_ok=True)
    return pid is not None


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true within so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True
