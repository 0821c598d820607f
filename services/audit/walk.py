"""Goes through all tickets of a running system in bites, so that a million of them fill no memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from services.audit.rules import (
    LASTS,
    MAY_BE_UNDER_WAY,
    Breach,
    backlog_breaches,
    directory_breaches,
    has_arrived,
    is_whole,
    ledger_breaches,
    newest,
    queue_breaches,
    ticket_breaches,
    together,
)
from services.audit.ties import tie_breaches, tied
from services.audit.trail import TrailProof
from shared.bus.asyncio import Bus
from shared.bus.topology import RECORDS_PARKING, RETRY_DELAYS, WORK_QUEUES, retry_name
from shared.contracts.queries import Backlog, Chain, Head
from shared.contracts.trail import TrailHead, TrailLink

BITE = 100
TRAIL_BITE = 1000
CALL_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 1.0
SERVICES = ("routing", "notify", "records")

Page = TypeVar("Page", Head, Chain)
Spool = Callable[[], Backlog]
Look = Callable[[UUID, int], Awaitable[tuple[list[Breach], bool]]]
"""All that is wrong with a ticket now, and whether it has arrived whole up to a version that was seen before."""


@dataclass
class Report:
    """``waiting``: messages in the retry queues. Nobody can see their age, but each stands there for its queue's delay
    at most, and is parked after the last; so they are counted, and no breach. ``provisional``: open tickets with a
    deadline beyond the public holidays known. ``trail``: how many entries the trail has, and the hash of the
    last: kept elsewhere, they show later that it was not put back to an earlier state.
    """

    tickets: int = 0
    open: int = 0
    events: int = 0
    waiting: int = 0
    provisional: int = 0
    trail: str = "0"
    breaches: list[Breach] = field(default_factory=list)


async def audit(
    bus: Bus,
    key: bytes,
    older_than_seconds: float,
    on_progress: Callable[[int], None],
    on_wait: Callable[[int], None],
    spool: Spool = Backlog,
) -> Report:
    """Compare what all services have. What may be under way is looked at again until it is older than stated.

    ``on_progress`` hears how many tickets were seen, ``on_wait`` how many places have to be looked at again. ``spool``
    tells what waits on intake's disk. Raises what ``Bus.call`` raises.
    """
    report = Report()
    suspects: dict[UUID, int] = {}
    with_others: set[UUID] = set()
    async for id, head, chain in _tickets(bus):
        is_open = bool(head and head.ticket.status.is_open)
        report.tickets += 1
        report.open += is_open
        report.provisional += bool(is_open and head and head.ticket.provisional)
        report.events += len(chain.events) if chain else 0
        if ticket_breaches(head, chain, key):
            suspects[id] = newest(head, chain)
        if head and tied(head.ticket):
            with_others.add(id)
        on_progress(report.tickets)
    report.breaches += await _prove_ties(bus, with_others)
    lasting, standing = await _standing(bus, older_than_seconds, spool)
    report.breaches += lasting
    if suspects or standing:
        on_wait(len(suspects) + len(standing))

    async def look(id: UUID, seen: int) -> tuple[list[Breach], bool]:
        head, chain = await _one(bus, "routing", "heads", Head, id), await _one(bus, "records", "chains", Chain, id)
        return ticket_breaches(head, chain, key), has_arrived(head, chain, seen)

    settled = _settled(look, suspects, older_than_seconds), _still_standing(bus, standing, older_than_seconds, spool)
    for breaches in await asyncio.gather(*settled):
        report.breaches += breaches
    await _prove_trail(bus, key, report)
    report.waiting = sum([await bus.waiting(retry_name(seconds)) for seconds in RETRY_DELAYS])
    return report


async def verify_ledger(bus: Bus, key: bytes, older_than_seconds: float, on_progress: Callable[[int], None]) -> Report:
    """Prove every ticket's chain by the ledger alone, and the trail. A gap may be under way, and is looked at
    again as in ``audit``.

    Raises what ``Bus.call`` raises.
    """
    report = Report()
    suspects: dict[UUID, int] = {}
    async for chain in _all(bus, "records", "chains", Chain):
        report.tickets += 1
        report.events += len(chain.events)
        if ledger_breaches(chain, key):
            suspects[chain.ticket_id] = newest(None, chain)
        on_progress(report.tickets)

    async def look(id: UUID, seen: int) -> tuple[list[Breach], bool]:
        again = await _one(bus, "records", "chains", Chain, id)
        return ledger_breaches(again, key) if again else [], is_whole(again, seen)

    report.breaches = await _settled(look, suspects, older_than_seconds)
    await _prove_trail(bus, key, report)
    return report


async def _prove_trail(bus: Bus, key: bytes, report: Report) -> None:
    """Its end is read before and after: what is added meanwhile is neither missing nor beyond it."""
    proof, after = TrailProof(key, await _trail_head(bus)), None
    while page := await bus.call("records", "trail_links", timeout=CALL_SECONDS, after=after, limit=TRAIL_BITE):
        for link in map(TrailLink.model_validate, page):
            proof.see(link)
            after = link.seq
    report.breaches += proof.end(await _trail_head(bus))
    report.trail = f"{proof.seq}:{proof.hash[:16]}" if proof.seq else "0"


async def _trail_head(bus: Bus) -> TrailHead | None:
    found = await bus.call("records", "trail_head", timeout=CALL_SECONDS)
    return TrailHead.model_validate(found) if found else None


async def _prove_ties(bus: Bus, ids: set[UUID]) -> list[Breach]:
    """Tickets that name others, and these. An action may come between two looks: what was wrong is looked at again."""
    wrong = {id: found for id in sorted(ids) if (found := await _ties_of(bus, id))}
    if wrong:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    again = [(wrong[id], await _ties_of(bus, id)) for id in wrong]
    return [breach for before, now in again for breach in now if breach in before]


async def _ties_of(bus: Bus, id: UUID) -> list[Breach]:
    head = await _one(bus, "routing", "heads", Head, id)
    named = tied(head.ticket) if head else set[UUID]()
    others = [await _one(bus, "routing", "heads", Head, each) for each in named]
    return tie_breaches(head.ticket, {each.ticket.id: each.ticket for each in others if each}) if head else []


async def _standing(bus: Bus, older_than_seconds: float, spool: Spool) -> tuple[list[Breach], list[Breach]]:
    """What is wrong until somebody mends it; and what is well as long as it passes: messages in queues, services that
    have not heard of the newest directory, work that is late. That may be going on just now: when the clock was put
    forward, all that fell due at once is as old as the leap.
    """
    waiting = {queue: await bus.waiting(queue) for queue in (*WORK_QUEUES, RECORDS_PARKING)}
    backlogs = await _backlogs(bus)
    late = [
        breach
        for service, backlog in {**backlogs, "intake": spool()}.items()
        for breach in backlog_breaches(service, backlog, older_than_seconds)
    ]
    found = queue_breaches(waiting) + directory_breaches(backlogs) + late
    return [each for each in found if each.flaw in LASTS], [each for each in found if each.flaw not in LASTS]


async def _backlogs(bus: Bus) -> dict[str, Backlog]:
    """Of all processes of each service: what one has in hand stands in no queue, and nobody else knows it."""
    answers = {service: await bus.call_all(service, "backlog", timeout=CALL_SECONDS) for service in SERVICES}
    return {service: together([Backlog.model_validate(each) for each in told]) for service, told in answers.items()}


async def _tickets(bus: Bus) -> AsyncIterator[tuple[UUID, Head | None, Chain | None]]:
    """Routing's and records' tickets side by side, by id."""
    heads, chains = _all(bus, "routing", "heads", Head), _all(bus, "records", "chains", Chain)
    head, chain = await anext(heads, None), await anext(chains, None)
    while head or chain:
        id = min([each for each in (head and head.ticket.id, chain and chain.ticket_id) if each])
        here = head if head and head.ticket.id == id else None
        there = chain if chain and chain.ticket_id == id else None
        yield id, here, there
        head = await anext(heads, None) if here else head
        chain = await anext(chains, None) if there else chain


async def _all(bus: Bus, service: str, method: str, model: type[Page]) -> AsyncIterator[Page]:
    after: UUID | None = None
    while page := await _page(bus, service, method, model, after, BITE):
        for each in page:
            yield each
        after = _id(page[-1])


async def _page(bus: Bus, service: str, method: str, model: type[Page], after: UUID | None, limit: int) -> list[Page]:
    start = str(after) if after else None
    answer = await bus.call(service, method, timeout=CALL_SECONDS, after=start, limit=limit)
    return [model.model_validate(each) for each in answer]


def _id(each: Head | Chain) -> UUID:
    return each.ticket.id if isinstance(each, Head) else each.ticket_id


async def _settled(look: Look, suspects: dict[UUID, int], older_than_seconds: float) -> list[Breach]:
    """What is still wrong in the end. ``suspects``: the newest version of each ticket at first sight; on a busy ticket
    something newer is under way at any time, and proves nothing.
    """
    breaches: list[Breach] = []
    until = time.monotonic() + older_than_seconds
    while suspects:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        late = time.monotonic() >= until
        under_way: dict[UUID, int] = {}
        for id, seen in suspects.items():
            found, arrived = await look(id, seen)
            passes = all(breach.flaw in MAY_BE_UNDER_WAY for breach in found)
            if not passes or late:
                breaches += [] if passes and arrived else found
            elif found:
                under_way[id] = seen
        suspects = under_way
    return breaches


async def _still_standing(bus: Bus, standing: list[Breach], older_than_seconds: float, spool: Spool) -> list[Breach]:
    until = time.monotonic() + older_than_seconds
    while standing:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        _, now = await _standing(bus, older_than_seconds, spool)
        standing = _still(standing, now)
        if time.monotonic() >= until:
            break
    return standing


def _still(before: list[Breach], now: list[Breach]) -> list[Breach]:
    """Those of now that were there before."""
    known = {(breach.flaw, breach.subject) for breach in before}
    return [breach for breach in now if (breach.flaw, breach.subject) in known]


async def _one(bus: Bus, service: str, method: str, model: type[Page], id: UUID) -> Page | None:
    """One ticket, by the call that pages through all of them."""
    before = UUID(int=id.int - 1) if id.int else None
    return next((each for each in await _page(bus, service, method, model, before, 1) if _id(each) == id), None)
