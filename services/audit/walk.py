"""Goes through all tickets of a running system in bites, so that a million of them fill no memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from services.audit.rules import MAY_BE_UNDER_WAY, Breach, backlog_breaches, ticket_breaches
from shared.bus.asyncio import Bus
from shared.bus.topology import RETRY_DELAYS, retry_name
from shared.contracts.queries import Backlog, Chain, Head

BITE = 100
CALL_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 1.0
SERVICES = ("routing", "notify", "records")

Page = TypeVar("Page", Head, Chain)


@dataclass
class Report:
    """``waiting``: messages that stand in a retry queue, each for its delay at most; so they are no breach."""

    tickets: int = 0
    open: int = 0
    events: int = 0
    waiting: int = 0
    breaches: list[Breach] = field(default_factory=list)


async def audit(bus: Bus, key: bytes, older_than_seconds: float, on_wait: Callable[[int], None]) -> Report:
    """Compare what all services have. What may be under way is looked at again until it is older than stated.

    ``on_wait`` hears how many tickets those are. Raises what ``Bus.call`` raises.
    """
    report = Report()
    suspects = []
    async for id, head, chain in _tickets(bus):
        report.tickets += 1
        report.open += bool(head and head.ticket.status.is_open)
        report.events += len(chain.events) if chain else 0
        if ticket_breaches(head, chain, key):
            suspects.append(id)
    if suspects:
        on_wait(len(suspects))
    report.breaches += await _settled(bus, key, suspects, older_than_seconds)
    for service in SERVICES:
        backlog = Backlog.model_validate(await bus.call(service, "backlog", timeout=CALL_SECONDS))
        report.breaches += backlog_breaches(service, backlog, older_than_seconds)
    report.waiting = sum([await bus.waiting(retry_name(seconds)) for seconds in RETRY_DELAYS])
    return report


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


async def _settled(bus: Bus, key: bytes, suspects: list[UUID], older_than_seconds: float) -> list[Breach]:
    breaches: list[Breach] = []
    until = time.monotonic() + older_than_seconds
    while suspects:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        late = time.monotonic() >= until
        still: list[UUID] = []
        for id in suspects:
            found = ticket_breaches(
                await _one(bus, "routing", "heads", Head, id), await _one(bus, "records", "chains", Chain, id), key
            )
            if not late and found and all(breach.flaw in MAY_BE_UNDER_WAY for breach in found):
                still.append(id)
            else:
                breaches += found
        suspects = still
    return breaches


async def _one(bus: Bus, service: str, method: str, model: type[Page], id: UUID) -> Page | None:
    """One ticket, by the call that pages through all of them."""
    before = UUID(int=id.int - 1) if id.int else None
    return next((each for each in await _page(bus, service, method, model, before, 1) if _id(each) == id), None)
