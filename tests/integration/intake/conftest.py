"""One virtual host, one stand-in and one intake for all tests of this folder; each begins with empty queues."""

from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests

from deploy.local.broker import USER, Node
from shared.settings import ensure_keys
from tests.integration.intake.harness import Served, a_setting, serving, waiting, with_directory
from tests.integration.intake.standin import StandIn


@pytest.fixture(scope="package")
def uri(broker_node: Node) -> Iterator[str]:
    name = f"intake-{uuid4().hex[:12]}"
    url = f"{broker_node.management_url}/api/vhosts/{name}"
    login = (USER, broker_node.password)
    requests.put(url, auth=login, timeout=30).raise_for_status()
    yield urlsplit(broker_node.uri)._replace(path=f"/{name}").geturl()
    requests.delete(url, auth=login, timeout=30).raise_for_status()


@pytest.fixture(scope="package")
def _standin(uri: str) -> Iterator[StandIn]:
    with StandIn(uri) as standin:
        yield standin


@pytest.fixture(scope="package")
def _served(uri: str, _standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("intake")
    ensure_keys(home)
    with_directory(_standin)
    with serving(a_setting(home, uri, call_timeout_seconds=1)) as served:
        served.until("/readyz", 200)
        yield served


@pytest.fixture
def standin(_standin: StandIn) -> StandIn:
    """Routing and records: they know the directory, and nothing else unless the test says so."""
    _standin.answers.clear()
    _standin.calls.clear()
    with_directory(_standin)
    return _standin


@pytest.fixture
def intake(_served: Served, standin: StandIn, uri: str) -> Served:
    """Ready, with empty queues."""
    waiting(uri)
    return _served
