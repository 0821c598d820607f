"""The bare chain behind the bare POST, in nameko as the product is: ``python -m tests.bench.floors.chain ROLE``.

open: case and outbox rows in one transaction, published, deleted. record: ledger and a versioned upsert. tell: a
delivery row, a webhook on ``LOUMEN_PORT`` + 1, an update. All in batches, nothing else. prepare: tables and queues.
"""

import os

import eventlet

eventlet.monkey_patch()
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"

import sys
from datetime import UTC, datetime
from http.client import HTTPConnection
from uuid import UUID, uuid4

import psycopg
from nameko.runners import ServiceRunner
from pydantic import BaseModel

from tests.bench.floors.batches import batches
from tests.bench.floors.link import RECORD, SUBMITTED, TELL, Link
from tests.bench.floors.post import Ticket

TABLES = """
create table cases (id uuid primary key, due_at timestamptz not null, body text not null);
create table outbox (id bigserial primary key, body text not null);
create table ledger (id uuid primary key, ticket_id uuid not null, body text not null, received_at timestamptz);
create table tickets (id uuid primary key, version int not null, body text not null);
create table deliveries (id uuid primary key, ticket_id uuid not null, sent_at timestamptz);
"""
OPEN = "insert into cases select * from unnest(%s::uuid[], %s::timestamptz[], %s::text[]) on conflict do nothing"
SAY = "insert into outbox (body) select * from unnest(%s::text[]) returning id"
SAID = "delete from outbox where id = any(%s)"
ADD = """insert into ledger select * from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[])
on conflict do nothing"""
PUT = """insert into tickets select * from unnest(%s::uuid[], %s::int[], %s::text[]) on conflict (id) do update
set version = excluded.version, body = excluded.body where excluded.version > tickets.version"""
PLAN = "insert into deliveries select * from unnest(%s::uuid[], %s::uuid[]) on conflict do nothing"
TOLD = "update deliveries set sent_at = now() where id = any(%s)"


class Opened(BaseModel):
    id: UUID
    ticket: Ticket
    version: int
    due_at: datetime


def database() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


class Open:
    name = "open"

    @batches(SUBMITTED)
    def open(self, bodies: list[str]) -> None:
        tickets = [Ticket.model_validate_json(body) for body in bodies]
        now = datetime.now(UTC)
        events = [Opened(id=uuid4(), ticket=ticket, version=1, due_at=now).model_dump_json() for ticket in tickets]
        with HERE.transaction():
            HERE.execute(OPEN, ([ticket.id for ticket in tickets], [now] * len(tickets), events))
            ids = [id for (id,) in HERE.execute(SAY, (events,))]
        LINK.publish(events)
        HERE.execute(SAID, (ids,))


class Record:
    name = "record"

    @batches(RECORD)
    def record(self, bodies: list[str]) -> None:
        events = [Opened.model_validate_json(body) for body in bodies]
        ids, tickets = [event.id for event in events], [event.ticket.id for event in events]
        now = [datetime.now(UTC)] * len(events)
        with HERE.transaction():
            HERE.execute(ADD, (ids, tickets, bodies, now))
            HERE.execute(PUT, (tickets, [event.version for event in events], bodies))


class Tell:
    name = "tell"
    pool = eventlet.GreenPool(32)
    idle: list[HTTPConnection] = []

    @batches(TELL)
    def tell(self, bodies: list[str]) -> None:
        events = [Opened.model_validate_json(body) for body in bodies]
        ids = [event.id for event in events]
        HERE.execute(PLAN, (ids, [event.ticket.id for event in events]))
        list(self.pool.imap(self.post, events))
        HERE.execute(TOLD, (ids,))

    def post(self, event: Opened) -> None:
        connection = self.idle.pop() if self.idle else HTTPConnection("127.0.0.1", int(os.environ["LOUMEN_PORT"]) + 1)
        body = f'{{"subject": "{event.ticket.id}", {event.model_dump_json()[1:]}'
        connection.request("POST", "/", body.encode())
        connection.getresponse().read()
        self.idle.append(connection)


if __name__ == "__main__":
    HERE, LINK = database(), Link()
    if sys.argv[1] == "prepare":
        HERE.execute(TABLES)
        LINK.declare()
    else:
        runner = ServiceRunner({"AMQP_URI": os.environ["AMQP_URI"], "max_workers": 400})
        runner.add_service({"open": Open, "record": Record, "tell": Tell}[sys.argv[1]])
        runner.start()
        runner.wait()
