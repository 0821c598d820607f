"""Real servers for the tests: a private RabbitMQ node, a private PostgreSQL cluster, a home with keys.

What is not installed is left out with a word. Everything started here is ended at the end, by pid.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import requests
from hypothesis import settings

from deploy.local.broker import USER, Node, await_answer, installed_server, node_programs, prepare_node
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.processes import Program, wait_until
from deploy.local.supervisor import running
from shared.settings import ensure_keys

settings.register_profile("loumen", deadline=None)  # a busy machine is no failure
settings.load_profile("loumen")

POSTGRES_UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}  # the data is for one run


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
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(path).parent for path in [shutil.which("initdb")] if path
    ]
    if not found:
        pytest.skip("no PostgreSQL is installed, and TEST_DATABASE_URL names none")
    with tempfile.TemporaryDirectory(prefix="loumen-postgres-", ignore_cleanup_errors=True) as folder:
        yield from _private_cluster(found[-1], Path(folder))


def _private_cluster(binaries: Path, folder: Path) -> Iterator[str]:
    """PostgreSQL refuses to run as root: then its own user runs it."""
    as_postgres: tuple[str, ...] = ()
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_postgres = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    data, port = folder / "data", free_port()
    initdb = (*as_postgres, str(binaries / "initdb"), "-D", str(data), "-U", "loumen", "-A", "trust", "-E", "UTF8")
    subprocess.run((*initdb, "--locale=C.UTF-8", "--no-sync"), cwd=folder, check=True, capture_output=True)
    url = f"postgresql://loumen@{LOOPBACK}:{port}/postgres"
    options = {"listen_addresses": LOOPBACK, "unix_socket_directories": str(folder), **POSTGRES_UNSAFE}
    argv = [*as_postgres, str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    argv += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    program = Program("postgres", tuple(argv), os.environ, folder / "log", signal.SIGINT)  # SIGINT: without waiting
    with running([program], folder / "pids"):
        assert wait_until(lambda: _accepts(url), 60), (folder / "log").read_text()
        yield url


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database, for one test."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Each of the two databases in turn, empty: None for SQLite files in ``home``, or a PostgreSQL URL."""
    return request.getfixturevalue("postgres_database") if request.param == "postgresql" else None
