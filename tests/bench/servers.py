"""The servers of one run: a private PostgreSQL that keeps its promises (fsync) and a private RabbitMQ, on loopback."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import requests

from deploy.local.broker import USER, Node, await_answer, installed_server, node_programs, prepare_node
from deploy.local.ports import LOOPBACK, is_free
from deploy.local.processes import Program, wait_until
from deploy.local.supervisor import running
from tests.ports import free_port


@dataclass(frozen=True)
class Servers:
    node: Node
    postgres_url: str
    pids: Path

    @contextmanager
    def rooms(self) -> Iterator[tuple[str, str]]:
        """A fresh virtual host and a fresh database, by their URLs."""
        name = f"bench_{uuid4().hex[:8]}"
        url, login = f"{self.node.management_url}/api/vhosts/{name}", (USER, self.node.password)
        requests.put(url, auth=login, timeout=30).raise_for_status()
        with psycopg.connect(self.postgres_url, autocommit=True) as connection:
            connection.execute(f"create database {name}".encode())
        try:
            yield urlsplit(self.node.uri)._replace(path=f"/{name}").geturl(), self._at(name)
        finally:
            requests.delete(url, auth=login, timeout=60).raise_for_status()
            with psycopg.connect(self.postgres_url, autocommit=True) as connection:
                connection.execute(f"drop database {name} with (force)".encode())

    def _at(self, database: str) -> str:
        return urlsplit(self.postgres_url)._replace(path=f"/{database}").geturl()


@contextmanager
def servers_running(folder: Path) -> Iterator[Servers]:
    """Both run until the block ends."""
    server, pids = installed_server(), folder / "pids"
    assert server, "no rabbitmq-server is installed"
    node = prepare_node(folder / "rabbitmq")
    with tempfile.TemporaryDirectory(prefix="loumen-bench-", ignore_cleanup_errors=True) as data:
        url, postgres = _postgres(Path(data))
        with running((*node_programs(node, folder / "rabbitmq", server), postgres), pids):
            await_answer(node.uri, folder / "rabbitmq" / "console.log")
            assert wait_until(lambda: not is_free(node.management_port) and _accepts(url), 60)
            yield Servers(node, url, pids)


def _postgres(folder: Path) -> tuple[str, Program]:
    """PostgreSQL refuses to run as root: then its own user runs it. Nothing is set but where it listens."""
    as_postgres: tuple[str, ...] = ()
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_postgres = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = (*as_postgres, str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "loumen", "-A", "trust")
    subprocess.run((*initdb, "-E", "UTF8", "--locale=C.UTF-8"), cwd=folder, check=True, capture_output=True)
    port = free_port()
    argv = (*as_postgres, str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder))
    url = f"postgresql://loumen@{LOOPBACK}:{port}/postgres"
    return url, Program("postgres", argv, os.environ, folder / "log")


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
