"""Publishes an outbox's rows in a thread of its own, pipelined, and deletes what the broker has confirmed."""

import threading
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import islice

import structlog
from sqlalchemy import Engine, Table

from shared import metrics
from shared.bus.amqp_link import Link, keep_linked
from shared.bus.amqp_messages import Outgoing
from shared.bus.outbox import Row, forget
from shared.errors import report

log = structlog.get_logger()

BUNCH = 200
HELD_AT_MOST = 20_000
"""Beyond so many rows memory is spared: the sweep finds them in the table."""


@cache
def publisher_of(engine: Engine, table: Table, uri: str) -> "ConfirmedPublisher":
    """One for each outbox of this process: whoever writes to it beside the service's methods shares it."""
    return ConfirmedPublisher(uri, partial(forget, engine, table))


class ConfirmedPublisher:
    """``forget`` is called with the ids of rows that the broker has confirmed."""

    def __init__(self, uri: str, forget: Callable[[Sequence[int]], None]) -> None:
        self._uri = uri
        self._forget = forget
        self._held: dict[int, Row] = {}  # by id, so that a sweep cannot bring in what is under way already
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._stopping = threading.Event()
        self.linked = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Publishes what is held, if the broker is there; the rest stays in the table."""
        self._stopping.set()
        self._some.set()
        self._thread.join(timeout)

    def put(self, rows: Sequence[Row]) -> int:
        with self._lock:
            new = [row for row in rows if row.id not in self._held][: HELD_AT_MOST - len(self._held)]
            self._held.update((row.id, row) for row in new)
        if new:
            self._some.set()
        return len(new)

    def backlog(self) -> int:
        return len(self._held)

    def publish(self, link: Link, bunch: Sequence[Row]) -> list[int]:
        """The ids of those that the broker has confirmed. The others stay in the table, and the sweep tries again."""
        messages = [Outgoing(row.exchange, row.routing_key, row.body, row.message_id) for row in bunch]
        problems = link.publish(messages)
        for row, problem in zip(bunch, problems, strict=True):
            if problem:
                log.error("not published", message_id=row.message_id, routing_key=row.routing_key, reason=problem)
        confirmed = [row.id for row, problem in zip(bunch, problems, strict=True) if problem is None]
        metrics.PUBLISHED.labels("confirmed").inc(len(confirmed))
        metrics.PUBLISHED.labels("refused").inc(len(bunch) - len(confirmed))
        return confirmed

    def forget(self, ids: Sequence[int]) -> None:
        """Where the database is away the rows stay, and go out again: consumers drop what they have seen."""
        try:
            self._forget(ids)
        except Exception as error:
            report(error, "published rows not deleted", rows=len(ids))

    def _run(self) -> None:
        keep_linked(self._uri, self._stopping, self._use)

    def _use(self, link: Link) -> None:
        self.linked = True
        try:
            self._publish_through(link)
        finally:
            self.linked = False

    def _publish_through(self, link: Link) -> None:
        while True:
            link.check()
            self._some.clear()
            with self._lock:
                bunch = list(islice(self._held.values(), BUNCH))
            if not bunch:
                if self._stopping.is_set():
                    return
                self._some.wait(1)
                continue
            confirmed = self.publish(link, bunch)
            if confirmed:
                self.forget(confirmed)
            with self._lock:
                for row in bunch:
                    del self._held[row.id]
