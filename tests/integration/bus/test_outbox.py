"""State and message in one transaction, on both databases."""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.schema import CreateSchema

from shared.bus.amqp_link import Link
from shared.bus.outbox import Outbox, Row, forget, outbox_table
from shared.bus.publisher import ConfirmedPublisher
from shared.bus.topology import RECORDS_EVENTS
from shared.contracts.envelope import decode
from shared.contracts.events import PostUnreachable
from shared.db import metadata, open_engine, reading
from tests.integration.bus.probes import NOW, collect, until

TABLES = metadata()
TABLE = outbox_table(TABLES)


class Held:
    """A publisher before it has come to publish anything."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def put(self, rows: Sequence[Row]) -> int:
        self.rows.extend(rows)
        return len(rows)

    def backlog(self) -> int:
        return 0


@pytest.fixture
def engine(database_url: str | None, home: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, home, "routing")
    with engine.begin() as connection:
        if database_url:
            connection.execute(CreateSchema("routing"))
        TABLES.create_all(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def published(engine: Engine, vhost: str) -> Iterator[Outbox]:
    """An outbox whose publisher runs."""
    publisher = ConfirmedPublisher(vhost, partial(forget, engine, TABLE))
    publisher.start()
    yield Outbox(engine, TABLE, "routing", publisher)
    publisher.stop()


def say(outbox: Outbox, *posts: str) -> None:
    with outbox.work() as work:
        for post in posts:
            id = uuid4()
            message = PostUnreachable(at=NOW, ticket_id=id, post=post, assignment=1)
            work.say(message, id=id, subject=id, time=NOW)


def left(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(TABLE)).scalar_one()


def posts(found: Sequence[bytes]) -> list[str]:
    messages = [decode(body)[1] for body in found]
    return [message.post for message in messages if isinstance(message, PostUnreachable)]


def test_what_is_said_is_published_in_order(published: Outbox, engine: Engine, vhost: str) -> None:
    """After the commit everything said arrives, in order, and the outbox is empty."""
    sent = [f"{number:04}" for number in range(1500)]
    say(published, *sent)
    link = Link(vhost, RECORDS_EVENTS, 5000)
    assert posts([each.body for each in collect(link, 1500)]) == sent
    link.close()
    until(lambda: left(engine) == 0)
    assert published.oldest_age() == 0


def test_nothing_is_said_when_the_work_fails(engine: Engine) -> None:
    """An exception rolls the message back with the state."""
    held = Held()
    with pytest.raises(LookupError):
        _fail(Outbox(engine, TABLE, "routing", held))
    assert (left(engine), held.rows) == (0, [])


def _fail(outbox: Outbox) -> None:
    with outbox.work() as work:
        message = PostUnreachable(at=NOW, ticket_id=uuid4(), post="x", assignment=1)
        work.say(message, id=uuid4(), subject=None, time=NOW)
        raise LookupError


def test_what_a_crash_left_behind_is_swept(published: Outbox, engine: Engine, vhost: str) -> None:
    """Rows committed by a process that died before publishing are found by age, published and deleted."""
    say(Outbox(engine, TABLE, "routing", Held()), "orphan", "twin")
    assert published.oldest_age() > 0
    assert published.sweep(3600) == 0
    assert published.sweep(0) == 2
    link = Link(vhost, RECORDS_EVENTS, 10)
    assert posts([each.body for each in collect(link, 2)]) == ["orphan", "twin"]
    link.close()
    until(lambda: left(engine) == 0)


def test_the_broker_away_keeps_the_rows(engine: Engine) -> None:
    """Work goes on without the broker; its rows wait in the table, and a sweep does not double them."""
    publisher = ConfirmedPublisher("amqp://guest:guest@127.0.0.1:1/nowhere", partial(forget, engine, TABLE))
    publisher.start()
    outbox = Outbox(engine, TABLE, "routing", publisher)
    say(outbox, "one", "two")
    assert (outbox.sweep(0), publisher.backlog(), left(engine)) == (0, 2, 2)
    publisher.stop()


def test_an_unroutable_row_stays(engine: Engine, published: Outbox) -> None:
    """What no queue takes is neither lost nor in the way of others."""
    row = {"message_id": "1", "exchange": "loumen.commands", "routing_key": "nowhere", "body": b"x"}
    with engine.begin() as connection:
        published.hand_over(published.stage(connection, [row]))
    say(published, "good")
    until(lambda: left(engine) == 1 and published.publisher.backlog() == 0)


def test_hands_meet_no_lock(published: Outbox, engine: Engine) -> None:
    """Several threads working at once all commit, and all that they said is published."""
    work: Callable[[], None] = partial(say, published, *"abcde")
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: left(engine) == 0 and published.publisher.backlog() == 0)
