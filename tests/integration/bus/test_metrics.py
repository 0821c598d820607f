"""What a service's process tells Prometheus, while its threads are green."""

import asyncio
from dataclasses import replace

import pytest

from shared.bus.amqp_link import Link
from shared.bus.asyncio import CallFailed, connected
from shared.bus.received import ATTEMPTS
from shared.bus.topology import ROUTING_COMMANDS
from tests.integration.bus.probes import Service, probe, until
from tests.ports import free_port
from tests.scraping import scrape


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """Where the service answers Prometheus."""
    port = free_port()
    monkeypatch.setenv("LOUMEN_METRICS_PORT", str(port))
    return port


async def _call_all(uri: str) -> None:
    async with connected(uri) as bus:
        await bus.call("routing", "double", timeout=30, number=2)
        for method, arguments in (("fail", {}), ("wait", {}), ("double", {"nonsense": 1}), ("no_such_method", {})):
            with pytest.raises(CallFailed):
                await bus.call("routing", method, timeout=30, **arguments)


def test_every_message_and_call_is_counted_with_its_outcome(service: Service, link: Link, port: int) -> None:
    """Handled, to be tried again, parked; answered, later, failed, refused; and what was published for it."""
    garbage = replace(probe("x"), body=b"not json")
    tired = replace(probe("poison"), headers={ATTEMPTS: 3})
    link.publish([probe("one"), probe("two"), garbage, tired, probe("flaky")])
    service.start()
    until(lambda: len(service.parked()) == 2 and "flaky" in service.handled())
    asyncio.run(_call_all(service.uri))
    until(lambda: scrape(port).value("loumen_published_total", outcome="confirmed") == 3)
    page = scrape(port)

    outcomes = {"handled": 3, "parked": 2, "retried": 1}
    named = {name: page.value("loumen_messages_total", queue=ROUTING_COMMANDS, outcome=name) for name in outcomes}
    assert named == outcomes
    assert page.value("loumen_message_seconds_count", queue=ROUTING_COMMANDS) == 3
    assert page.value("loumen_events_total", type="post.unreachable", level="") == 3
    calls = {("double", "answered"), ("fail", "failed"), ("wait", "later"), ("double", "refused"), ("-", "refused")}
    for method, outcome in calls:
        assert page.value("loumen_call_seconds_count", method=method, outcome=outcome) == 1
    assert "no_such_method" not in page.text


def test_a_page_comes_while_a_message_is_held(service: Service, link: Link, port: int) -> None:
    """Without its database a service answers scrapes, says so, and counts what it holds; then all is as it was."""
    (service.home / "away").touch()
    link.publish([probe("away")])
    service.start()
    until((service.home / "held").exists)
    until(lambda: scrape(port).value("loumen_messages_total", queue=ROUTING_COMMANDS, outcome="held"))
    page = scrape(port)
    assert page.value("loumen_database_up") == 0
    assert page.value("loumen_broker_up") == 1
    assert page.value("loumen_oldest_due_seconds") is None

    (service.home / "away").unlink()
    until(lambda: scrape(port).value("loumen_database_up") == 1)
    assert scrape(port).value("loumen_oldest_due_seconds") == 7
