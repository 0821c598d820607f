"""What Prometheus is told. Every metric of Loumen is defined here, and counted where it happens.

Labels are words of ours (queues, methods, channels, levels), never a ticket, a post or a path. Seconds are real ones.
"""

import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future

import structlog
from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.contracts.base import Message
from shared.contracts.events import TicketEscalated, TicketEvent
from shared.settings import Settings

log = structlog.get_logger()

disable_created_metrics()  # type: ignore[no-untyped-call]

ANSWER_SECONDS = 3.0
"""How long a scrape waits for a backlog: Prometheus itself gives up after ten."""

FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
TINY = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)
PATIENT = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)

HTTP_SECONDS = Histogram(
    "loumen_http_request_seconds",
    "Requests at the HTTP door by the pattern of their route, '-' where there is none, and how long they took.",
    ("method", "route", "status"),
    buckets=FAST,
)
CALL_SECONDS = Histogram(
    "loumen_call_seconds",
    "Calls that this service was asked: answered, later (time will mend it), failed or refused (not understood).",
    ("method", "outcome"),
    buckets=FAST,
)
MESSAGES = Counter(
    "loumen_messages",
    "Messages from a queue: handled, held (once for each try that has to be repeated), retried or parked.",
    ("queue", "outcome"),
)
MESSAGE_SECONDS = Histogram(
    "loumen_message_seconds",
    "What it took to handle a message: its share of the time that its batch took.",
    ("queue",),
    buckets=TINY,
)
LAG_SECONDS = Histogram(
    "loumen_message_lag_seconds",
    "How old the oldest message of a batch was, by the clock, when the batch had been handled.",
    ("queue",),
    buckets=PATIENT,
)
PUBLISHED = Counter("loumen_published", "Outbox rows that the broker confirmed or refused.", ("outcome",))
EVENTS = Counter("loumen_events", "Events said, and the level that their ticket is at then.", ("type", "level"))
CLIMBS = Counter("loumen_climbs", "Rungs climbed, and why.", ("from_level", "level", "reason"))
PROVISIONAL = Counter(
    "loumen_provisional_deadlines", "Times that an owner got a deadline beyond the public holidays known."
)
DELIVERIES = Counter(
    "loumen_deliveries",
    "Tries to tell somebody: sent, pending (in vain, and it will be tried again), failed for good, or skipped.",
    ("channel", "fate"),
)
DELIVERY_SECONDS = Histogram(
    "loumen_delivery_seconds",
    "From when a delivery could go out (at once, in the post's hours, with the digest) until its channel took it.",
    ("channel",),
    buckets=PATIENT,
)
BROKER_UP = Gauge("loumen_broker_up", "1 while the broker takes what this process says.")

STANDING = {
    "database_up": "1 where the service's database (intake: the file of its spool) has answered this scrape in time.",
    "oldest_outbox_seconds": "How long the oldest row of the outbox has waited for the broker.",
    "oldest_due_seconds": "How late the oldest case is whose clock has rung.",
    "oldest_delivery_seconds": "How late the oldest delivery is that could go out.",
    "oldest_in_hand_seconds": "How long this process has worked on the messages in its hands.",
    "oldest_parked_seconds": "How long the oldest parked message has waited for somebody.",
    "parked_messages": "Parked messages that nobody has resent or dropped.",
    "directory_version": "The directory in force in this process; 0 where there is none.",
    "spooled_tickets": "Tickets on intake's own disk that wait for the broker.",
    "oldest_spooled_seconds": "How long the oldest of them has waited.",
    "spool_parked_tickets": "Tickets on intake's own disk that cannot be forwarded.",
}
"""What is looked up at each scrape; ages are 0 where nothing waits. Several replicas tell the same of one database."""

Standing = Mapping[str, float | Mapping[str, float]]
"""By the names of ``STANDING``; deliveries by channel."""


class Watch(Collector):
    """Calls ``look`` at each scrape, and reports the database as away where it raises or does not return in time.

    It is not called again before it has returned; scrapes meanwhile wait no longer than the first.
    """

    def __init__(self, look: Callable[[], Standing]) -> None:
        self._look = look
        self._asked: Future[Standing] | None = None
        self._until = 0.0

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: the registry would look by itself."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        standing = self._ask()
        yield _gauge("database_up", standing is not None)
        for name, value in (standing or {}).items():
            yield _gauge(name, value)

    def _ask(self) -> Standing | None:
        if self._asked is None or self._asked.done():
            self._asked, self._until = Future(), time.monotonic() + ANSWER_SECONDS
            threading.Thread(target=self._answer, args=(self._asked,), daemon=True).start()
        try:
            return self._asked.result(max(self._until - time.monotonic(), 0))
        except Exception as error:
            log.warning("backlog not measured", reason=repr(error))
            return None

    def _answer(self, asked: "Future[Standing]") -> None:
        try:
            asked.set_result(self._look())
        except Exception as error:
            asked.set_exception(error)


def _gauge(name: str, value: float | Mapping[str, float]) -> GaugeMetricFamily:
    if not isinstance(value, Mapping):
        return GaugeMetricFamily(f"loumen_{name}", STANDING[name], float(value))
    gauge = GaugeMetricFamily(f"loumen_{name}", STANDING[name], labels=("channel",))
    for channel, each in value.items():
        gauge.add_metric((channel,), each)
    return gauge


def serve(settings: Settings) -> None:
    """Answer scrapes from now on, in threads of their own, where the settings name a port."""
    if settings.metrics_port is not None:
        start_http_server(settings.metrics_port, settings.host)


def count_said(messages: Sequence[Message]) -> None:
    """After the commit of what was said."""
    tickets = [each for each in messages if isinstance(each, TicketEvent)]
    said = Tally((each.TYPE, each.ticket.level if isinstance(each, TicketEvent) else "") for each in messages)
    for (type, level), count in said.items():
        EVENTS.labels(type, level).inc(count)
    for step in (step for each in tickets if isinstance(each, TicketEscalated) for step in each.steps):
        CLIMBS.labels(step.from_level, step.level, step.reason).inc()
    PROVISIONAL.inc(sum(each.ticket.provisional and _has_new_owner(each) for each in tickets))


def _has_new_owner(event: TicketEvent) -> bool:
    owner = event.ticket.owner
    return owner is not None and owner.assignment == event.ticket.version - 1


def count_handled(queue: str, messages: int, seconds: float) -> None:
    """A batch of so many messages, handled together."""
    MESSAGES.labels(queue, "handled").inc(messages)
    each = MESSAGE_SECONDS.labels(queue)
    for _ in range(messages):
        each.observe(seconds / messages)
