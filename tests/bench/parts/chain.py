"""Tickets a second all the way: handed in, recorded in the read table, and told (the webhook has it).

As many as 32 clients hand in within a few seconds; the clock stops when the last is recorded and told. One webhook a
ticket, no mail: as the bare chain has it; then with a mail as well. CPU is counted until nothing is under way any more.
"""

import time

from tests.bench.figures import Figure
from tests.bench.load import hammer
from tests.bench.making import Bench
from tests.bench.systems import System

SECONDS = 8
RATE = "tickets recorded and told"


def chain(bench: Bench) -> list[Figure]:
    with bench.floor() as floor:
        bare, bare_cpu = _push(floor)
    with bench.loumen() as system:
        hammer(system.url, system.doors, 1, 1)
        ours, cpu = _push(system)
    with bench.loumen(mail=True) as system:
        hammer(system.url, system.doors, 1, 1)
        mailed, _ = _push(system)
    together = {"intake": "post", "routing": "open", "records": "record", "notify": "tell"}
    return [
        Figure("chain", RATE, ours, "/s", bare, "≥ 60 %"),
        Figure("chain", "the same, with a mail to the one who owns it", mailed, "/s"),
        *(
            Figure("chain", f"CPU a ticket, {name}", spent, "ms", bare_cpu[together.get(name, name)])
            for name, spent in cpu.items()
        ),
        Figure("chain", "CPU a ticket, all", sum(cpu.values()), "ms", sum(bare_cpu.values())),
    ]


def _push(system: System) -> tuple[float, dict[str, float]]:
    """Tickets a second, and the CPU milliseconds of each program a ticket."""
    (were, _), before = system.settle(), system.cpu()
    began = time.time()
    handed_in = hammer(system.url, system.doors, 32, SECONDS)
    now, last = system.settle(were + handed_in.requests)
    spent = system.cpu()
    count = now - were
    return count / (last - began), {name: (spent[name] - before[name]) * 1000 / count for name in spent}
