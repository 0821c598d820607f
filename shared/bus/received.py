"""What a subscriber's method gets, and where a message goes that it could not handle."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared import trace
from shared.bus.amqp_link import Link, LinkLost
from shared.bus.amqp_messages import Delivery, Outgoing
from shared.bus.topology import PARKING, RETRY_DELAYS, retry_name
from shared.contracts.base import Message
from shared.contracts.envelope import Envelope, Undecodable, decode

QUEUE, REASON, ATTEMPTS = "x-loumen-queue", "x-loumen-reason", "x-loumen-attempts"
REASON_LIMIT = 1000


@dataclass(frozen=True)
class Received:
    """A decoded message. ``headers`` are the broker's, of interest to hardly anyone."""

    envelope: Envelope
    message: Message
    body: bytes
    headers: dict[str, Any]
    queue: str


@dataclass(frozen=True)
class Parked:
    """A message that nobody could handle, exactly as it came. ``queue`` is where it came from; ``attempts`` counts
    the retries it had."""

    body: bytes
    queue: str
    reason: str
    attempts: int
    message_id: str
    content_type: str
    headers: dict[str, Any]


def read_event(takes: tuple[type[Message], ...], queue: str, delivery: Delivery) -> Received:
    """What decodes is handled, whatever its content type says. Raises ``Undecodable``, also for what the queue's
    consumer does not take.
    """
    envelope, message = decode(delivery.body)
    if not isinstance(message, takes):
        raise Undecodable(f"{envelope.type} does not belong on {queue}")
    return Received(envelope, message, delivery.body, delivery.headers, queue)


def read_parked(_queue: str, delivery: Delivery) -> Parked:
    """By our headers, or by those of the broker where it parked the message itself."""
    headers = delivery.headers
    deaths = headers.get("x-death")
    death = deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}
    return Parked(
        body=delivery.body,
        queue=storable(headers.get(QUEUE) or death.get("queue") or ""),
        reason=storable(headers.get(REASON) or death.get("reason") or "unknown"),
        attempts=_attempts(delivery),
        message_id=storable(delivery.properties.get("message_id", "")),
        content_type=storable(delivery.properties.get("content_type", "")),
        headers=headers,
    )


def parked(queue: str, delivery: Delivery, reason: str) -> Outgoing:
    return _again(delivery, PARKING, queue, {QUEUE: queue, REASON: storable(reason), ATTEMPTS: _attempts(delivery)})


def waiting(queue: str, delivery: Delivery, reason: str) -> Outgoing:
    """To the next delay's queue, or parked after the last."""
    attempts = _attempts(delivery)
    if attempts >= len(RETRY_DELAYS):
        return parked(queue, delivery, reason)
    return _again(delivery, retry_name(RETRY_DELAYS[attempts]), queue, {ATTEMPTS: attempts + 1})


def put_aside(link: Link, outgoing: Outgoing) -> None:
    """Returns when the broker has it safe. Raises ``LinkLost`` otherwise: then the original comes again."""
    [problem] = link.publish([outgoing])
    if problem is not None:
        raise LinkLost(f"{outgoing.exchange}: {problem}")


def about(message: Received | Parked | Delivery) -> AbstractContextManager[None]:
    """What is logged inside belongs to the message's trace and ticket, as far as its envelope can be read."""
    try:
        envelope = message.envelope if isinstance(message, Received) else Envelope.model_validate_json(message.body)
    except ValidationError:
        return nullcontext()
    return trace.bound(envelope.traceparent, envelope.subject)


def _again(delivery: Delivery, exchange: str, queue: str, headers: dict[str, Any]) -> Outgoing:
    return Outgoing(
        exchange,
        queue,
        delivery.body,
        message_id=str(delivery.properties.get("message_id", "")),
        headers=headers,
        content_type=str(delivery.properties.get("content_type", "")),
    )


def _attempts(delivery: Delivery) -> int:
    attempts = delivery.headers.get(ATTEMPTS)
    return attempts if isinstance(attempts, int) and attempts >= 0 else 0


def storable(value: object) -> str:
    """What every database takes: no NUL, no lone surrogates, not too long. An error in parking is held for ever."""
    return str(value)[:REASON_LIMIT].encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
