"""What people do with a ticket, asked of routing over the bus: a whole life of actions, some of every kind.

Each asker takes a ticket and does with it, one after the other, what ``LIFE`` says. Records and notify follow behind.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg

from shared.bus.asyncio import Bus, connected
from shared.contracts.commands import Act, Acted, By, Details
from shared.contracts.directory import Directory
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Action, Grade, Part, Way
from shared.directory import Town
from tests.bench.figures import Figure, percentile
from tests.bench.load import submit_at
from tests.bench.making import Bench
from tests.bench.systems import System

ASKERS = (1, 8, 32)
TICKETS = {1: 60, 8: 300, 32: 600}
RATE = 150

LIFE: Sequence[tuple[Part, Action, Details]] = (
    (Part.OWNER, Action.ACCEPT, Details()),
    (Part.OWNER, Action.NOTE, Details(text="已联系电工，下午到", internal=True)),
    (Part.OWNER, Action.CONTACT, Details(way=Way.PHONE, reached=True)),
    (Part.REPORTER, Action.COMMENT, Details(text="三层也不亮")),
    (Part.REPORTER, Action.REMIND, Details()),
    (Part.OWNER, Action.DELIBERATE, Details(until=datetime.now(UTC) + timedelta(days=10))),
    (Part.OWNER, Action.RESUME, Details()),
    (Part.OWNER, Action.RESOLVE, Details(text="灯已换好", settled=True)),
    (Part.REPORTER, Action.REOPEN, Details(text="又灭了")),
    (Part.OWNER, Action.RESOLVE, Details(text="换了镇流器", settled=True)),
    (Part.REPORTER, Action.RATE, Details(grade=Grade.GOOD)),
    (Part.REPORTER, Action.CONFIRM, Details()),
)


def actions(bench: Bench) -> list[Figure]:
    figures = []
    with bench.loumen() as system:
        count = sum(TICKETS.values())
        submit_at(system.url, system.doors, RATE, count / RATE)
        system.settle(count)
        people, waiting = _owners(system)
        for askers in ASKERS:
            mine, waiting = waiting[: TICKETS[askers]], waiting[TICKETS[askers] :]
            began = time.perf_counter()
            waited = asyncio.run(_live_all(system, mine, people, askers))
            rate = len(waited) / (time.perf_counter() - began)
            name = f"{askers} at a time"
            figures.append(Figure("actions", f"a mix, {name}", rate, "/s"))
            figures += [Figure("actions", f"a mix, {name}, p{p}", percentile(waited, p), "ms") for p in (50, 99)]
    return figures


def _owners(system: System) -> tuple[dict[UUID, str], list[UUID]]:
    """Who holds each ticket's post, and the tickets."""
    (body,) = system.ask("select body from routing.directory")
    town, now = Town(Directory.model_validate_json(body)), datetime.now(UTC)
    with psycopg.connect(system.database_url) as connection:
        rows = connection.execute("select ticket from routing.cases").fetchall()
    people = {}
    for (text,) in rows:
        ticket = Ticket.model_validate_json(text)
        post = town.post(ticket.owner.post) if ticket.owner else None
        people[ticket.id] = (town.holder(post, now) if post else None) or ""
    return people, list(people)


async def _live_all(system: System, tickets: list[UUID], people: dict[UUID, str], askers: int) -> list[float]:
    """Milliseconds of each answer."""
    left, waited = list(tickets), list[float]()
    async with connected(system.amqp_uri) as bus:
        await asyncio.gather(*(_live(bus, left, people, waited) for _ in range(askers)))
    return waited


async def _live(bus: Bus, left: list[UUID], people: dict[UUID, str], waited: list[float]) -> None:
    while left:
        id = left.pop()
        for part, action, details in LIFE:
            by = By(person=people[id]) if part is Part.OWNER else By(resident=part)
            wish = Act(action_id=uuid4(), ticket_id=id, by=by, action=action, details=details)
            began = time.perf_counter()
            answer = await bus.call("routing", "act", timeout=30, act=wish.model_dump(mode="json"))
            waited.append((time.perf_counter() - began) * 1000)
            acted = Acted.model_validate(answer)
            assert acted.refused is None, (action, acted.refused)
