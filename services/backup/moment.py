"""All databases as they stand at one moment, with nothing on its way from one to the record.

A service speaks by its outbox alone. So for a moment routing's and notify's are locked: nobody says anything, what was
said before arrives in the ledger, and then all are seen at once. The services wait meanwhile, and lose nothing.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection, Engine, func, select, text

from services.records.store import ledger
from shared.db import reading

SPEAKERS = ("routing", "notify")
LOCK_TIMEOUT = "10s"
LONGEST_SILENCE = 4.0
POLL_SECONDS = 0.05

Picture = Mapping[str, Connection]
"""A connection to each service's database, which sees it as it stood at the moment."""


@contextmanager
def picture(engines: Mapping[str, Engine], quiet_seconds: float) -> Iterator[Picture]:
    """All databases as they stand once the ledger has had nothing to take in for ``quiet_seconds``."""
    with ExitStack() as stack:
        with ExitStack() as silence:
            for service in SPEAKERS:
                silence.enter_context(_silent(engines[service]))
            _await_quiet(engines["records"], quiet_seconds)
            seen = _at_once(engines, stack)
        yield seen


@contextmanager
def _silent(engine: Engine) -> Iterator[None]:
    """No transaction of the service that says something is committed, and nothing leaves the outbox."""
    with engine.connect() as connection, connection.begin() as begun:  # SQLite: the write lock of the file
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
            connection.execute(text("lock table outbox in share mode"))
        yield
        begun.rollback()


def _await_quiet(engine: Engine, quiet_seconds: float) -> None:
    end = time.monotonic() + LONGEST_SILENCE
    last: int | None = None
    since = time.monotonic()
    while time.monotonic() < min(since + quiet_seconds, end):
        with reading(engine) as connection:
            newest = connection.scalar(select(func.max(ledger.c.seq)))
        if newest != last:
            last, since = newest, time.monotonic()
        time.sleep(POLL_SECONDS)


def _at_once(engines: Mapping[str, Engine], stack: ExitStack) -> Picture:
    seen = {service: stack.enter_context(reading(engine)) for service, engine in engines.items()}
    snapshot: str | None = None
    for connection in seen.values():
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
            if snapshot:
                connection.execute(text(f"set transaction snapshot '{snapshot}'"))  # a statement without parameters
            else:
                snapshot = connection.scalar(text("select pg_export_snapshot()"))
            be_patient_with(connection)
        else:
            connection.execute(text("select count(*) from sqlite_master"))  # from the first read on it stands still
    return seen


def be_patient_with(connection: Connection) -> None:
    """A transaction that may stand still while other databases are copied: nobody takes it for one that a service has
    left behind (``shared.db.end_standstill``), nor does a server with a limit of its own."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("set local application_name = 'loumen backup'"))
        connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
