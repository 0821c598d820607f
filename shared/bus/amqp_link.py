"""One connection of a service's process to the broker, read by a thread of its own, written to under a lock.

Built on ``threading``, which is green after eventlet's patching: so it also works where nothing is patched. With
``amqp_transport`` the only file that knows py-amqp.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import Any

import amqp
import structlog
from amqp import serialization, spec
from amqp.exceptions import AMQPError
from kombu.utils.url import parse_url

from shared import trace
from shared.bus import topology
from shared.bus.amqp_messages import Bunch, Delivery, Outgoing
from shared.bus.amqp_transport import Connection

log = structlog.get_logger()

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = topology.HEARTBEAT / 4  # how often, at least, the reader sees to heartbeats; also the limit of a write
CONFIRM_TIMEOUT = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
PERSISTENT = 2


def _decode_properties(buffer: bytes, offset: int) -> tuple[dict[str, Any], int]:
    """Of a message whose properties cannot be read the body is still to be had, and can be parked. An error here would
    end the connection, again with each delivery of that message."""
    try:
        properties: tuple[dict[str, Any], int] = serialization.decode_properties_basic(buffer, offset)
    except Exception as error:
        log.warning("unreadable properties", reason=repr(error))
        return {}, len(buffer)
    return properties


serialization.PROPERTY_CLASSES[spec.Basic.CLASS_ID] = _decode_properties


class LinkLost(Exception):
    """The connection is over. What was not acknowledged comes again, what was not confirmed may have arrived."""


class Link:
    """Connects at once, declares the topology and begins to consume ``queue``, where one is named, with at most
    ``prefetch`` messages unacknowledged, and beside it the ``calls`` bound by that key, which this process alone
    answers. With ``answers`` it consumes those to its own calls instead, which need no acknowledgement. Raises
    ``LinkLost`` there and in every method.
    """

    def __init__(
        self, uri: str, queue: str | None = None, prefetch: int = 0, *, calls: str | None = None, answers: bool = False
    ) -> None:
        self._inbox: Queue[Delivery | None] = Queue()
        self._writing = threading.Lock()
        self._publishing = threading.Lock()
        self._bunch = Bunch((), 1)
        self._last_tag = 0
        self._lost: str | None = None
        self._closing = False
        try:
            self._connection = _connect(uri)
            self._channel = self._open_channel()
            self._confirmed = self._open_channel()
            for step in topology.steps("type"):
                getattr(self._channel, step.method)(**step.arguments)
            self._confirmed.confirm_select()
            if queue is not None:
                self._channel.basic_qos(0, prefetch, False)
            if calls is not None:  # first: whoever counts the queue's consumers finds all of them here
                self._channel.basic_consume(self._own_queue(calls), callback=self._on_delivery)
            if queue is not None:
                self._channel.basic_consume(queue, callback=self._on_delivery)
            if answers:
                self._answers = self._own_queue()
                self._channel.basic_consume(self._answers, no_ack=True, callback=self._on_delivery)
        except (OSError, AMQPError) as error:
            raise LinkLost(repr(error)) from error
        events = self._confirmed.events
        events["basic_ack"].add(lambda tag, multiple: self._bunch.settle(tag, multiple, None))
        events["basic_nack"].add(lambda tag, multiple: self._bunch.settle(tag, multiple, "refused by the broker"))
        events["basic_return"].add(self._on_returned)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def take(self, limit: int, linger: float, wait: float = 0.5) -> list[Delivery]:
        """Up to ``limit`` messages, collected for ``linger`` seconds after the first; none after ``wait`` seconds."""
        taken: list[Delivery] = []
        deadline = time.monotonic() + wait
        while len(taken) < limit:
            self.check()
            try:
                delivery = self._inbox.get(timeout=max(deadline - time.monotonic(), 0))
            except Empty:
                break
            if delivery is not None:
                if not taken:
                    deadline = time.monotonic() + linger
                taken.append(delivery)
        return taken

    def ack(self, tag: int, *, multiple: bool = False) -> None:
        with self._write():
            self._channel.basic_ack(tag, multiple=multiple)

    def publish(self, messages: Sequence[Outgoing]) -> list[str | None]:
        """Publish all, then wait for all confirms. For each message None, or why the broker did not take it."""
        with self._publishing:
            bunch = self._bunch = Bunch(messages, self._last_tag + 1)
            self._last_tag += len(messages)
            with self._write(), self._connection.transport.together():
                for each in messages:
                    self._confirmed.basic_publish(_persistent(each), each.exchange, each.routing_key, mandatory=True)
            if not bunch.done.wait(CONFIRM_TIMEOUT):
                self._lose(f"no confirm within {CONFIRM_TIMEOUT} s")
            self.check()
            return bunch.problems

    def reply(self, routing_key: str, body: bytes, correlation_id: str | None) -> None:
        """Answer a call. Nobody waits for a confirm: whoever asked has a time limit."""
        message = amqp.Message(body, content_type="application/json", correlation_id=correlation_id)
        with self._write():
            self._channel.basic_publish(message, topology.CALLS, routing_key)

    def call(self, target: str, body: bytes, correlation_id: str, timeout: float) -> None:
        """Ask ``<service>.<method>``; after ``timeout`` seconds in its queue the call expires."""
        message = amqp.Message(
            body,
            content_type="application/json",
            reply_to=self._answers,
            correlation_id=correlation_id,
            expiration=str(int(timeout * 1000)),
            application_headers={"traceparent": trace.current()},
        )
        with self._write():
            self._channel.basic_publish(message, topology.CALLS, target)

    def check(self) -> None:
        if self._lost is not None:
            raise LinkLost(self._lost)

    def close(self) -> None:
        """Polite and soon; what is unacknowledged goes back to its queue."""
        self._closing = True
        if self._lost is None:
            try:
                with self._write():
                    self._connection.send_method(spec.Connection.Close, "BsBB", (0, "", 0, 0))
            except LinkLost:
                pass
        self._reader.join(READ_TIMEOUT + 1)

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._writing:
            self.check()
            try:
                yield
            except (OSError, AMQPError) as error:
                self._lose(repr(error))
                raise LinkLost(repr(error)) from error

    def _open_channel(self) -> Any:
        channel = self._connection.channel()
        channel.auto_decode = False
        return channel

    def _own_queue(self, key: str | None = None) -> str:
        """One that goes with this connection, bound by its name where no key is given."""
        queue: str = self._channel.queue_declare("", exclusive=True).queue
        self._channel.queue_bind(queue, topology.CALLS, key or queue)
        return queue

    def _read(self) -> None:
        """The reader's thread: dispatches what comes in, and keeps the heartbeats going while handlers work."""
        ticked = time.monotonic()
        reason = "closed"
        try:
            while not self._closing:
                with suppress(TimeoutError):
                    self._connection.drain_events(timeout=READ_TIMEOUT)
                if time.monotonic() - ticked >= READ_TIMEOUT and not self._closing:
                    ticked = time.monotonic()
                    with self._writing:
                        self._connection.heartbeat_tick()
            if self._lost is None and self._connection.connected:
                self._connection.drain_events(timeout=1)  # the broker's answer to our goodbye
        except Exception as error:
            reason = repr(error)
        finally:
            self._lose(reason)
            self._connection.collect()

    def _lose(self, reason: str) -> None:
        if self._lost is None:
            self._lost = reason
            self._inbox.put(None)
            self._bunch.done.set()

    def _on_delivery(self, message: Any) -> None:
        info, properties = message.delivery_info, message.properties
        headers = properties.get("application_headers") or {}
        body = message.body or b""  # py-amqp gives an empty one as a str
        self._inbox.put(Delivery(info["delivery_tag"], bytes(body), headers, properties, info["routing_key"]))

    def _on_returned(self, error: Exception, exchange: str, routing_key: str, message: Any) -> None:
        self._bunch.returned(repr(error), (exchange, routing_key, message.properties.get("message_id", "")))


