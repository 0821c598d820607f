"""What happens when the broker throws everybody out, as it does when it restarts."""

import asyncio
from urllib.parse import quote, urlsplit

import requests

from deploy.local.broker import USER, Node
from shared.bus.amqp_link import Link
from shared.bus.asyncio import connected
from tests.integration.bus.probes import Service, probe, until


def test_everybody_comes_back(service: Service, broker_node: Node) -> None:
    """With all its connections closed by the broker, a service takes messages, publishes and answers calls again."""
    service.start()
    asyncio.run(_call(service.uri))
    until(lambda: len(_connections(broker_node, service.uri)) >= 4)
    for name in _connections(broker_node, service.uri):
        url = f"{broker_node.management_url}/api/connections/{quote(name)}"
        requests.delete(url, auth=(USER, broker_node.password), timeout=30)
    until(lambda: "broker away" in service.log)
    link = Link(service.uri)
    link.publish([probe("after")])
    link.close()
    until(lambda: service.handled() == ["after"] and service.rows("outbox", "count(*)") == [(0,)])
    asyncio.run(_call(service.uri))
    assert service.processes[-1].poll() is None


def _connections(node: Node, uri: str) -> list[str]:
    url = f"{node.management_url}/api/vhosts/{urlsplit(uri).path[1:]}/connections"
    found = requests.get(url, auth=(USER, node.password), timeout=30).json()
    return [each["name"] for each in found]


async def _call(uri: str) -> None:
    async with connected(uri) as bus:
        assert await bus.call("routing", "double", timeout=30, number=2) == 4
