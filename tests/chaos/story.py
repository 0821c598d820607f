"""One system for many misfortunes, and all that it has taken so far."""

from dataclasses import dataclass, field

from tests.chaos.promises import PATIENCE, assert_nothing_lost, doubles
from tests.chaos.residents import Taken
from tests.chaos.unruly import Unruly


@dataclass
class Story:
    system: Unruly
    taken: list[Taken] = field(default_factory=list)
    doubles: int = 0

    def new_doubles(self, within: float = PATIENCE) -> int:
        """How many messages came twice since the last look; everything else was as it must be in so many seconds."""
        now, before = doubles(assert_nothing_lost(self.system, self.taken, within)), self.doubles
        self.doubles = now
        return now - before
