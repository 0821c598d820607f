"""What the processes of one release find on the broker of an earlier one."""

import asyncio

from shared.bus.amqp_link import Link, _connect
from shared.bus.amqp_messages import Outgoing
from shared.bus.asyncio import connected
from shared.bus.topology import EVENTS, RETIRED, ROUTING_EVENTS
from tests.integration.bus.probes import collect


def bind_as_before(uri: str) -> None:
    with _connect(uri) as connection:
        for binding in RETIRED:
            connection.channel().queue_bind(binding.queue, binding.exchange, binding.key)


async def connect(uri: str) -> None:
    async with connected(uri):
        pass


def test_what_is_no_longer_bound_is_taken_away(vhost: str) -> None:
    """Either kind of process takes an earlier release's bindings off the broker, and those that stay go on."""
    Link(vhost).close()
    for join in (lambda: asyncio.run(connect(vhost)), lambda: Link(vhost).close()):
        bind_as_before(vhost)
        join()
        link = Link(vhost, ROUTING_EVENTS, 10)
        told = [Outgoing(EVENTS, key, key.encode(), key) for key in ("notification.sent", "post.unreachable")]
        link.publish(told)
        assert [each.body for each in collect(link, 1)] == [b"post.unreachable"]
        link.close()
