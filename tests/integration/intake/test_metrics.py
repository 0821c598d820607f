"""What intake tells Prometheus: its door by routes, its disk, and no word of anybody's."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.intake.harness import Served, a_setting, launched, with_directory_on_disk
from tests.ports import free_port
from tests.relay import Relay
from tests.scraping import Page, scrape


@pytest.fixture
def line(vhost: str) -> Iterator[Relay]:
    """The line to the broker; cut at first."""
    relay = Relay(vhost)
    yield relay
    relay.close()


@pytest.fixture
def intake(home: Path, line: Relay) -> Iterator[Served]:
    """In a process of its own, with a directory, and without a broker."""
    with_directory_on_disk(home)
    with launched(a_setting(home, line.uri, metrics_port=free_port())) as (served, _):
        yield served


def page_of(intake: Served) -> Page:
    assert intake.settings.metrics_port is not None
    return scrape(intake.settings.metrics_port)


def test_the_door_is_counted_by_route_and_status(intake: Served, line: Relay) -> None:
    """Taken by the broker and kept on the disk are told apart; a path, which may hold a token, is never told."""
    kept = intake.submit()
    line.open()
    intake.until_stands(broker="connected", spooled=0)
    assert (kept.status_code, intake.submit().status_code) == (202, 201)
    intake.client.get("/a/a-secret-token")
    intake.client.get(kept.json()["links"]["page"])
    intake.client.get("/nothing/secret-here")
    intake.client.request("SECRET", "/nothing")
    page = page_of(intake)

    def count(method: str, route: str, status: int) -> float | None:
        name = "loumen_http_request_seconds_count"
        return page.value(name, method=method, route=route, status=str(status))

    assert count("POST", "/api/v1/tickets", 202) == count("POST", "/api/v1/tickets", 201) == 1
    assert count("GET", "/a/{action_token}", 403) == 1
    assert count("GET", "-", 404) == 1
    assert "secret" not in page.text.lower()
    assert kept.json()["code"] not in page.text


def test_the_disk_is_told_while_the_broker_is_away(intake: Served, line: Relay) -> None:
    """How many wait and how long; a file that cannot be read is told, and no number is made up."""
    intake.submit()
    page = page_of(intake)
    assert page.value("loumen_broker_up") == 0
    assert (page.value("loumen_database_up"), page.value("loumen_directory_version")) == (1, 1)
    assert page.value("loumen_spooled_tickets") == 1
    assert page.value("loumen_oldest_spooled_seconds")

    line.open()
    intake.until_stands(broker="connected", spooled=0)
    page = page_of(intake)
    assert (page.value("loumen_broker_up"), page.value("loumen_spooled_tickets")) == (1, 0)

    with sqlite3.connect(intake.settings.home / "intake" / "spool.db") as file:
        file.execute("drop table spooled")
    page = page_of(intake)
    assert (page.value("loumen_database_up"), page.value("loumen_spooled_tickets")) == (0, None)
