"""How long a page of fifty tickets takes, asked of records over the bus, with 100,000 and 1,000,000 tickets.

Two years of the demo's subdistrict in the order in which they came: nearly all closed, the open ones of the last two
weeks. The way over the bus and the reading of the answer are in the time. The bare figure is fifty rows by one plain
statement.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
from sqlalchemy import create_engine

from services.records.store import ticket_row, tickets
from shared.bus.asyncio import Bus, connected
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status
from tests.bench.figures import Figure, percentile
from tests.bench.making import Bench
from tests.bench.openings import opened
from tests.bench.systems import System

SIZES = (100_000, 1_000_000)
CALLS = 2_000
ASKERS = (1, 8)

LAST_YEAR = "2025-11-01T00:00:00+00:00~00000000-0000-4000-8000-000000000000"
FILTERS: dict[str, dict[str, Any]] = {
    "newest": {},
    "deep in the newest": {"cursor": LAST_YEAR},
    "subdistrict": {"place": "qingyuan"},
    "community": {"place": "liyuan"},
    "deep in a community": {"place": "liyuan", "cursor": LAST_YEAR},
    "unit": {"place": "liyuan-1-01-2"},
    "owner": {"owner": "liyuan-1:property_manager"},
    "status": {"status": "assigned"},
    "level": {"level": "subdistrict"},
    "overdue": {"overdue": True},
    "overdue in a community": {"place": "liyuan", "overdue": True},
    "open in a community": {"place": "liyuan", "status": "accepted"},
}
KINDS: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.94, {"status": Status.CLOSED}),
    (0.01, {"status": Status.RESOLVED}),
    (0.02, {"status": Status.ASSIGNED}),
    (0.02, {"status": Status.ACCEPTED}),
    (0.007, {"status": Status.ASSIGNED, "level": "community", "escalations": 1}),
    (0.003, {"status": Status.ASSIGNED, "level": "subdistrict", "escalations": 2, "overdue": True}),
)
"""Which part of all tickets stands how."""

COLUMNS = [column.name for column in tickets.columns]
MADE = {
    "id": "made.id",
    "code": "made.code",
    "opened_at": "made.opened_at",
    "body": "replace(replace(replace(body, shape.id::text, made.id::text), shape.code, made.code), "
    '\'"opened_at":"\' || opened, \'"opened_at":"\' || to_char(made.opened_at, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'))',
}
FILL = f"""
insert into records.tickets ({", ".join(COLUMNS)})
select {", ".join(MADE.get(name, f"shape.{name}") for name in COLUMNS)}
from (
    select gen_random_uuid() as id, upper(to_hex(number + 268435456)) as code, door, kind,
        now() - random() * case when kind = 0 then interval '2 years' else interval '14 days' end as opened_at
    from (
        select number, floor(random() * %(doors)s)::int as door, width_bucket(random(), %(bounds)s::float[]) as kind
        from generate_series(1, %(count)s) as number
    ) as drawn
    order by opened_at
) as made join shapes as shape using (door, kind)
"""


def lists(bench: Bench) -> list[Figure]:
    figures = []
    with bench.loumen() as system:
        _shape(system)
        for size in SIZES:
            _fill(system, size)
            bare = bare_page(system)
            for askers in ASKERS:
                waited = asyncio.run(_ask_all(system, askers))
                figures += _figures(f"{size:,} tickets, {askers} at a time", waited, bare)
    return figures


def _figures(name: str, waited: Mapping[str, list[float]], bare: list[float]) -> Iterator[Figure]:
    everything = [each for times in waited.values() for each in times]
    slowest = max(waited, key=lambda filter: percentile(waited[filter], 99))
    yield Figure("lists", f"{name}, p50", percentile(everything, 50), "ms", percentile(bare, 50))
    yield Figure("lists", f"{name}, p99", percentile(everything, 99), "ms", percentile(bare, 99), "< 50 ms")
    yield Figure("lists", f"{name}, p99 of the slowest ({slowest})", percentile(waited[slowest], 99), "ms")


def _shape(system: System) -> None:
    """A table of one ticket of each kind at each door."""
    shapes = [(door, kind, ticket) for door, case in enumerate(opened(system)) for kind, ticket in _kinds(case.ticket)]
    with psycopg.connect(system.database_url) as connection:
        connection.execute(
            "create table shapes as select 0 as door, 0 as kind, ''::text as opened, * from records.tickets"
        )
        names = ", ".join(["door", "kind", "opened", *COLUMNS])
        with connection.cursor().copy(f"copy shapes ({names}) from stdin") as copy:
            for door, kind, ticket in shapes:
                written = ticket.model_dump(mode="json")["opened_at"]
                copy.write_row((door, kind, written, *ticket_row(ticket).values()))


def _kinds(ticket: Ticket) -> Iterator[tuple[int, Ticket]]:
    for kind, (_, changes) in enumerate(KINDS):
        yield kind, ticket.model_copy(update=changes)


def _fill(system: System, count: int) -> None:
    """So many instead of those that are there; the indexes are made when all are in."""
    bounds = [sum(share for share, _ in KINDS[:until]) for until in range(1, len(KINDS))]
    engine = create_engine(system.database_url.replace("postgresql://", "postgresql+psycopg://"))
    drawn = {"doors": len(system.doors), "bounds": bounds, "count": count}
    with engine.connect().execution_options(schema_translate_map={None: "records"}) as connection:
        for index in tickets.indexes:
            index.drop(connection)
        connection.exec_driver_sql("truncate records.tickets")
        connection.exec_driver_sql(FILL, drawn)
        for index in tickets.indexes:
            index.create(connection)
        connection.commit()
    engine.dispose()
    with psycopg.connect(system.database_url, autocommit=True) as plain:
        plain.execute("vacuum analyze records.tickets")


def bare_page(system: System) -> list[float]:
    with psycopg.connect(system.database_url, autocommit=True) as connection:
        newest = "select body from records.tickets order by opened_at desc, id desc limit 50"
        return [_milliseconds(lambda: connection.execute(newest).fetchall()) for _ in range(CALLS // 4)]


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


async def _ask_all(system: System, askers: int) -> Mapping[str, list[float]]:
    """Milliseconds of each answer, by filter; so many asked at a time."""
    waited: dict[str, list[float]] = defaultdict(list)
    names = list(FILTERS) * (CALLS // len(FILTERS) + 1)
    random.Random(7).shuffle(names)
    async with connected(system.amqp_uri) as bus:
        for wanted in FILTERS.values():
            await bus.call("records", "tickets", timeout=30, **wanted)
        await asyncio.gather(*(_ask(bus, names, waited) for _ in range(askers)))
    return waited


async def _ask(bus: Bus, names: list[str], waited: Mapping[str, list[float]]) -> None:
    while names:
        name = names.pop()
        began = time.perf_counter()
        page = await bus.call("records", "tickets", timeout=30, **FILTERS[name])
        waited[name].append((time.perf_counter() - began) * 1000)
        assert page["items"], name
