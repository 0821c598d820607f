"""CloudEvents 1.0 in structured JSON mode, around every message on the bus."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from pydantic import Field, ValidationError

from shared.contracts.base import REGISTRY, Frozen, Instant, Message

CONTENT_TYPE = "application/cloudevents+json"
TRACEPARENT = r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"


class Envelope(Frozen):
    """The CloudEvents attributes we use. ``subject`` is the ticket's id where there is one."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    time: Instant
    subject: str | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: str = Field(pattern=TRACEPARENT)
    data: dict[str, Any]


class Unacceptable(Exception):
    """What no consumer can ever handle: the message is parked at once, with the text as the reason."""


class Undecodable(Unacceptable):
    """A body that no consumer can ever handle; the text says why, and it is parked with that."""


def encode(message: Message, *, id: UUID, source: str, time: datetime, subject: str | None, traceparent: str) -> bytes:
    """The body to publish. ``id`` is stable over repeats, so that consumers can drop what they have seen."""
    envelope = Envelope(
        id=id,
        source=f"loumen/{source}",
        type=message.wire_type(),
        time=time,
        subject=subject,
        traceparent=traceparent,
        data=message.data,
    )
    return orjson.dumps(vars(envelope), option=orjson.OPT_UTC_Z)


def decode(body: bytes) -> tuple[Envelope, Message]:
    """The envelope and the message in it. Raises ``Undecodable``: not JSON, not an envelope, unknown type
    or version, or data that does not fit the type's class."""
    try:
        envelope = Envelope.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise Undecodable(f"not a CloudEvents document: {error}") from error
    except ValidationError as error:
        raise Undecodable(f"not a CloudEvents document: {_first(error)}") from error
    cls = REGISTRY.get(envelope.type)
    if cls is None:
        raise Undecodable(f"unknown type or version: {envelope.type}")
    try:
        return envelope, cls.model_validate(envelope.data)
    except ValidationError as error:
        raise Undecodable(f"{envelope.type}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
