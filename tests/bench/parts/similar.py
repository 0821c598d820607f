"""How long it takes to offer similar tickets, asked of records over the bus.

Once with so many open that nearly as many as ever are compared, all of a community; once with 100,000 open in one
subdistrict, of which those of a door are compared. Words are drawn, 200 characters a ticket. The bare figure is
fifty rows by one plain statement.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import uuid4

import psycopg

from services.records.store import ticket_row, tickets
from shared.bus.asyncio import Bus, connected
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Visibility
from shared.ids import ticket_code
from tests.bench.figures import Figure, percentile
from tests.bench.making import Bench
from tests.bench.openings import opened
from tests.bench.parts.lists import bare_page
from tests.bench.parts.words import WORDS
from tests.bench.systems import System

SIZES = (1_200, 100_000)
CALLS = 500
ASKERS = (1, 8)
COLUMNS = ", ".join(column.name for column in tickets.columns)


def similar(bench: Bench) -> list[Figure]:
    figures = []
    with bench.loumen() as system:
        shapes = [case.ticket for case in opened(system)]
        for size in SIZES:
            _fill(system, shapes, size)
            bare = bare_page(system)
            for askers in ASKERS:
                waited = asyncio.run(_ask_all(system, shapes, askers))
                name = f"{size:,} open, {askers} at a time"
                figures.append(Figure("similar", f"{name}, p50", percentile(waited, 50), "ms", percentile(bare, 50)))
                aim = "< 50 ms" if askers == 1 else ""
                figures.append(
                    Figure("similar", f"{name}, p99", percentile(waited, 99), "ms", percentile(bare, 99), aim)
                )
    return figures


def _fill(system: System, shapes: Sequence[Ticket], count: int) -> None:
    with psycopg.connect(system.database_url, autocommit=True) as connection:
        connection.execute("truncate records.tickets")
        with connection.cursor().copy(f"copy records.tickets ({COLUMNS}) from stdin".encode()) as copy:
            for ticket in _drawn(shapes, count):
                copy.write_row(tuple(ticket_row(ticket).values()))
        connection.execute("vacuum analyze records.tickets")


def _drawn(shapes: Sequence[Ticket], count: int) -> Iterator[Ticket]:
    chance = random.Random(7)
    for number in range(count):
        shape, id = shapes[number % len(shapes)], uuid4()
        said = shape.description.model_copy(update={"text": _words(chance)})
        when = shape.opened_at - timedelta(minutes=number)
        drawn = {"id": id, "code": ticket_code(id), "description": said, "opened_at": when}
        yield shape.model_copy(update={**drawn, "visibility": Visibility.TEXT})


def _words(chance: random.Random) -> str:
    return "".join(chance.choices(WORDS, k=80))[:200]


async def _ask_all(system: System, shapes: Sequence[Ticket], askers: int) -> list[float]:
    """Milliseconds of each answer; so many asked at a time."""
    chance = random.Random(4)
    asked = [(chance.choice(shapes).place.code, _words(chance)) for _ in range(CALLS)]
    waited: list[float] = []
    async with connected(system.amqp_uri) as bus:
        await bus.call("records", "similar", timeout=30, place=asked[0][0], text="灯")
        await asyncio.gather(*(_ask(bus, asked, waited) for _ in range(askers)))
    return waited


async def _ask(bus: Bus, asked: list[tuple[str, str]], waited: list[float]) -> None:
    while asked:
        place, text = asked.pop()
        began = time.perf_counter()
        found = await bus.call("records", "similar", timeout=30, place=place, text=text, category="lighting")
        waited.append((time.perf_counter() - began) * 1000)
        assert found, place
