"""Submissions a second, and how long a 201 takes, as so many clients wait for one after the other.

The bare POST has nobody behind it, so intake is measured alone first; then with the whole chain at work behind it.
"""

from tests.bench.figures import Figure
from tests.bench.load import hammer
from tests.bench.making import Bench

CLIENTS = (1, 8, 32)
SECONDS = 6
BEHIND = ("routing", "notify", "records")


def submissions(bench: Bench) -> list[Figure]:
    with bench.floor() as floor:
        floor.stop("open", "record", "tell")
        bare = {clients: hammer(floor.url, floor.doors, clients, SECONDS) for clients in CLIENTS}
    with bench.loumen() as system:
        hammer(system.url, system.doors, 1, 1)
        system.stop(*BEHIND)
        alone = {clients: hammer(system.url, system.doors, clients, SECONDS) for clients in CLIENTS}
        system.start(*BEHIND)
        together = hammer(system.url, system.doors, 32, SECONDS)
    figures = []
    for clients, ours in alone.items():
        name, floor_ = f"{clients} clients" if clients > 1 else "1 client", bare[clients]
        figures += [
            Figure("submissions", name, ours.rate, "/s", floor_.rate, "≥ 60 %"),
            Figure("submissions", f"{name}, 201 p50", ours.p50, "ms", floor_.p50),
            Figure("submissions", f"{name}, 201 p99", ours.p99, "ms", floor_.p99),
        ]
    return [*figures, Figure("submissions", "32 clients, the chain at work behind", together.rate, "/s")]
