"""Every exchange, queue and binding of the bus, as data. Each process declares all of it before it does anything else.

Valid on RabbitMQ 3.10 and 4.x: quorum queues for all work, nothing transient that is shared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.contracts.vocabulary import EventType

COMMANDS = "loumen.commands"
EVENTS = "loumen.events"
PARKING = "loumen.parking"
CALLS = "nameko-rpc"  # nameko's name; so are ``rpc-<service>`` and the key ``<service>.<method>``

ROUTING_COMMANDS = "routing.commands"
ROUTING_EVENTS = "routing.events"
NOTIFY_EVENTS = "notify.events"
RECORDS_EVENTS = "records.events"
RECORDS_REPORTERS = "records.reporters"
RECORDS_TRAIL = "records.trail"
RECORDS_PARKING = "records.parking"

WORK_QUEUES = (ROUTING_COMMANDS, ROUTING_EVENTS, NOTIFY_EVENTS, RECORDS_EVENTS, RECORDS_REPORTERS, RECORDS_TRAIL)
"""Where messages are handled, retried and, in the end, parked from."""

RETRY_DELAYS = (5, 30, 300)
"""Seconds before the first, second and third retry; then a message is parked."""

CALLED_SERVICES = ("routing", "notify", "records")

HEARTBEAT = 10
"""Seconds between two signs of life. Who gives none is given up after two to three of these, and what it had in hand
goes to others: 23 s, measured; 83 s with 30. Less than 5 would give up processes that are merely busy."""

WORK_DELIVERIES = 10_000
"""How often a message may come back unhandled before the broker parks it. RabbitMQ 4 would do so after 20, which
restarts during a long outage use up; without any limit a message that kills its consumer comes back for ever."""
PARKING_DELIVERIES = 1_000_000_000
"""Parking has nowhere to send a message on to: practically no limit (-1 means none on 4.x, one delivery
on 3.10)."""


@dataclass(frozen=True)
class Exchange:
    name: str
    type: Literal["direct", "topic", "fanout"]


@dataclass(frozen=True)
class Queue:
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Binding:
    exchange: str
    queue: str
    key: str = ""


def retry_name(seconds: int) -> str:
    """The exchange, and the queue, where a message waits so long. Its routing key is the queue that it goes back to."""
    return f"loumen.retry.{seconds}s"


def _quorum(deliveries: int) -> dict[str, Any]:
    return {"x-queue-type": "quorum", "x-delivery-limit": deliveries}


def _work_queue(name: str) -> Queue:
    return Queue(name, {**_quorum(WORK_DELIVERIES), **_dead_letters_to(PARKING)})


def _retry_queue(seconds: int) -> Queue:
    """One queue a delay: a time to live of each message's own would block at the queue's head."""
    waits = {"x-queue-type": "quorum", "x-message-ttl": seconds * 1000}
    return Queue(retry_name(seconds), {**waits, **_dead_letters_to("")})


def _dead_letters_to(exchange: str) -> dict[str, Any]:
    """Dead letters move with confirms; the broker asks for ``reject-publish`` beside that strategy."""
    return {
        "x-dead-letter-exchange": exchange,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


EXCHANGES = (
    Exchange(COMMANDS, "direct"),
    Exchange(EVENTS, "topic"),
    Exchange(PARKING, "fanout"),
    Exchange(CALLS, "topic"),
    *(Exchange(retry_name(seconds), "fanout") for seconds in RETRY_DELAYS),
)

QUEUES = (
    *map(_work_queue, WORK_QUEUES),
    Queue(RECORDS_PARKING, _quorum(PARKING_DELIVERIES)),
    *(_retry_queue(seconds) for seconds in RETRY_DELAYS),
    *(Queue(f"rpc-{service}") for service in CALLED_SERVICES),
)

NOBODY_TOLD = (EventType.SUBMITTED, EventType.NOTIFIED, EventType.NOTIFICATION_FAILED)
TELLING = tuple(f"ticket.{each}" for each in EventType if each not in NOBODY_TOLD)
"""The events that tell somebody, or change who must act. Notify hears no other."""

BINDINGS = (
    Binding(COMMANDS, ROUTING_COMMANDS, ROUTING_COMMANDS),
    Binding(COMMANDS, RECORDS_REPORTERS, RECORDS_REPORTERS),
    Binding(COMMANDS, RECORDS_TRAIL, RECORDS_TRAIL),
    Binding(EVENTS, RECORDS_EVENTS, "#"),
    *(Binding(EVENTS, NOTIFY_EVENTS, key) for key in (*TELLING, "directory.#")),
    *(Binding(EVENTS, ROUTING_EVENTS, key) for key in ("post.#", "directory.#")),
    Binding(PARKING, RECORDS_PARKING),
    *(Binding(retry_name(seconds), retry_name(seconds)) for seconds in RETRY_DELAYS),
    *(Binding(CALLS, f"rpc-{service}", f"{service}.*") for service in CALLED_SERVICES),
)

RETIRED = (Binding(EVENTS, ROUTING_EVENTS, "notification.#"), Binding(EVENTS, NOTIFY_EVENTS, "ticket.#"))
"""Bindings of earlier releases. A broker keeps them until somebody takes them away, and their messages would be parked
as not belonging there."""


def every_process_of(service: str) -> str:
    """What calls to all processes of a service at once are bound by: each has a queue of its own for them."""
    return f"all.{service}.*"


@dataclass(frozen=True)
class Step:
    """One declaration: a channel method's name, the same in pika and py-amqp, and its keyword arguments."""

    method: Literal["exchange_declare", "queue_declare", "queue_bind", "queue_unbind"]
    arguments: dict[str, Any]


def steps(exchange_type_argument: str) -> Iterator[Step]:
    """All declarations in order. pika calls an exchange's type ``exchange_type``, py-amqp ``type``.

    Declaring again what is there changes nothing; a difference closes the channel (PRECONDITION_FAILED).
    """
    keep = {"durable": True, "auto_delete": False}
    for exchange in EXCHANGES:
        yield Step("exchange_declare", {"exchange": exchange.name, exchange_type_argument: exchange.type, **keep})
    for queue in QUEUES:
        yield Step("queue_declare", {"queue": queue.name, "arguments": queue.arguments, **keep})
    for binding in BINDINGS:
        yield Step("queue_bind", _arguments(binding))
    for binding in RETIRED:
        yield Step("queue_unbind", _arguments(binding))


def _arguments(binding: Binding) -> dict[str, Any]:
    return {"queue": binding.queue, "exchange": binding.exchange, "routing_key": binding.key}
