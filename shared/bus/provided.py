"""Gives a nameko service's methods what was made once, when the service started."""

from collections.abc import Callable
from typing import Any

from nameko.extensions import DependencyProvider


class Provided(DependencyProvider):  # type: ignore[misc]
    """The value of ``make()``."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def setup(self) -> None:
        self.value = self.make()

    def get_dependency(self, _context: Any) -> Any:
        return self.value


class Running(Provided):
    """The value of ``make()``, which runs (``start``, ``stop``) for as long as the service does."""

    def start(self) -> None:
        self.value.start()

    def stop(self) -> None:
        self.value.stop()
