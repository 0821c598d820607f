"""The bare sweep: so many cases due at once, in bites of 500; each one update, one outbox insert, published, deleted.

A body is as long as a ticket with its policy (2.2 KB), and half of it compresses; the update writes it anew, as a
climb does.

``python -m tests.bench.floors.sweep COUNT``; prints the seconds from the first bite to the last message.
"""

import os
import sys
import time

import psycopg

from tests.bench.floors.link import Link

FILL = """
create table swept (id uuid primary key, due_at timestamptz, level int not null, body text not null);
create table said (id bigserial primary key, body text not null);
insert into swept
select gen_random_uuid(), now(), 0, '{"level": 0, "words": "' || repeat('words ', 200) || noise || '"}'
from generate_series(1, %s) as number,
lateral (select string_agg(md5(number || '/' || part), '') as noise from generate_series(1, 30) as part) as noises;
create index on swept (due_at) where due_at is not null;
"""
BITE = """with due as (select id from swept where due_at <= now() order by due_at limit 500 for update skip locked)
update swept set due_at = null, level = level + 1, body = '{"level": ' || level + 1 || substr(body, 12)
from due where swept.id = due.id returning swept.body"""
SAY = "insert into said (body) select * from unnest(%s::text[]) returning id"
SAID = "delete from said where id = any(%s)"


def sweep(link: Link, database: psycopg.Connection) -> None:
    while True:
        with database.transaction():
            bodies = [body for (body,) in database.execute(BITE)]
            ids = [id for (id,) in database.execute(SAY, (bodies,))]
        if not bodies:
            return
        link.publish(bodies)
        database.execute(SAID, (ids,))


if __name__ == "__main__":
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        psycopg.ClientCursor(database).execute(FILL, [int(sys.argv[1])])
        database.execute("vacuum analyze swept")
        link = Link()
        link.declare()
        began = time.monotonic()
        sweep(link, database)
        print(time.monotonic() - began)
