"""A process that stands still in a transaction, and one whose server is gone: nobody waits for them for ever."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from shared import db
from shared.errors import is_transient
from tests.system import eventually

MUCH = "select id, repeat('x', 1000000) from held, generate_series(1, 200) for update of held"
"""More than all buffers on the way hold."""


@pytest.fixture
def new_engine(postgres_database: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Engine]]:
    """Another process on a table with one row; for two seconds it may stand still."""
    monkeypatch.setattr(db, "STANDSTILL_SECONDS", 2)
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


def after_a_statement(connection: Connection) -> None:
    lock_row(connection)


def after_many_at_once(connection: Connection) -> None:
    lock_row(connection)
    connection.execute(text("insert into held values (:id)"), [{"id": 2}, {"id": 3}])


def in_the_midst_of_many(connection: Connection) -> None:
    server = connection.connection.driver_connection.pgconn
    lock_row(connection)
    server.enter_pipeline_mode()
    server.send_query_params(b"select 1", None)
    while server.flush():
        pass


def before_the_answer_is_taken(connection: Connection) -> None:
    lock_row(connection)
    connection.connection.driver_connection.pgconn.send_query(MUCH.encode())


@pytest.mark.parametrize(
    "stop", [after_a_statement, after_many_at_once, in_the_midst_of_many, before_the_answer_is_taken]
)
def test_a_row_held_by_who_stands_still_is_let_go(
    new_engine: Callable[[], Engine], stop: Callable[[Connection], None]
) -> None:
    """Wherever in its transaction it stopped: another ends that and gets the row. The one that stood still knows it for
    an outage, and goes on."""
    engine, other = new_engine(), new_engine()
    with pytest.raises(DBAPIError) as lost, db.transaction(engine) as connection:
        stop(connection)
        assert db.end_standstill(other) == 0
        assert eventually(lambda: db.end_standstill(other)) == 1
        with db.transaction(other) as connection_of_other:
            lock_row(connection_of_other)
        connection.execute(text("update held set id = 2"))
    assert is_transient(lost.value)
    with db.transaction(engine) as connection:
        assert lock_row(connection) == 1


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
