"""One connection of an asyncio process to the broker. The only file that knows pika."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from itertools import takewhile
from typing import Any

import structlog
from pika import BasicProperties, URLParameters
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.exceptions import AMQPError

from shared import trace
from shared.bus import topology
from shared.contracts.envelope import CONTENT_TYPE
from shared.errors import Transient, report

log = structlog.get_logger()

STEP_TIMEOUT = 10.0
PERSISTENT = 2

Heard = Callable[[bytes], None]


class BrokerAway(Transient):
    """Not connected, refused, closed, blocked or too slow. It may have arrived: repeat it with the same id."""


class Unroutable(Exception):
    """No queue takes a message with this exchange and routing key."""


class Asked:
    """A call that so many processes answer; ``answered`` is done when all have."""

    def __init__(self, processes: int) -> None:
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.replies: list[dict[str, Any]] = []
        self._processes = processes

    def take(self, reply: dict[str, Any]) -> None:
        self.replies.append(reply)
        if len(self.replies) == self._processes and not self.answered.done():
            self.answered.set_result(None)


class Link:
    """One connection: a channel to publish on with confirms, another for calls, replies and listening."""

    def __init__(self) -> None:
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.blocked = False
        self.calls: dict[str, Asked] = {}
        self._unconfirmed: dict[int, tuple[tuple[str, str, str], asyncio.Future[None]]] = {}
        self._last_tag = 0
        self._reply_queue = ""
        self._connection: Any = None

    async def open(self, parameters: URLParameters, listeners: list[tuple[str, Heard]]) -> None:
        """Connect and declare everything. Raises ``BrokerAway``."""
        await self._ask(partial(self._connect, parameters))
        self._connection.add_on_connection_blocked_callback(lambda *_: self._block(True))
        self._connection.add_on_connection_unblocked_callback(lambda *_: self._block(False))
        self._publishing = await self._open_channel()
        self._calling = await self._open_channel()
        for step in topology.steps("exchange_type"):
            await self._ask(partial(getattr(self._publishing, step.method), **step.arguments))
        await self._ask(partial(self._publishing.confirm_delivery, self._on_confirm))
        self._publishing.add_on_return_callback(self._on_returned)
        self._reply_queue = await self._own_queue(topology.CALLS, None, self._on_reply)
        for binding_key, callback in listeners:
            await self.listen(binding_key, callback)

    async def listen(self, binding_key: str, callback: Heard) -> None:
        def heard(_channel: Any, _method: Any, _properties: Any, body: bytes) -> None:
            try:
                callback(body)
            except Exception as error:
                report(error, "listener failed", binding_key=binding_key)

        await self._own_queue(topology.EVENTS, binding_key, heard)

    async def look_at(self, queue: str) -> tuple[int, int]:
        """How many messages stand ready in it, and how many consume it."""
        declared = await self._ask(partial(self._calling.queue_declare, queue, passive=True))
        return int(declared.method.message_count), int(declared.method.consumer_count)

    def publish(self, exchange: str, key: str, body: bytes, message_id: str) -> asyncio.Future[None]:
        """The future is done when the broker has confirmed."""
        properties = BasicProperties(content_type=CONTENT_TYPE, delivery_mode=PERSISTENT, message_id=message_id)
        self._send(self._publishing, exchange, key, body, properties, mandatory=True)
        self._last_tag += 1
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unconfirmed[self._last_tag] = (exchange, key, message_id), confirmed
        return confirmed

    def call(self, target: str, kwargs: dict[str, Any], correlation_id: str, timeout: float, processes: int) -> Asked:
        """The call expires in the queues when the caller has given up."""
        properties = BasicProperties(
            content_type="application/json",
            reply_to=self._reply_queue,
            correlation_id=correlation_id,
            expiration=str(int(timeout * 1000)),
            headers={"traceparent": trace.current()},
        )
        body = json.dumps({"args": [], "kwargs": kwargs}).encode()
        self._send(self._calling, topology.CALLS, target, body, properties, mandatory=False)
        asked = self.calls[correlation_id] = Asked(processes)
        return asked

    def lose(self, reason: object) -> None:
        """The end of this connection: whoever waits on it gets ``BrokerAway``."""
        if self.lost.done():
            return
        self.lost.set_result(str(reason) or repr(reason))
        waiting: list[asyncio.Future[Any]] = [future for _, future in self._unconfirmed.values()]
        for future in (*waiting, *(asked.answered for asked in self.calls.values())):
            if not future.done():
                future.set_exception(BrokerAway(self.lost.result()))

    async def close(self) -> None:
        if self._connection is not None and not (self._connection.is_closing or self._connection.is_closed):
            self._connection.close()
            await asyncio.wait({self.lost}, timeout=2)
        self.lose("closed")

    def _send(
        self, channel: Any, exchange: str, key: str, body: bytes, properties: BasicProperties, *, mandatory: bool
    ) -> None:
        try:
            channel.basic_publish(exchange, key, body, properties, mandatory)
        except AMQPError as error:
            raise BrokerAway(repr(error)) from error

    def _connect(self, parameters: URLParameters, callback: Callable[[Any], None]) -> None:
        self._connection = AsyncioConnection(parameters, callback, self._on_closed, self._on_closed)

    async def _ask(self, ask: Callable[..., object]) -> Any:
        """The broker's answer to one step. Raises ``BrokerAway`` where the connection is lost or time runs out."""
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            ask(callback=lambda frame: None if answered.done() else answered.set_result(frame))
        except AMQPError as error:
            raise BrokerAway(repr(error)) from error
        await asyncio.wait({answered, self.lost}, timeout=STEP_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            raise BrokerAway(self.lost.result() if self.lost.done() else f"no answer within {STEP_TIMEOUT} s")
        return answered.result()

    async def _open_channel(self) -> Any:
        channel = await self._ask(lambda callback: self._connection.channel(on_open_callback=callback))
        channel.add_on_close_callback(self._on_closed)
        return channel

    async def _own_queue(self, exchange: str, key: str | None, on_message: Callable[..., None]) -> str:
        """An exclusive queue of this connection, consumed; bound by its own name where no key is given."""
        channel = self._calling
        declared = await self._ask(partial(channel.queue_declare, "", exclusive=True, auto_delete=True))
        queue: str = declared.method.queue
        await self._ask(partial(channel.queue_bind, queue, exchange, key or queue))
        await self._ask(partial(channel.basic_consume, queue, on_message, auto_ack=True))
        return queue

    def _block(self, blocked: bool) -> None:
        self.blocked = blocked
        log.warning("broker blocks publishing" if blocked else "broker takes messages again")

    def _on_closed(self, source: Any, reason: object) -> None:
        self.lose(reason)
        connection = getattr(source, "connection", source)  # a closed channel ends the connection too
        if connection.is_open:
            connection.close()

    def _on_confirm(self, frame: Any) -> None:
        tag, waiting = frame.method.delivery_tag, self._unconfirmed
        tags = list(takewhile(lambda each: each <= tag, waiting)) if frame.method.multiple else [tag]
        for _, confirmed in [waiting.pop(each) for each in tags if each in waiting]:
            if confirmed.done():
                continue
            if frame.method.NAME == "Basic.Ack":
                confirmed.set_result(None)
            else:
                confirmed.set_exception(BrokerAway("refused by the broker"))

    def _on_returned(self, _channel: Any, method: Any, properties: BasicProperties, _body: bytes) -> None:
        """Comes before the confirm of the same message."""
        sent = (method.exchange, method.routing_key, properties.message_id)
        for name, confirmed in self._unconfirmed.values():
            if name == sent and not confirmed.done():
                confirmed.set_exception(Unroutable(f"{method.exchange or 'default exchange'}: {method.routing_key}"))

    def _on_reply(self, _channel: Any, _method: Any, properties: BasicProperties, body: bytes) -> None:
        asked = self.calls.get(properties.correlation_id or "")
        if asked is not None:
            asked.take(json.loads(body))


def parameters(uri: str) -> URLParameters:
    """``//`` at the end means the virtual host ``/``, as py-amqp reads it; for pika that is ``/%2F``."""
    settings = URLParameters(f"{uri[:-2]}/%2F" if uri.endswith("//") else uri)
    settings.heartbeat = topology.HEARTBEAT
    settings.socket_timeout = settings.stack_timeout = STEP_TIMEOUT
    return settings
