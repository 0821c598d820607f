"""How often one address has tried something of late, in this process: what everybody may do nobody may do by the
thousand."""

import time
from collections import OrderedDict, deque

WINDOW_SECONDS = 900
MOST_ADDRESSES = 10_000


class Tries:
    """The addresses that have been quiet the longest are forgotten first."""

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str | None], deque[float]] = OrderedDict()

    def take(self, what: str, address: str | None, most: int) -> int | None:
        """Count a try. None where it is one of the ``most`` of the window, else the seconds to wait."""
        key, now = (what, address), time.monotonic()
        tries = self._tries.setdefault(key, deque())
        self._tries.move_to_end(key)
        if len(self._tries) > MOST_ADDRESSES:
            self._tries.popitem(last=False)
        while tries and tries[0] <= now - WINDOW_SECONDS:
            tries.popleft()
        if len(tries) >= most:
            return int(tries[0] + WINDOW_SECONDS - now) + 1
        tries.append(now)
        return None
