"""A process that stands still in a transaction, and one whose server is gone: nobody waits for them for ever."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from shared import db
from shared.bus.received import is_transient

MUCH = "select id, repeat('x', 1000000) from held, generate_series(1, 200) for update of held"
"""More than all buffers on the way hold."""


@pytest.fixture
def new_engine(postgres_database: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Engine]]:
    """Another process on a table with one row; for a second it may stand still."""
    monkeypatch.setattr(db, "STANDSTILL", 1000)
    engines: list[Engine] = []

    def make() -> Engine:
        engines.append(db.open_engine(postgres_database, home, "public"))
        return engines[-1]

    with db.transaction(make()) as connection:
        connection.execute(text("create table held as select 1 as id"))
    yield make
    for engine in engines:
        engine.dispose()


def lock_row(connection: Connection) -> int:
    return int(connection.execute(text("select id from held for update")).scalar_one())


def test_a_row_held_by_who_stands_still_is_let_go(new_engine: Callable[[], Engine]) -> None:
    """Another gets the row; the one that stood still loses its transaction, knows it for an outage, and goes on."""
    engine = new_engine()
    with pytest.raises(DBAPIError) as lost, db.transaction(engine) as connection:
        lock_row(connection)
        with db.transaction(new_engine()) as other:
            lock_row(other)
        connection.execute(text("update held set id = 2"))
    assert is_transient(lost.value)
    with db.transaction(engine) as connection:
        assert lock_row(connection) == 1


def test_an_answer_that_nobody_takes_holds_nothing(new_engine: Callable[[], Engine]) -> None:
    """A session that is not rid of its answer, because the process stands still, ends as well."""
    still = new_engine().raw_connection()
    still.driver_connection.execute("begin")
    still.driver_connection.pgconn.send_query(MUCH.encode())
    with db.transaction(new_engine()) as other:
        lock_row(other)
    still.invalidate()


def test_a_server_that_is_gone_without_a_word_is_noticed(new_engine: Callable[[], Engine]) -> None:
    """What is sent, and what is awaited, has a limit where the other machine does not answer at all."""
    with new_engine().connect() as connection:
        held = connection.connection.driver_connection
        with socket.socket(fileno=os.dup(held.fileno())) as line:
            asked = [
                line.getsockopt(socket.IPPROTO_TCP, option) for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL)
            ]
            assert asked == [10, 5]
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) > 0
