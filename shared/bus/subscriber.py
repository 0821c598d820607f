"""The nameko extension that takes messages from a queue, in batches, and loses none.

A message is acknowledged after its handler has returned, on a channel that no other queue shares. What will
work later (the database is away) is held and tried again in place, so that no outage eats retries. Any other error
makes the batch's messages try alone. One that cannot be decoded, or is ``Unacceptable``, is parked at once; another bad
one goes through the retry queues and is parked after the last delay, with the error as its reason.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from typing import Any, TypeVar

import structlog
from eventlet.event import Event
from nameko.extensions import Entrypoint, register_entrypoint

from shared import metrics
from shared.bus.amqp_link import Link, LinkLost, keep_linked
from shared.bus.amqp_messages import Delivery
from shared.bus.received import (
    Parked,
    Received,
    about,
    parked,
    put_aside,
    read_event,
    read_parked,
    waiting,
)
from shared.bus.topology import PARKING, RECORDS_PARKING
from shared.clock import Clock
from shared.contracts.base import Message
from shared.contracts.envelope import Unacceptable
from shared.errors import is_transient

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0

Taken = Received | Parked
Method = TypeVar("Method", bound=Callable[..., Any])


def subscribe(queue: str, *takes: type[Message], batch: int = 1, linger: float = 0.02) -> Callable[[Method], Method]:
    """Entrypoint: the method gets a list of up to ``batch`` ``Received``, collected for ``linger`` seconds.

    ``takes``: the messages that belong on the queue; any other is parked.
    """
    return _entrypoint(lambda: Subscriber(queue, batch, linger, partial(read_event, takes), is_transient))


def subscribe_parking(queue: str = RECORDS_PARKING, batch: int = 1, linger: float = 0.02) -> Callable[[Method], Method]:
    """Entrypoint for the end of the line: the method gets a list of ``Parked``, and every error of it is held."""
    return _entrypoint(lambda: Subscriber(queue, batch, linger, read_parked, lambda _error: True))


def _entrypoint(make: Callable[[], Entrypoint]) -> Callable[[Method], Method]:
    def decorate(method: Method) -> Method:
        @wraps(method)
        def traced(self: Any, taken: Sequence[Taken]) -> Any:
            if len(taken) > 1:
                return method(self, taken)
            with about(taken[0]):
                return method(self, taken)

        register_entrypoint(traced, make())
        return traced  # type: ignore[return-value]

    return decorate


def ask_worker(entrypoint: Entrypoint, *args: Any) -> Any:
    """Run the entrypoint's method in a worker of its own; what it returns. Raises what it raises."""
    done = Event()

    def handle_result(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        done.send_exception(*exc_info) if exc_info else done.send(result)
        return result, exc_info

    entrypoint.container.spawn_worker(entrypoint, args, {}, handle_result=handle_result)
    return done.wait()


def run_worker(entrypoint: Entrypoint, *args: Any) -> Exception | None:
    """The same where the method returns nothing; the exception it raised."""
    try:
        ask_worker(entrypoint, *args)
    except Exception as error:
        return error
    return None


class Subscriber(Entrypoint):  # type: ignore[misc]
    """One queue: a connection of its own, and one batch at a time; ``since`` when on the monotonic clock."""

    def __init__(
        self,
        queue: str,
        batch: int,
        linger: float,
        read: Callable[[str, Delivery], Taken],
        held: Callable[[Exception], bool],
    ) -> None:
        super().__init__()
        self.queue, self.batch, self.linger, self.read, self.held = queue, batch, linger, read, held
        self.stopping = threading.Event()
        self.thread: Any = None
        self.since: float | None = None

    def start(self) -> None:
        self.thread = self.container.spawn_managed_thread(self.run)

    def stop(self) -> None:
        """Finishes the batch in hand; what was not begun goes back to the queue."""
        self.stopping.set()
        self.thread.wait()

    def run(self) -> None:
        uri = self.container.config["AMQP_URI"]
        keep_linked(uri, self.stopping, self.work_off, self.queue, self.batch * 2)

    def work_off(self, link: Link) -> None:
        while not self.stopping.is_set():
            deliveries = link.take(self.batch, self.linger)
            self.since = (self.since or time.monotonic()) if deliveries else None
            if deliveries:
                self.handle(link, list(self.readable(link, deliveries)))
                self.acknowledge(link, deliveries)
                self.since = None

    def acknowledge(self, link: Link, deliveries: Sequence[Delivery]) -> None:
        """All up to the last: this channel has one consumer, which works one batch after another."""
        link.ack(deliveries[-1].tag, multiple=True)

    def readable(self, link: Link, deliveries: Sequence[Delivery]) -> Iterator[tuple[Delivery, Taken]]:
        for delivery in deliveries:
            try:
                yield delivery, self.read(self.queue, delivery)
            except Unacceptable as error:
                with about(delivery):
                    self.park(link, delivery, error)

    def handle(self, link: Link, taken: Sequence[tuple[Delivery, Taken]]) -> None:
        """Returns when each message is handled, waits for its retry, or is parked."""
        if not taken:
            return
        error = self.hold(link, [each for _, each in taken])
        if error is None:
            return
        if len(taken) > 1:
            for one in taken:
                self.handle(link, [one])
            return
        with about(taken[0][1]):
            if isinstance(error, Unacceptable):
                self.park(link, taken[0][0], error)
            else:
                self.set_back(link, taken[0][0], error)

    def hold(self, link: Link, messages: list[Taken]) -> Exception | None:
        """Run the method until it succeeds or raises what time will not mend; that is returned."""
        pause = FIRST_PAUSE
        while True:
            began = time.perf_counter()
            error = run_worker(self, messages)
            if error is None:
                self.count(messages, time.perf_counter() - began)
            if error is None or not self.held(error):
                return error
            metrics.MESSAGES.labels(self.queue, "held").inc(len(messages))
            with about(messages[0]):
                log.warning("held", queue=self.queue, messages=len(messages), reason=repr(error), again_in=pause)
            if self.stopping.wait(pause):
                raise LinkLost("stopping")
            link.check()
            pause = min(pause * 2, LONGEST_PAUSE)

    def park(self, link: Link, delivery: Delivery, error: Unacceptable) -> None:
        log.warning("parked", queue=self.queue, reason=str(error))
        put_aside(link, parked(self.queue, delivery, str(error)))
        metrics.MESSAGES.labels(self.queue, "parked").inc()

    def set_back(self, link: Link, delivery: Delivery, error: Exception) -> None:
        outgoing = waiting(self.queue, delivery, repr(error))
        log.error("not handled", queue=self.queue, next=outgoing.exchange, exc_info=error)
        put_aside(link, outgoing)
        metrics.MESSAGES.labels(self.queue, "parked" if outgoing.exchange == PARKING else "retried").inc()

    def count(self, messages: list[Taken], seconds: float) -> None:
        metrics.count_handled(self.queue, len(messages), seconds)
        times = [each.envelope.time for each in messages if isinstance(each, Received)]
        if times:
            clock: Clock = self.container.config["clock"]
            lag = clock.real_seconds((clock.now() - min(times)).total_seconds())
            metrics.LAG_SECONDS.labels(self.queue).observe(lag)
