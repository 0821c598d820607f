"""Which errors of a real database time will mend, and what an error gives away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.db import open_engine
from shared.errors import Transient, is_transient

SPOKEN = "a resident's words"

POISON = {
    "sqlite": ("select no_such_column", "select * from no_such_table", "select"),
    "postgresql": (
        "select repeat('x', 2000000000)",  # an OperationalError, as "the server is away" is
        "select no_such_column",
        "select 1 / 0",
        "select '\\u0000'::jsonb",
    ),
}


@pytest.fixture
def engine(database_url: str | None, home: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, home, "public")
    yield engine
    engine.dispose()


def failure(engine: Engine, *statements: str) -> DBAPIError:
    """What the last of these statements raises."""
    with pytest.raises(DBAPIError) as failed, engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    return failed.value


def test_what_comes_of_the_message_is_not_waited_for(engine: Engine) -> None:
    """A statement that can never succeed is no outage, whatever class the driver gives its error."""
    found = [failure(engine, statement) for statement in POISON[engine.dialect.name]]
    assert isinstance(found[0], OperationalError)
    assert [error for error in found if is_transient(error)] == []


def test_a_lock_is_waited_for(engine: Engine) -> None:
    """What another transaction stands in the way of will work when that is over."""
    with engine.begin() as connection:
        connection.execute(text("create table here (id integer)"))
    impatient, writing = "pragma busy_timeout=1", "insert into here values (1)"
    if engine.dialect.name == "postgresql":
        impatient, writing = "set lock_timeout = '1ms'", "lock table here"
    with engine.connect() as other, engine.begin() as connection:
        other.execution_options(reading=True).execute(text(impatient))
        connection.execute(text(writing))
        with pytest.raises(DBAPIError) as failed:
            other.execute(text(writing))
    assert is_transient(failed.value)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_lost_connection_is_waited_for(engine: Engine) -> None:
    """A session that the server ended, a statement that an operator cancelled, a standby: the same works later."""
    ended = failure(engine, "select pg_terminate_backend(pg_backend_pid())")
    cancelled = failure(engine, "set statement_timeout = 1", "select pg_sleep(10)")
    standby = failure(engine, "set default_transaction_read_only = on", "commit", "create table here (id integer)")
    assert is_transient(ended)
    assert is_transient(cancelled)
    assert is_transient(standby)


def test_a_database_that_is_away_is_waited_for(home: Path) -> None:
    """Nobody listens, or the file cannot be opened."""
    away = open_engine("postgresql://nobody@127.0.0.1:1/none", home, "public")
    (home / "public.db").mkdir()
    assert is_transient(failure(away, "select 1"))
    assert is_transient(failure(open_engine(None, home, "public"), "select 1"))


@pytest.mark.parametrize(("error", "wanted"), [(Transient(), True), (PoolTimeout(), True), (ValueError(), False)])
def test_other_errors(error: Exception, wanted: bool) -> None:
    """What says so itself, and a pool without a free connection, will work later; a mistake of ours will not."""
    assert is_transient(error) is wanted


def test_an_error_gives_no_words_away(engine: Engine) -> None:
    """What was to be written, a resident's text for one, stands in no error, and so in no log."""
    with pytest.raises(DBAPIError) as failed, engine.connect() as connection:
        connection.execute(text("insert into nowhere values (:words)"), {"words": SPOKEN})
    assert "nowhere" in repr(failed.value) + str(failed.value)
    assert SPOKEN not in repr(failed.value) + str(failed.value)
