"""How long the first page of an inbox takes, and its badges, asked of records over the bus, with 100,000 and 1,000,000
tickets.

Two years of the demo's subdistrict in the order in which they came: nearly all closed, the open ones of the last two
weeks, a twentieth of them late. Texts are drawn, some words common and some rare. The way over the bus and the reading
of the answer are in the time. The bare figure is fifty rows by one plain statement.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import create_engine

from services.intake.scope import holdings
from services.records.searching import words
from services.records.store import texts, ticket_row, tickets
from shared.bus.asyncio import Bus, connected
from shared.contracts.directory import Directory
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status
from shared.cursor import write_cursor
from shared.directory import Town
from tests.bench.figures import Figure, percentile
from tests.bench.making import Bench
from tests.bench.openings import opened
from tests.bench.parts.words import WORDS
from tests.bench.systems import System

Posts = Mapping[str, list[dict[str, Any]]]

SIZES = (100_000, 1_000_000)
CALLS = 2_000
ASKERS = (1, 8)

MANAGER, OFFICER, TOP = "liyuan-1:property_manager", "liyuan:community_officer", "qingyuan:subdistrict_officer"
LATER = write_cursor(datetime.now(UTC) + timedelta(days=3), UUID(int=0))
LAST_YEAR = write_cursor(datetime.now(UTC) - timedelta(days=365), UUID(int=0))
FILTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "all of a subdistrict": (TOP, {}),
    "all of a community": (OFFICER, {}),
    "deep in a community": (OFFICER, {"cursor": LATER}),
    "mine": (MANAGER, {"mine": True}),
    "my level in a compound": (MANAGER, {"my_level": True}),
    "my level in a subdistrict": (TOP, {"my_level": True}),
    "overdue": (TOP, {"due": "overdue"}),
    "overdue in a community": (OFFICER, {"due": "overdue"}),
    "due soon": (OFFICER, {"due": "soon"}),
    "a compound of a subdistrict": (TOP, {"place": "liyuan-1"}),
    "a unit of a subdistrict": (TOP, {"place": "liyuan-1-01-2"}),
    "category": (TOP, {"categories": ["lighting"]}),
    "status": (OFFICER, {"status": "accepted"}),
    "closed": (TOP, {"status": "closed"}),
    "closed in a unit": (TOP, {"status": "closed", "place": "liyuan-1-01-2"}),
    "closed, mine, deep": (MANAGER, {"status": "closed", "mine": True, "cursor": LAST_YEAR}),
    "a common word": (TOP, {"text": "漏水"}),
    "a word in a community": (OFFICER, {"text": "井盖"}),
    "a rare word": (TOP, {"text": "1234弄"}),
    "a rare word among the closed": (TOP, {"text": "1234弄", "status": "closed"}),
    "two words": (OFFICER, {"text": "漏水 门禁"}),
}
BADGES = "badges"
MAY_BE_EMPTY = frozenset({"a rare word"})
WORDINGS = 20_000
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
    "due_at": "case when shape.due_at < '9999-01-01' then now() + (random() - 0.05) * interval '7 days' "
    "else shape.due_at end",
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


TEXTS = """
insert into records.texts select id, words from (
    select id, floor(random() * %(wordings)s)::int as number from records.tickets
) as drawn join wordings using (number)
"""


def lists(bench: Bench) -> list[Figure]:
    figures = []
    with bench.loumen() as system:
        posts = _shape(system)
        for size in SIZES:
            _fill(system, size)
            bare = bare_page(system)
            for askers in ASKERS:
                waited = asyncio.run(_ask_all(system, posts, askers))
                figures += _figures(f"{size:,} tickets, {askers} at a time", waited, bare)
    return figures


def _figures(name: str, waited: Mapping[str, list[float]], bare: list[float]) -> Iterator[Figure]:
    everything = [each for times in waited.values() for each in times]
    slowest = max(waited, key=lambda filter: percentile(waited[filter], 99))
    yield Figure("lists", f"{name}, p50", percentile(everything, 50), "ms", percentile(bare, 50))
    yield Figure("lists", f"{name}, p99", percentile(everything, 99), "ms", percentile(bare, 99), "< 50 ms")
    yield Figure("lists", f"{name}, p99 of the slowest ({slowest})", percentile(waited[slowest], 99), "ms")


def _shape(system: System) -> Posts:
    """A table of one ticket of each kind at each door, and one of texts; the posts that ask, as records is told."""
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
        connection.execute("create table wordings (number int primary key, words text)")
        with connection.cursor().copy("copy wordings from stdin") as copy:
            for each in enumerate(_wordings()):
                copy.write_row(each)
    (directory,) = system.ask("select body from routing.directory")
    town = Town(Directory.model_validate_json(directory))
    held = {code: post for code in (MANAGER, OFFICER, TOP) if (post := town.post(code))}
    return {code: [each.model_dump() for each in holdings(town, [post])] for code, post in held.items()}


def _wordings() -> Iterator[str]:
    """Words as common as words are: the first everywhere, the last seldom; and a number that hardly anybody has."""
    chance, weights = random.Random(7), [1 / rank for rank in range(1, len(WORDS) + 1)]
    for number in range(WORDINGS):
        yield words(["".join(chance.choices(WORDS, weights, k=15)) + f"{number}弄"])


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
        for index in texts.indexes:
            index.drop(connection)
        connection.exec_driver_sql("truncate records.texts")
        connection.exec_driver_sql(TEXTS, {"wordings": WORDINGS})
        for index in texts.indexes:
            index.create(connection)
        for index in tickets.indexes:
            index.create(connection)
        connection.commit()
    engine.dispose()
    with psycopg.connect(system.database_url, autocommit=True) as plain:
        plain.execute("vacuum analyze records.tickets, records.texts")


def bare_page(system: System) -> list[float]:
    with psycopg.connect(system.database_url, autocommit=True) as connection:
        fifty = "select body from records.tickets order by id limit 50"
        return [_milliseconds(lambda: connection.execute(fifty).fetchall()) for _ in range(CALLS // 4)]


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


async def _ask_all(system: System, posts: Posts, askers: int) -> Mapping[str, list[float]]:
    """Milliseconds of each answer, by filter; so many asked at a time."""
    waited: dict[str, list[float]] = defaultdict(list)
    names = [*FILTERS, BADGES] * (CALLS // len(FILTERS) + 1)
    random.Random(7).shuffle(names)
    async with connected(system.amqp_uri) as bus:
        for name in [*FILTERS, BADGES]:
            await _answer(bus, posts, name)
        await asyncio.gather(*(_ask(bus, posts, names, waited) for _ in range(askers)))
    return waited


async def _ask(bus: Bus, posts: Posts, names: list[str], waited: Mapping[str, list[float]]) -> None:
    while names:
        name = names.pop()
        began = time.perf_counter()
        await _answer(bus, posts, name)
        waited[name].append((time.perf_counter() - began) * 1000)


async def _answer(bus: Bus, posts: Posts, name: str) -> None:
    if name == BADGES:
        told = await bus.call("records", "badges", timeout=30, posts=posts[OFFICER])
        assert told["my_level"], told
        return
    post, more = FILTERS[name]
    page = await bus.call("records", "inbox", timeout=30, asked={"posts": posts[post], **more})
    assert page["items"] or name in MAY_BE_EMPTY, name
