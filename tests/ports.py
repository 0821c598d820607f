"""Ports for the tests' own servers: each worker of a run has a stretch to itself, and counts upwards in it.

So a port that was just given out is not given out again while its server is still starting, and what the product
chooses for itself (from 20,000) is never taken.
"""

import os
import random
from itertools import count
from typing import Final

from deploy.local.ports import FIRST, is_free

LOWEST: Final = 10_000
STRETCH: Final = 2_500
WORKERS: Final = (FIRST - LOWEST) // STRETCH

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_start = LOWEST + _worker * STRETCH
_turn = count(random.randrange(STRETCH))  # two runs at once seldom begin at the same place


def free_port() -> int:
    """The next port of this worker's stretch that nobody listens on."""
    return next(port for turn in _turn if is_free(port := _start + turn % STRETCH))


def three_free_ports() -> int:
    """The first of three in a row; none of the three is given out again soon."""
    while True:
        first, *others = free_port(), free_port(), free_port()
        if others == [first + 1, first + 2]:
            return first
