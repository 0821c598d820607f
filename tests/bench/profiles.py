"""What the services do while they are measured: stacks sampled by py-spy, a file each, which speedscope.app shows."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.systems import process


@contextmanager
def profiled(folder: Path | None, pids: Path, names: Sequence[str]) -> Iterator[None]:
    """Nothing without a ``folder``. Files of the same name are written over."""
    spies = []
    for name in names if folder else ():
        pid = process(pids, name).pid
        command = ["py-spy", "record", "--pid", str(pid), "--rate", "100", "--format", "raw"]
        spies.append(subprocess.Popen([*command, "--output", f"{folder}/{name}.txt"], stdout=subprocess.DEVNULL))
    try:
        yield
    finally:
        for spy in spies:
            spy.send_signal(signal.SIGINT)
        for spy in spies:
            spy.wait(60)