def keep_linked(
    uri: str,
    stopping: threading.Event,
    use: Callable[[Link], None],
    queue: str | None = None,
    prefetch: int = 0,
    *,
    calls: str | None = None,
    answers: bool = False,
) -> None:
    """Connect and ``use`` the link, again with back-off whenever it is lost, until ``stopping`` is set."""
    pause = FIRST_PAUSE
    while not stopping.is_set():
        try:
            link = Link(uri, queue, prefetch, calls=calls, answers=answers)
            pause = FIRST_PAUSE
            try:
                use(link)
            finally:
                link.close()
        except LinkLost as lost:
            if not stopping.is_set():
                log.warning("broker away", queue=queue, reason=str(lost), again_in=pause)
            stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _connect(uri: str) -> Any:
    parts = parse_url(uri)
    connection = Connection(
        f"{parts['hostname'] or '127.0.0.1'}:{parts['port'] or 5672}",
        userid=parts["userid"] or "guest",
        password=parts["password"] or "guest",
        virtual_host=parts["virtual_host"] or "/",
        ssl=parts["transport"] == "amqps",
        heartbeat=topology.HEARTBEAT,
        connect_timeout=CONNECT_TIMEOUT,
    )
    # With this capability py-amqp reads from the socket before each publish, beside our reader.
    connection.negotiate_capabilities = {**connection.negotiate_capabilities, "connection.blocked": False}
    connection.connect()
    return connection


def _persistent(message: Outgoing) -> Any:
    return amqp.Message(
        message.body,
        content_type=message.content_type,
        delivery_mode=PERSISTENT,
        message_id=message.message_id,
        application_headers=message.headers,
    )
