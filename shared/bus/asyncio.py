"""The bus of an asyncio process (intake, the command line): confirmed publishing, RPC calls, listening."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import structlog

from shared.bus.pika_link import BrokerAway, Heard, Link, Unroutable, parameters
from shared.errors import Transient

__all__ = ["BrokerAway", "Bus", "CallFailed", "CallTimedOut", "NotNow", "Unroutable", "connected"]

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
STOP_TIMEOUT = 5.0


class CallTimedOut(Transient):
    """The service did not answer in time; a call still in the queue has expired, one being handled may yet succeed."""


class CallFailed(Exception):
    """The service raised: ``type`` is the exception's class name there, ``text`` its words."""

    def __init__(self, type: str, text: str) -> None:
        super().__init__(f"{type}: {text}")
        self.type, self.text = type, text


class NotNow(CallFailed, Transient):
    """It will work later: the service's database is away, for one."""


class Bus:
    """Connects in the background and keeps reconnecting, for ever, until ``stop``."""

    def __init__(self, uri: str) -> None:
        self._parameters = parameters(uri)
        self._listeners: list[tuple[str, Heard]] = []
        self._link: Link | None = None
        self._up = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        return self._link is not None and not self._link.blocked

    async def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper}, timeout=STOP_TIMEOUT)

    async def wait_connected(self, timeout: float) -> None:
        """Raises ``BrokerAway`` after ``timeout`` seconds."""
        try:
            await asyncio.wait_for(self._up.wait(), timeout)
        except TimeoutError:
            raise BrokerAway(f"no connection within {timeout} s") from None

    async def publish(
        self, exchange: str, routing_key: str, body: bytes, *, message_id: str, timeout: float = 5.0
    ) -> None:
        """Returns once the broker has the message safe. Raises ``BrokerAway``, ``Unroutable``."""
        confirmed = self._usable().publish(exchange, routing_key, body, message_id)
        try:
            async with asyncio.timeout(timeout):
                await confirmed
        except TimeoutError:
            raise BrokerAway(f"no confirm within {timeout} s") from None

    async def call(self, service: str, method: str, /, timeout: float = 5.0, **kwargs: Any) -> Any:
        """The answer of a nameko service's method. Raises ``BrokerAway``, ``CallTimedOut``, ``CallFailed``, and of
        the last ``NotNow`` where it is no mistake.
        """
        [result] = await self._call(f"{service}.{method}", kwargs, timeout, 1)
        return result

    async def call_all(self, service: str, method: str, /, timeout: float = 5.0, **kwargs: Any) -> list[Any]:
        """The answers of all processes of a nameko service. Raises as ``call`` does, where one is missing too."""
        until = asyncio.get_running_loop().time() + timeout
        while not (processes := (await self._usable().look_at(f"rpc-{service}"))[1]):
            if asyncio.get_running_loop().time() > until:
                raise CallTimedOut(f"{service}: no process within {timeout} s")
            await asyncio.sleep(FIRST_PAUSE)
        return await self._call(f"all.{service}.{method}", kwargs, timeout, processes)

    async def _call(self, target: str, kwargs: dict[str, Any], timeout: float, processes: int) -> list[Any]:
        link, correlation_id = self._usable(), uuid4().hex
        asked = link.call(target, kwargs, correlation_id, timeout, processes)
        try:
            async with asyncio.timeout(timeout):
                await asked.answered
        except TimeoutError:
            told = f"{len(asked.replies)} of {processes} answers" if processes > 1 else "no answer"
            raise CallTimedOut(f"{target}: {told} within {timeout} s") from None
        finally:
            link.calls.pop(correlation_id, None)
        return [_result(reply) for reply in asked.replies]

    async def listen(self, binding_key: str, callback: Heard) -> None:
        """``callback`` gets the body of each event, while this process lives and is connected: no event is kept."""
        self._listeners.append((binding_key, callback))
        if self._link is not None:
            await self._link.listen(binding_key, callback)

    async def waiting(self, queue: str) -> int:
        """How many messages stand ready in a queue of the topology. Raises ``BrokerAway``."""
        waiting, _ = await self.look_at(queue)
        return waiting

    async def look_at(self, queue: str) -> tuple[int, int]:
        """How many messages stand ready in it, and how many consume it. Raises ``BrokerAway``."""
        return await self._usable().look_at(queue)

    def _usable(self) -> Link:
        if self._link is None or self._link.blocked:
            raise BrokerAway("blocked by the broker" if self._link else "not connected")
        return self._link

    async def _keep_connected(self) -> None:
        pause = FIRST_PAUSE
        while True:
            link = Link()
            try:
                await link.open(self._parameters, self._listeners)
                self._link = link
                self._up.set()
                pause = FIRST_PAUSE
                await asyncio.wait({link.lost})
            except (BrokerAway, OSError) as error:
                link.lose(error)
            finally:
                self._link = None
                self._up.clear()
                await link.close()
            log.warning("broker away", reason=link.lost.result(), again_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _result(reply: dict[str, Any]) -> Any:
    if error := reply["error"]:
        failed = NotNow if error["exc_type"] == Transient.__name__ else CallFailed
        raise failed(error["exc_type"], error["value"])
    return reply["result"]


@asynccontextmanager
async def connected(uri: str, timeout: float = 10.0) -> AsyncIterator[Bus]:
    """A connected bus for a short-lived process. Raises ``BrokerAway`` after ``timeout`` seconds."""
    bus = Bus(uri)
    await bus.start()
    try:
        await bus.wait_connected(timeout)
        yield bus
    finally:
        await bus.stop()
