"""Memory of the four services, idle: after the start and after a minute of light traffic. PSS: nothing counts twice."""

import time

from tests.bench.figures import Figure
from tests.bench.load import submit_at
from tests.bench.making import Bench
from tests.bench.systems import System

AFTER_START = 5.0
RATE, SECONDS = 5, 60


def memory(bench: Bench) -> list[Figure]:
    with bench.loumen() as system:
        fresh = _idle(system)
        system.settle(len(submit_at(system.url, system.doors, RATE, SECONDS)))
        used = _idle(system)
    return [
        *(Figure("memory", f"{name}, after a minute's traffic", each, "MB") for name, each in used.items()),
        Figure("memory", "all four, after the start", sum(fresh.values()), "MB"),
        Figure("memory", "all four, after a minute's traffic", sum(used.values()), "MB", aim="≤ 320 MB"),
    ]


def _idle(system: System) -> dict[str, float]:
    time.sleep(AFTER_START)
    return system.memory()
