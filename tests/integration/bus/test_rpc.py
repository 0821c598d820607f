"""RPC calls as they should not be: the service outlives them, also after a restart."""

import asyncio
import signal

import amqp
import pytest

from shared.bus.amqp_link import Link
from shared.bus.amqp_messages import Outgoing
from shared.bus.asyncio import connected
from shared.bus.topology import CALLS
from tests.integration.bus.probes import Service, until

CALL = b'{"args": [], "kwargs": {"number": 1}}'


async def _double(uri: str) -> int:
    async with connected(uri) as bus:
        result: int = await bus.call("routing", "double", timeout=30, number=2)
        return result


@pytest.mark.parametrize("body", [CALL, b"not json", b"", b"[]", b'"text"', b"\xff"])
def test_a_call_that_nobody_can_be_answered_is_parked(service: Service, link: Link, body: bytes) -> None:
    """Without ``reply_to`` it is kept with the reason, and the next good call is answered."""
    link.publish([Outgoing(CALLS, "routing.double", body, "1", content_type="")])
    service.start()
    assert asyncio.run(_double(service.uri)) == 4
    until(service.parked)
    [(kept, queue, reason)] = service.parked()
    assert (kept, queue) == (repr(body), "rpc-routing")
    assert "reply_to" in reason
    service.end(signal.SIGTERM)
    service.start()
    assert asyncio.run(_double(service.uri)) == 4


@pytest.mark.parametrize("body", [b"not json", b"", b"[]", b'{"args": 1, "kwargs": 2}', b"\xff"])
def test_a_call_that_is_not_understood_is_refused(service: Service, link: Link, body: bytes) -> None:
    """The caller gets a refusal, whatever content type it claims, and the next good call is answered."""
    service.start()
    answers: list[bytes] = []
    with _connection(link) as connection:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).queue
        channel.queue_bind(queue, CALLS, queue)
        channel.basic_consume(queue, callback=lambda message: answers.append(bytes(message.body)))
        bad = amqp.Message(body, reply_to=queue, content_type="application/x-python-serialize")
        channel.basic_publish(bad, CALLS, "routing.double")
        connection.drain_events(timeout=60)
    assert b"MalformedRequest" in answers[0]
    assert asyncio.run(_double(service.uri)) == 4


def _connection(link: Link) -> amqp.Connection:
    known = link._connection
    host = f"{known.transport.host}:{known.transport.port}"
    return amqp.Connection(host, authentication=known.authentication, virtual_host=known.virtual_host)
