"""What time it is. One persisted anchor, shared by all processes, lets a demo run fast and a test jump ahead.

Every rule asks ``Clock.now``; broker TTLs and socket limits stay in real time.
"""

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.files import write_whole


@dataclass(frozen=True)
class Anchor:
    """When it was ``real``, it was ``virtual`` (both Unix seconds) here; we run ``speed`` times as fast."""

    real: float
    virtual: float
    speed: float

    def virtual_at(self, real: float) -> float:
        return self.virtual + (real - self.real) * self.speed


class Clock:
    """The time by the anchor file at ``path``; real time where there is none. A changed file is taken over at once."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._anchor: Anchor | None = None

    def now(self) -> datetime:
        """The moment it is, in UTC."""
        anchor = self._current()
        real = time.time()
        return datetime.fromtimestamp(anchor.virtual_at(real) if anchor else real, UTC)

    def real_seconds(self, virtual_seconds: float) -> float:
        """How long to sleep for ``virtual_seconds`` to pass."""
        anchor = self._current()
        return virtual_seconds / anchor.speed if anchor else virtual_seconds

    def _current(self) -> Anchor | None:
        if self._path is None:
            return None
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._stamp = self._anchor = None
            return None
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            self._anchor = Anchor(**json.loads(self._path.read_text()))
            self._stamp = stamp
        return self._anchor


def set_clock(path: Path, *, speed: float | None = None, forward: timedelta = timedelta(0)) -> Anchor:
    """Change the anchor for all processes: another ``speed``, a jump ``forward``. Time never goes back.

    Raises ``ValueError`` for a speed that is not positive or a jump backwards.
    """
    if (speed is not None and speed <= 0) or forward < timedelta(0):
        raise ValueError("the clock only runs forward")
    old = Anchor(**json.loads(path.read_text())) if path.exists() else None
    real = time.time()
    virtual = (old.virtual_at(real) if old else real) + forward.total_seconds()
    anchor = Anchor(real, virtual, speed if speed is not None else (old.speed if old else 1.0))
    write_whole(path, json.dumps(asdict(anchor)))
    return anchor
