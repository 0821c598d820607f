"""The W3C ``traceparent`` and the ticket id, carried through every message into every log line."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars, get_contextvars


def new_traceparent() -> str:
    """A fresh trace, sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def current() -> str:
    """The trace that this work belongs to; a fresh one where there is none."""
    traceparent = get_contextvars().get("traceparent")
    return traceparent if isinstance(traceparent, str) else new_traceparent()


@contextmanager
def bound(traceparent: str, ticket_id: str | None = None) -> Iterator[None]:
    """Everything said and logged inside belongs to this trace and this ticket."""
    values = {"traceparent": traceparent} | ({"ticket": ticket_id} if ticket_id else {})
    with bound_contextvars(**values):
        yield
