"""A PostgreSQL server of a test's own."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from deploy.local.ports import LOOPBACK
from deploy.local.processes import Program, wait_until
from tests.own_server import OwnServer
from tests.ports import free_port

UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""For data that no crash must survive."""


@dataclass(kw_only=True)
class Postgres(OwnServer):
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://loumen@{LOOPBACK}:{self.port}/postgres"

    def await_answer(self) -> None:
        assert wait_until(self._accepts, 60), (self.folder / "log").read_text()

    def _accepts(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def own_postgres(**options: str) -> Iterator[Postgres]:
    """Running, at first, with these settings. It refuses to run as root: then its own user runs it."""
    binaries = _installed()
    with tempfile.TemporaryDirectory(prefix="loumen-postgres-", ignore_cleanup_errors=True) as place:
        folder, as_postgres, port = Path(place), _as_postgres(Path(place)), free_port()
        data = folder / "data"
        initdb = (*as_postgres, str(binaries / "initdb"), "-D", str(data), "-U", "loumen", "-A", "trust", "-E", "UTF8")
        subprocess.run((*initdb, "--locale=C.UTF-8", "--no-sync"), cwd=folder, check=True, capture_output=True)
        argv = [*as_postgres, str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
        settings = {"listen_addresses": LOOPBACK, "unix_socket_directories": str(folder), **options}
        argv += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        program = Program("postgres", tuple(argv), os.environ, folder / "log", signal.SIGINT)  # SIGINT: without waiting
        server = Postgres(folder=folder, programs=(program,), port=port)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _installed() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(path).parent for path in [shutil.which("initdb")] if path
    ]
    if not found:
        pytest.skip("no PostgreSQL is installed, and TEST_DATABASE_URL names none")
    return found[-1]


def _as_postgres(folder: Path) -> tuple[str, ...]:
    if os.getuid() != 0:
        return ()
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
