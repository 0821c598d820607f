"""How intake stands, as gauges: what waits on its disk, its directory, whether the broker takes what it says."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from prometheus_client import REGISTRY

from services.intake.sending import Sender
from services.intake.spool import Spool
from shared import metrics
from shared.snapshot import Snapshot


@contextmanager
def scraped(spool: Spool, sender: Sender, snapshot: Snapshot) -> Iterator[None]:
    """Looked up at each scrape, in a thread that waits for the event loop."""
    loop = asyncio.get_running_loop()

    def look() -> metrics.Standing:
        backlog = asyncio.run_coroutine_threadsafe(spool.backlog(), loop).result(metrics.ANSWER_SECONDS)
        waited = (datetime.now(UTC) - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        return {
            "directory_version": snapshot.current.directory.version if snapshot.current else 0,
            "spooled_tickets": backlog.waiting,
            "oldest_spooled_seconds": waited,
            "spool_parked_tickets": backlog.parked,
        }

    watch = metrics.Watch(look)
    metrics.BROKER_UP.set_function(lambda: not sender.broker_away)
    REGISTRY.register(watch)
    try:
        yield
    finally:
        REGISTRY.unregister(watch)
