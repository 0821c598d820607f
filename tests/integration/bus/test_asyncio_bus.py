"""The bus of an asyncio process."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from shared.bus.amqp_link import Link
from shared.bus.asyncio import BrokerAway, Bus, CallFailed, CallTimedOut, NotNow, Unroutable, connected
from shared.bus.topology import COMMANDS, EVENTS, ROUTING_COMMANDS
from tests.integration.bus.probes import Service, collect
from tests.own_server import standing_still

NOBODY = "amqp://guest:guest@127.0.0.1:1/nowhere"


def test_publish_returns_when_the_broker_has_it(vhost: str) -> None:
    """Hundreds of messages in flight are all confirmed, and all of them are in the queue, persistent."""

    async def story() -> None:
        async with connected(vhost) as bus:
            sending = (bus.publish(COMMANDS, ROUTING_COMMANDS, b"%d" % n, message_id=str(n)) for n in range(500))
            await asyncio.gather(*sending)

    asyncio.run(story())
    link = Link(vhost, ROUTING_COMMANDS, 1000)
    found = collect(link, 500)
    link.close()
    assert {each.body for each in found} == {b"%d" % n for n in range(500)}
    assert all(each.properties["delivery_mode"] == 2 for each in found)


def test_a_message_without_a_queue_is_unroutable(vhost: str) -> None:
    """The sender hears that nobody takes it, and messages beside it are confirmed all the same."""

    async def story() -> list[BaseException | None]:
        async with connected(vhost) as bus:
            good = bus.publish(COMMANDS, ROUTING_COMMANDS, b"good", message_id="1")
            bad = bus.publish(COMMANDS, "nowhere", b"bad", message_id="1")
            return await asyncio.gather(good, bad, return_exceptions=True)

    good, bad = asyncio.run(story())
    assert good is None
    assert isinstance(bad, Unroutable)


def test_without_a_broker_everything_says_so(vhost: str) -> None:
    """Not connected: publishing and calling raise at once, and nothing waits for ever."""

    async def story() -> None:
        bus = Bus(NOBODY)
        await bus.start()
        assert not bus.connected
        with pytest.raises(BrokerAway):
            await bus.publish(EVENTS, "directory.changed", b"", message_id="1")
        with pytest.raises(BrokerAway):
            await bus.call("routing", "double", number=1)
        await bus.stop()
        with pytest.raises(BrokerAway):
            async with connected(NOBODY, timeout=0.5):
                pass

    asyncio.run(story())


def test_listeners_hear_events(vhost: str) -> None:
    """Each listener hears the events of its key, none that another process listens to is taken away."""
    heard: list[bytes] = []

    async def story() -> None:
        async with connected(vhost) as one, connected(vhost) as other:
            await one.listen("directory.#", heard.append)
            await other.listen("directory.#", heard.append)
            await one.publish(EVENTS, "directory.changed", b"new", message_id="1")
            await one.publish(EVENTS, "ticket.noted", b"not ours", message_id="2")
            await _until(lambda: len(heard) >= 2)

    asyncio.run(story())
    assert heard == [b"new", b"new"]


def test_calls_are_answered(service: Service) -> None:
    """A call gets the method's result, and an error of the method comes back with its type and words."""
    service.start()

    async def story() -> None:
        async with connected(service.uri) as bus:
            assert await bus.call("routing", "double", timeout=30, number=21) == 42
            for method, type in (
                ("fail", "LookupError"),
                ("nothing", "MethodNotFound"),
                ("unspeakable", "UnserializableValueError"),
            ):
                with pytest.raises(CallFailed) as failed:
                    await bus.call("routing", method)
                assert failed.value.type == type
            with pytest.raises(CallFailed, match="IncorrectSignature"):
                await bus.call("routing", "double", wrong=1)

    asyncio.run(story())


def test_all_processes_of_a_service_are_asked(service: Service) -> None:
    """Each answers once; where one does not, or there is none, that is said."""

    async def story() -> None:
        async with connected(service.uri) as bus:
            ask_all = partial(bus.call_all, "routing", "double", number=21)
            with pytest.raises(CallTimedOut):
                await ask_all(timeout=0.2)
            for answers in ([42], [42, 42]):
                service.start()
                async with asyncio.timeout(60):
                    while await ask_all(timeout=30) != answers:  # noqa: ASYNC110  there is no event to wait for
                        await asyncio.sleep(0.02)
            with standing_still(service.processes[0].pid), pytest.raises(CallTimedOut, match="1 of 2 answers"):
                await ask_all(timeout=1)
            assert await ask_all(timeout=30) == [42, 42]

    asyncio.run(story())


def test_what_will_work_later_is_told_from_a_mistake(service: Service) -> None:
    """A service without its database answers so that the caller may ask again; a mistake is no such answer."""
    service.start()

    async def story() -> None:
        async with connected(service.uri) as bus:
            with pytest.raises(NotNow):
                await bus.call("routing", "wait", timeout=30)
            with pytest.raises(CallFailed) as failed:
                await bus.call("routing", "fail")
            assert not isinstance(failed.value, NotNow)

    asyncio.run(story())


def test_a_call_that_nobody_answers_times_out(vhost: str) -> None:
    """It ends, and it has expired in the queue: a service that starts later does not carry it out."""

    async def story() -> None:
        async with connected(vhost) as bus:
            with pytest.raises(CallTimedOut):
                await bus.call("routing", "double", timeout=0.2, number=1)
            await asyncio.sleep(0.3)

    asyncio.run(story())
    link = Link(vhost, "rpc-routing", 1)
    assert link.take(1, 0) == []
    link.close()


def test_a_lost_connection_is_made_again(vhost: str) -> None:
    """What is in flight raises, then the bus is back by itself, and its listeners with it."""
    heard: list[bytes] = []

    async def story() -> None:
        async with connected(vhost) as bus:
            await bus.listen("directory.#", heard.append)
            assert bus._link is not None
            bus._link._connection.close()
            await _until(lambda: not bus.connected)
            await _until(lambda: bus.connected)
            await bus.publish(EVENTS, "directory.changed", b"new", message_id="1")
            await _until(lambda: heard)

    asyncio.run(story())
    assert heard == [b"new"]


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(0.02)
