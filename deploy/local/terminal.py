"""What the local runner says to the person at the terminal: Chinese first, English below it."""

import sys
import threading
from contextlib import suppress

COLOURS = (36, 33, 32, 35, 34, 31)
NAME_WIDTH = 9

_lock = threading.Lock()


class Failed(Exception):
    """The runner cannot go on; ``zh`` and ``en`` tell the person why, and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def say(zh: str, en: str) -> None:
    """Two lines, one a language."""
    show("loumen", zh)
    show("", en)


def show(name: str, line: str) -> None:
    """One line with the name of who said it in front, in a colour of its own where the terminal has colours."""
    prefix = f"{name:<{NAME_WIDTH}}│ "
    if name and sys.stdout.isatty():
        prefix = f"\033[{COLOURS[sum(name.encode()) % len(COLOURS)]}m{prefix}\033[0m"
    with _lock, suppress(OSError):  # the terminal may be gone by now
        sys.stdout.write(f"{prefix}{line}\n")
        sys.stdout.flush()
