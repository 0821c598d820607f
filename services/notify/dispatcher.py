"""Keeps messages going out: claims what is due, sends side by side, writes the fates down together.

Three kinds of threads (green ones in the service): one claims, one for each message under way sends, one records. So
a slow receiver holds up its own lane only, and never the consumer of events.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from queue import Empty, SimpleQueue

import structlog

from services.notify import claims, handlers, sending
from services.notify.domain.fates import Fate
from services.notify.domain.turns import Bundle, Due
from services.notify.sending import Outcome, Ways
from services.notify.writing.stationery import Stationery
from shared import metrics
from shared.bus.outbox import Outbox
from shared.clock import Clock
from shared.contracts.vocabulary import Channel
from shared.db import transaction
from shared.errors import Transient, report

log = structlog.get_logger()

LOOK_SECONDS = 0.5
"""How often to look for what has become due by itself; new deliveries ``wake`` the dispatcher."""

PAUSE_SECONDS = 1.0
"""After an error of the database."""

TOGETHER = 200
"""Fates written in one transaction, at most."""

GATHER_SECONDS = 0.01
"""How long a fate waits for those of the other messages under way: one commit for many."""


def real_now() -> datetime:
    return datetime.now(UTC)


class Dispatcher:
    """``stationery`` gives what messages are written with; it raises where there is no directory yet."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        stationery: Callable[[], Stationery],
        ways: Ways,
        *,
        lane_width: int,
        lease_seconds: float,
    ) -> None:
        self._outbox, self._clock, self._stationery, self._ways = outbox, clock, stationery, ways
        self._lane_width, self._lease_seconds = lane_width, lease_seconds
        self._busy: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._done: SimpleQueue[Outcome] = SimpleQueue()
        self._threads = [threading.Thread(target=loop, daemon=True) for loop in (self._claim, self._record)]

    def start(self) -> None:
        for channel, fate in product(Channel, Fate):
            metrics.DELIVERIES.labels(channel, fate)  # from nought: the first failure is one more than before
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is something new to send."""
        self._woken.set()

    def stop(self, timeout: float = 20.0) -> None:
        """Claims no more, and gives what is under way the time to end. The leases of the rest run out."""
        self._stopping.set()
        self._woken.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _claim(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                more = self._send_due()
            except Transient as reason:
                log.debug("nothing can be sent yet", reason=str(reason))
                self._stopping.wait(PAUSE_SECONDS)
                continue
            except Exception as error:
                report(error, "cannot look for what is due")
                self._stopping.wait(PAUSE_SECONDS)
                continue
            if not more:
                self._woken.wait(LOOK_SECONDS)

    def _send_due(self) -> bool:
        """Start what is due; whether to look again at once."""
        with self._lock:
            busy = dict(self._busy)
        stationery = self._stationery()
        with transaction(self._outbox.engine) as connection:
            claims.await_turn(connection)
            began = real_now()
            messages, more = handlers.claim_due(
                connection,
                now=stationery.now,
                real_now=began,
                busy=busy,
                width=self._lane_width,
                lease_seconds=self._lease_seconds,
            )
        with self._lock:
            self._busy.update(message.first.lane for message in messages)
        until = began + timedelta(seconds=self._lease_seconds)
        for message in messages:
            threading.Thread(target=self._send, args=(message, stationery, until), daemon=True).start()
        return more

    def _send(self, message: Bundle[Due], stationery: Stationery, until: datetime) -> None:
        """Nothing is sent after the lease, where this process stood still so long: it is another's by now."""
        now = real_now()
        if now < until:
            self._done.put(sending.try_to_send(message, stationery, self._ways, now))
        else:
            self._done.put(Outcome(message, Fate.PENDING, "the lease ran out"))

    def _record(self) -> None:
        while not (self._stopping.is_set() and not self._under_way()):
            outcomes: list[Outcome] = []
            with suppress(Empty):
                outcomes.append(self._done.get(timeout=LOOK_SECONDS))
                deadline = time.monotonic() + GATHER_SECONDS
                while len(outcomes) < min(TOGETHER, self._under_way()):
                    outcomes.append(self._done.get(timeout=max(deadline - time.monotonic(), 0)))
            if outcomes:
                self._write_down(outcomes)

    def _under_way(self) -> int:
        with self._lock:
            return self._busy.total()

    def _write_down(self, outcomes: list[Outcome]) -> None:
        """Until it succeeds: what was sent must not be sent again because the database was away."""
        while True:
            try:
                now = self._clock.now()
                with self._outbox.work() as work:
                    recorded = handlers.record_fates(work, outcomes, now=now, real_now=real_now())
            except Exception as error:
                report(error, "fates not written yet", messages=len(outcomes))
                if self._stopping.wait(PAUSE_SECONDS):
                    break
            else:
                self._count(recorded, now)
                break
        with self._lock:
            was_full = any(self._busy[outcome.bundle.first.lane] >= self._lane_width for outcome in outcomes)
            self._busy.subtract(outcome.bundle.first.lane for outcome in outcomes)
        if was_full:
            self.wake()

    def _count(self, recorded: list[tuple[Outcome, Due]], now: datetime) -> None:
        for outcome, due in recorded:
            metrics.DELIVERIES.labels(due.channel, outcome.fate).inc()
            if outcome.fate is Fate.SENT:
                seconds = self._clock.real_seconds((now - due.next_at).total_seconds())
                metrics.DELIVERY_SECONDS.labels(due.channel).observe(seconds)
