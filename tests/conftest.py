"""Real servers for the tests: a private RabbitMQ node, a private PostgreSQL cluster, a home with keys.

What is not installed is left out with a word. Everything started here is ended at the end, by pid.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
import structlog
from hypothesis import settings

from deploy.local.broker import USER, Node, await_answer, installed_server, node_programs, prepare_node
from deploy.local.ports import is_free
from deploy.local.processes import wait_until
from deploy.local.supervisor import running
from shared.settings import ensure_keys
from tests.databases import fresh_database, migrate
from tests.own_postgres import UNSAFE, own_postgres
from tests.ports import free_port

settings.register_profile("loumen", deadline=None)  # a busy machine is no failure
settings.load_profile("loumen")

# A served app logs in its own thread: on sys.stdout, which pytest reads and cuts at the same time, Python 3.11 crashes.
# And without rich, which no service loads: whatever test has left it out, the next one's traceback must not ask for it.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.__stderr__),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh LOUMEN_HOME with keys."""
    folder = tmp_path / "home"
    ensure_keys(folder)
    return folder


@pytest.fixture(scope="session")
def broker_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One private RabbitMQ node for the whole run, with the management API."""
    server = installed_server()
    if server is None:
        pytest.skip("no rabbitmq-server is installed")
    folder = tmp_path_factory.mktemp("rabbitmq")
    node = prepare_node(folder)
    with running(node_programs(node, folder, server), folder / "pids"):
        await_answer(node.uri, folder / "console.log")
        assert wait_until(lambda: not is_free(node.management_port), 60)
        yield node


@pytest.fixture(scope="session")
def amqp_uri(broker_node: Node) -> str:
    """The node's own virtual host, shared by all tests that do not mind each other."""
    return broker_node.uri


@pytest.fixture
def vhost(broker_node: Node) -> Iterator[str]:
    """The AMQP URI of a fresh virtual host, for one test."""
    with _fresh_vhost(broker_node) as uri:
        yield uri


@pytest.fixture(scope="session")
def fresh_vhost(broker_node: Node) -> Callable[[], AbstractContextManager[str]]:
    """Where a test needs several: a fresh one for each block."""
    return partial(_fresh_vhost, broker_node)


@pytest.fixture(scope="module")
def own_vhost(broker_node: Node) -> Iterator[str]:
    """The AMQP URI of a fresh virtual host, for the tests of one module."""
    with _fresh_vhost(broker_node) as uri:
        yield uri


@contextmanager
def _fresh_vhost(node: Node) -> Iterator[str]:
    name = f"test-{uuid4().hex[:12]}"
    url = f"{node.management_url}/api/vhosts/{name}"
    login = (USER, node.password)
    requests.put(url, auth=login, timeout=30).raise_for_status()
    yield urlsplit(node.uri)._replace(path=f"/{name}").geturl()
    requests.delete(url, auth=login, timeout=30).raise_for_status()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server to make databases on: ``TEST_DATABASE_URL``, or a private cluster for this run."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield named
        return
    with own_postgres(**UNSAFE) as server:
        yield server.url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database, for one test."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture
def another_database(postgres_url: str) -> Iterator[str]:
    """Where a test needs two."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SQLite file of each service as the migrations leave it, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(None, folder)
    return folder


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same in PostgreSQL: the name of a database that others are made like."""
    with fresh_database(postgres_url) as url:
        migrate(url, tmp_path_factory.mktemp("unused"))
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture
def migrated_database(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database with the empty tables of every service, for one test."""
    with fresh_database(postgres_url, migrated_template) as url:
        yield url


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 store of its own process, with a bucket; it checks who signs (``key:secret``)."""
    port, buckets = free_port(), tmp_path_factory.mktemp("s3")
    (buckets / "photos").mkdir()
    command = [str(Path(sys.executable).with_name("nanio")), "serve", "--host=127.0.0.1", f"--port={port}"]
    told = {"NANIO_ACCESS_KEY": "key", "NANIO_SECRET_KEY": "secret", "NANIO_DATA_DIR": str(buckets)}
    server = subprocess.Popen(command, env=os.environ | told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert wait_until(lambda: not is_free(port), 60)
    yield f"s3://photos/loumen?endpoint=http://127.0.0.1:{port}&region=us-east-1"
    server.terminate()
    server.wait(10)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Each of the two databases in turn, empty: None for SQLite files in ``home``, or a PostgreSQL URL."""
    return request.getfixturevalue("postgres_database") if request.param == "postgresql" else None


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, home: Path) -> str | None:
    """The same with the empty tables of every service, which were migrated once for all tests."""
    if request.param == "postgresql":
        return request.getfixturevalue("migrated_database")
    shutil.copytree(request.getfixturevalue("migrated_files"), home, dirs_exist_ok=True)
    return None
