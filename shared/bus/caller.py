"""Calls from one green service to another, many at a time, each with a time limit.

The wire is nameko's (``rpc.py``): a call names the queue that its answer goes to, and expires in the other service's
queue when the caller has given up.
"""

import json
import threading
from concurrent.futures import Future
from typing import Any
from uuid import uuid4

import structlog

from shared.bus.amqp_link import Link, LinkLost, keep_linked
from shared.bus.amqp_messages import Delivery

log = structlog.get_logger()

AT_ONCE = 100
"""Answers taken from the link together, at most."""


class NoAnswer(Exception):
    """The broker or the other service is away, or it answered with an error."""


class Caller:
    """Has a connection of its own from ``start`` to ``stop``. ``timeout`` in seconds, for each call."""

    def __init__(self, uri: str, timeout: float) -> None:
        self._uri, self._timeout = uri, timeout
        self._waiting: dict[str, Future[bytes]] = {}
        self._link: Link | None = None
        self._linked, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(self._timeout)

    def call(self, service: str, method: str, **arguments: Any) -> Any:
        """The answer, as JSON gives it. Raises ``NoAnswer``."""
        name = f"{service}.{method}"
        try:
            reply = self._ask(name, json.dumps({"args": [], "kwargs": arguments}).encode())
        except LinkLost as lost:
            raise NoAnswer(f"{name}: {lost}") from lost
        except TimeoutError as error:
            raise NoAnswer(f"{name}: no answer within {self._timeout} s") from error
        return _result(name, reply)

    def _ask(self, name: str, body: bytes) -> bytes:
        """Nothing is locked meanwhile: others ask at the same time."""
        self._linked.wait(self._timeout)
        link, id = self._link, uuid4().hex
        if link is None:
            raise LinkLost("the broker is away")
        answer = self._waiting[id] = Future[bytes]()
        try:
            link.call(name, body, id, self._timeout)
            return answer.result(self._timeout)
        finally:
            del self._waiting[id]

    def _run(self) -> None:
        keep_linked(self._uri, self._stopping, self._listen, answers=True)

    def _listen(self, link: Link) -> None:
        self._link = link
        self._linked.set()
        try:
            while not self._stopping.is_set():
                for delivery in link.take(AT_ONCE, 0):
                    self._settle(delivery)
        finally:
            self._linked.clear()
            self._link = None
            for answer in list(self._waiting.values()):
                if not answer.done():
                    answer.set_exception(LinkLost("the broker went away"))

    def _settle(self, delivery: Delivery) -> None:
        """An answer that nobody waits for any more is dropped."""
        answer = self._waiting.get(delivery.properties.get("correlation_id", ""))
        if answer is not None and not answer.done():
            answer.set_result(delivery.body)


def _result(name: str, reply: bytes) -> Any:
    """Raises ``NoAnswer`` for an error, and for what is no answer at all."""
    try:
        told = json.loads(reply)
        result, error = told["result"], told["error"] and told["error"]["exc_type"]
    except (ValueError, TypeError, LookupError, RecursionError) as wrong:
        raise NoAnswer(f"{name}: not an answer: {wrong!r}") from wrong
    if error:
        raise NoAnswer(f"{name}: {error}")
    return result
