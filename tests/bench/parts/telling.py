"""From the 201 until the webhook has it, at fixed rates: 20 a second, and half of what the chain can do."""

from tests.bench.figures import Figure, percentile
from tests.bench.load import submit_at
from tests.bench.making import Bench
from tests.bench.parts.chain import RATE
from tests.bench.systems import System

SLOW = 20
SECONDS = 25
AIMS = {50: "< 40 ms", 99: "< 100 ms"}


def telling(bench: Bench) -> list[Figure]:
    halves = [each.value / 2 for each in bench.known if each.name == RATE]
    rates = [SLOW, *halves]
    with bench.floor() as floor:
        bare = {rate: _told_after(floor, rate) for rate in rates}
    with bench.loumen() as system:
        ours = {rate: _told_after(system, rate) for rate in rates}
    return [
        Figure(
            "telling",
            f"201 to told, {f'{SLOW}/s' if rate == SLOW else f'half of the maximum ({rate:.0f}/s)'}, p{percent}",
            percentile(ours[rate], percent),
            "ms",
            percentile(bare[rate], percent),
            AIMS[percent] if rate == SLOW else "",
        )
        for rate in rates
        for percent in AIMS
    ]


def _told_after(system: System, rate: float) -> list[float]:
    """Milliseconds, of each ticket; the first second is for warming up."""
    warm = submit_at(system.url, system.doors, rate, 1)
    taken = submit_at(system.url, system.doors, rate, SECONDS)
    system.settle(len(warm) + len(taken))
    told = system.told()
    return [(told[id] - at) * 1000 for id, at in taken.items()]
