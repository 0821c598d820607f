# ruff: noqa: E402  eventlet patches before anything else is imported
"""A small service for the tests of the bus, in a process of its own: eventlet patches it. ``service.py URI HOME``.

What it does with a message is in the message's ``post``.
"""

from shared.bus.green import patch

patch()

import sys
import time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid5

from sqlalchemy import Column, Engine, Integer, String, Table

from shared.bus.outbox import Outbox, outbox_table
from shared.bus.received import Parked, Received
from shared.bus.rpc import rpc
from shared.bus.runner import OutboxProvider, every, run
from shared.bus.scraped import scraped
from shared.bus.subscriber import subscribe, subscribe_parking
from shared.bus.topology import ROUTING_COMMANDS
from shared.contracts.envelope import Unacceptable
from shared.contracts.events import PostUnreachable
from shared.contracts.queries import Backlog
from shared.db import metadata, open_engine, reading, transaction, upsert
from shared.errors import Transient
from shared.logs import setup
from shared.settings import WorkerSettings

URI, HOME = sys.argv[1], Path(sys.argv[2])
TABLES = metadata()
OUTBOX = outbox_table(TABLES)
HANDLED = Table("handled", TABLES, Column("id", String, primary_key=True), Column("post", String))
PARKED = Table(
    "parked",
    TABLES,
    Column("number", Integer, primary_key=True),
    *(Column(name, String) for name in ("body", "queue", "reason")),
)


@cache
def engine() -> Engine:
    engine = open_engine(None, HOME, "routing")
    TABLES.create_all(engine)
    return engine


def obey(post: str) -> None:
    """The sender's wish."""
    if post == "poison":
        raise ValueError("poisonous")
    if post == "hopeless":
        raise Unacceptable("beyond hope")
    if post == "flaky" and not (HOME / "flaky").exists():
        (HOME / "flaky").touch()
        raise ValueError("only the first time")
    if post == "away" and (HOME / "away").exists():
        (HOME / "held").touch()
        raise Transient("the database is away")
    if post == "slow":
        (HOME / "slow").touch()
        while (HOME / "slow").exists():
            time.sleep(0.05)


class Routing:
    name = "routing"

    outbox: Outbox = OutboxProvider(OUTBOX, engine)

    @subscribe(ROUTING_COMMANDS, PostUnreachable, batch=10)
    def handle(self, taken: list[Received]) -> None:
        with self.outbox.work() as work:
            for each in taken:
                assert isinstance(each.message, PostUnreachable)
                obey(each.message.post)
                statement = upsert(HANDLED, work.connection).on_conflict_do_nothing()
                row = {"id": str(each.envelope.id), "post": each.message.post}
                if work.connection.execute(statement.values(row)).rowcount:
                    id = uuid5(each.envelope.id, "answer")
                    work.say(each.message, id=id, subject=each.message.ticket_id, time=each.envelope.time)

    @subscribe_parking()
    def keep(self, taken: list[Parked]) -> None:
        with transaction(engine()) as connection:
            rows = [{"body": repr(each.body), "queue": each.queue, "reason": each.reason} for each in taken]
            connection.execute(PARKED.insert(), rows)

    @scraped("oldest_due_seconds")
    def standing(self) -> Backlog:
        obey("away")
        return Backlog(oldest_due_seconds=7)

    @rpc
    def double(self, number: int) -> int:
        return number * 2

    @rpc
    def fail(self) -> None:
        raise LookupError("no such thing")

    @rpc
    def wait(self) -> None:
        with reading(open_engine("postgresql://nobody@127.0.0.1:1/none", HOME, "routing")):
            raise AssertionError("nobody listens there")

    @rpc
    def unspeakable(self) -> Any:
        return object()

    @every(0.5)
    def tick(self) -> None:
        with (HOME / "ticks").open("a") as file:
            file.write(".")
        raise RuntimeError("a timer must outlive this")


if __name__ == "__main__":
    setup("routing")
    run(Routing, WorkerSettings(amqp_uri=URI, home=HOME))
