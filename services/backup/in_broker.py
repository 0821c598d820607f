"""What a backup cannot see, as it is in no database: messages in the broker's queues and in the services' hands."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from shared.bus.asyncio import Bus, CallFailed, CallTimedOut
from shared.bus.topology import (
    RECORDS_PARKING,
    RECORDS_REPORTERS,
    RECORDS_TRAIL,
    RETRY_DELAYS,
    ROUTING_COMMANDS,
    WORK_QUEUES,
    retry_name,
)

LATER = (RECORDS_PARKING, *map(retry_name, RETRY_DELAYS))
NOWHERE_ELSE = (ROUTING_COMMANDS, RECORDS_REPORTERS, RECORDS_TRAIL, *LATER)
"""What waits in these is in no database; what is in the others, the ledger has as well."""
TAKERS = {"routing": ROUTING_COMMANDS, "records": RECORDS_REPORTERS}
"""Who takes from them."""

DRAIN_SECONDS = 10.0
ANSWER_SECONDS = 5.0
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class LeftOut:
    """``waiting``: messages in queues. ``busy``: services that work on some; ``silent``: those where a process does not
    answer, so that nobody knows. ``has_tickets``: records answers, and has some.
    """

    waiting: int
    busy: tuple[str, ...]
    silent: tuple[str, ...]
    has_tickets: bool


async def left_out(bus: Bus, seconds: float = DRAIN_SECONDS) -> LeftOut:
    """As soon as there is nothing, or so much later. Raises ``BrokerAway``."""
    end = monotonic() + seconds
    while True:
        waiting = await _waiting(bus)
        busy, silent = await _in_hand(bus)
        waiting = max(waiting, await _waiting(bus))  # what was put back meanwhile, to be tried again later
        if silent or not (waiting or busy) or monotonic() >= end:
            return LeftOut(waiting, busy, silent, await _has_tickets(bus))
        await asyncio.sleep(POLL_SECONDS)


async def of_another(bus: Bus) -> tuple[int, bool]:
    """How many messages wait in the broker, and whether services take them."""
    seen = [await bus.look_at(queue) for queue in (*WORK_QUEUES, *LATER)]
    return sum(waiting for waiting, _ in seen), any(consumers for _, consumers in seen)


async def _waiting(bus: Bus) -> int:
    return sum([await bus.waiting(queue) for queue in NOWHERE_ELSE])


async def _in_hand(bus: Bus) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The services with messages in their hands, and those that do not tell. One that does not run has none."""
    busy, silent = [], []
    for service, queue in TAKERS.items():
        if not (await bus.look_at(queue))[1]:
            continue
        try:
            told = await bus.call_all(service, "backlog", timeout=ANSWER_SECONDS)
        except (CallTimedOut, CallFailed):
            silent.append(service)
        else:
            busy += [service] if any(each["oldest_in_hand_seconds"] is not None for each in told) else []
    return tuple(busy), tuple(silent)


async def _has_tickets(bus: Bus) -> bool:
    if not (await bus.look_at(RECORDS_REPORTERS))[1]:
        return False
    try:
        return bool(await bus.call("records", "chains", timeout=ANSWER_SECONDS, after=None, limit=1))
    except (CallTimedOut, CallFailed):
        return False
