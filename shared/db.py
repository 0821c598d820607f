"""Databases: PostgreSQL with a schema for each service, or a SQLite file for each service in ``home``."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
POOL_SIZE = 10

STANDSTILL_SECONDS = 20
"""For so long a process which stands still, or whose machine is gone, may keep what it has locked. Our own transactions
pause for moments; the longest, for a directory of 100,000 doors, for 8 seconds."""
SILENCE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": STANDSTILL_SECONDS * 1000,
}
"""So soon a server's machine is found to be gone, which does not say so."""
END_STANDSTILL = """
select count(pg_terminate_backend(pid)) from pg_stat_activity
where datname = current_database() and application_name = current_setting('application_name')
  and xact_start is not null and wait_event_type = 'Client'
  and state_change < clock_timestamp() - make_interval(secs => :seconds)
"""

LZ4 = """select set_config(name, 'lz4', false) from pg_settings
where name = 'default_toast_compression' and 'lz4' = any(enumvals)"""

_sqlite_write = threading.Semaphore(1)
"""SQLite has one writer; under eventlet a greenlet that yields inside a transaction would freeze the others."""


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database gives: SQLite does so for its ``INTEGER`` alone."""


def metadata() -> MetaData:
    return MetaData(naming_convention=NAMING)


class Moment(TypeDecorator[datetime]):
    """An aware moment; SQLite keeps it as UTC text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def open_engine(database_url: str | None, home: Path, service: str) -> Engine:
    """The engine of one service. Connects to nothing yet. Its errors hide what was to be written: people's words."""
    if database_url is None:
        home.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            f"sqlite:///{home / f'{service}.db'}", connect_args={"timeout": 30}, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")
    url = database_url.replace("postgresql://", "postgresql+psycopg://").replace("postgres://", "postgresql+psycopg://")
    engine = create_engine(
        url,
        connect_args={
            "options": f"-c search_path={service}",
            "application_name": f"loumen {service}",
            "connect_timeout": 5,
            **SILENCE,
        },
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prefer_lz4)
    return engine


def _prefer_lz4(connection: Any, _record: Any) -> None:
    """Rows of 2 KB and more are compressed, and this does it in a fifth of the time, where the server has it."""
    connection.execute(LZ4)
    connection.commit()


def end_standstill(engine: Engine) -> int:
    """End the sessions of this service that stand still within a transaction; how many. Whoever does go on finds its
    transaction lost, and the work may be another's by now.

    The server's own limit (``idle_in_transaction_session_timeout``) would not do: it does not run after psycopg's
    ``executemany``, nor while the server waits for the rest of one.
    """
    if engine.dialect.name == "sqlite":
        return 0
    with reading(engine) as connection:
        return int(connection.execute(text(END_STANDSTILL), {"seconds": STANDSTILL_SECONDS}).scalar_one())


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN is ours
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back by an exception."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with _sqlite_write, engine.begin() as connection:
        yield connection


def lock_table(connection: Connection, table: Table) -> None:
    """Nobody else writes to the table until this transaction ends; everybody may read. On SQLite that is so anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read from: one snapshot, which waits for no writer in SQLite."""
    with engine.connect() as connection:
        yield connection.execution_options(reading=True)


def upsert(table: Table, connection: Connection) -> Any:
    """``insert`` of the dialect at hand, which knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
