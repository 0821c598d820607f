"""What is promised of every issue that was taken, whatever died meanwhile, and how to see whether it is so."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deploy.local.mailbox import KEPT
from services.audit.rules import together
from services.audit.walk import SERVICES
from services.notify.domain.fates import Fate
from shared.bus.asyncio import Bus, CallTimedOut, connected
from shared.bus.topology import QUEUES
from shared.contracts.directory import Directory
from shared.contracts.queries import Backlog, Chain
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Channel
from shared.directory import Town
from tests.chaos.residents import Taken
from tests.system import CODE, System

PATIENCE = 120.0
CALL_SECONDS = 10.0
PAGE = 100

Message = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """``deliveries``: what notify says became of each message, by its id; ``received``: what the receivers say."""

    town: Town
    chains: Sequence[Chain]
    backlogs: Mapping[str, Backlog]
    waiting: Mapping[str, int]
    reporters: Mapping[UUID | None, dict[str, Any] | None]
    deliveries: Mapping[str, dict[str, Any]]
    received: Sequence[Message]


def assert_nothing_lost(system: System, taken: Sequence[Taken], within: float = PATIENCE) -> Evidence:
    """Waits until nothing is under way, then compares what was taken with the record, the mail and the audit."""
    evidence = _when_quiet(system, taken, within)
    ids = [each.id for each in taken]
    assert len(set(ids)) == len({each.key for each in taken})
    whole = [chain.ticket_id for chain in evidence.chains if chain.ticket and chain.ticket.parent is None]
    assert sorted(whole) == sorted(ids)
    audited = system.loumen("audit", "--older-than", "10")
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert len(evidence.received) < KEPT
    assert {delivery["fate"] for delivery in evidence.deliveries.values()} <= {"sent", "skipped", "pending"}
    return evidence


def doubles(evidence: Evidence) -> int:
    """How many messages came more than once, always with the id of the first time."""
    return len(evidence.received) - len({_bare(message["delivery"]) for message in evidence.received})


def _bare(id: str) -> str:
    """What a mail's ``Message-ID`` is made of."""
    return id.strip("<>").partition("@")[0]


def _when_quiet(system: System, taken: Sequence[Taken], within: float) -> Evidence:
    end = time.monotonic() + within
    while True:
        try:
            evidence = asyncio.run(_look(system, taken))
            missing = list(_missing(evidence, taken))
        except CallTimedOut as silent:  # it dies just now, or stands still and is not given up yet
            missing = [str(silent)]
        if not missing:
            return evidence
        assert time.monotonic() < end, f"{len(missing)} promises not kept: {missing[:20]}"
        time.sleep(1)


def _missing(evidence: Evidence, taken: Sequence[Taken]) -> Iterator[str]:
    for queue, messages in evidence.waiting.items():
        if messages:
            yield f"{messages} messages wait in {queue}"
    for service, backlog in evidence.backlogs.items():
        if backlog != Backlog(directory_version=backlog.directory_version):
            yield f"{service} has not finished: {backlog!r}"
    sent = {_message(each) for each in evidence.deliveries.values() if each["fate"] == Fate.SENT}
    # What notify sent and died of, its next life skips where the ticket has moved on.
    skipped = {id for id, each in evidence.deliveries.items() if each["fate"] == Fate.SKIPPED}
    for id in (sent ^ {_bare(message["delivery"]) for message in evidence.received}) - skipped:
        known = [each for each in evidence.deliveries.values() if id in (each["id"], _message(each))]
        seen = [message for message in evidence.received if _bare(message["delivery"]) == id]
        yield f"message {id} was sent: {known}, and received: {seen}"
    tickets = {chain.ticket_id: chain.ticket for chain in evidence.chains}
    told = {(message["to"], code) for message in evidence.received for code in _codes(message)}
    for each in taken:
        ticket = tickets.get(each.id)
        owner = _owner(ticket, evidence.town) if ticket else None
        if ticket is None:
            yield f"{each.code} is not in the record"
        elif ticket.status.is_open and (owner, each.code) not in told:
            yield f"{owner}, who owns {each.code}, was not told"
        elif "reporter" in each.body and evidence.reporters.get(ticket.reporter_ref) is None:
            yield f"the reporter of {each.code} is not kept"


def _message(delivery: dict[str, Any]) -> str:
    """By which it was sent. Many of a digest are one mail, with an id of its own that the receipt of each names."""
    return _bare(delivery["receipt"] or "") if delivery["channel"] == Channel.EMAIL else str(delivery["id"])


def _owner(ticket: Ticket, town: Town) -> str | None:
    """The mail address of whoever holds the post that owns the ticket."""
    post = town.post(ticket.owner.post) if ticket.owner else None
    person = town.person(town.holder(post, ticket.opened_at) or "") if post else None
    return person.email if person else None


def _codes(message: Message) -> set[str]:
    """The tickets that a mail tells of."""
    return set(CODE.findall(f"{message['subject']} {message['text']}")) if message["channel"] == "email" else set()


async def _look(system: System, taken: Sequence[Taken]) -> Evidence:
    async with connected(system.environment["AMQP_URI"]) as bus:
        chains = await _chains(bus)
        deliveries = await _deliveries(bus, sorted({each.id for each in taken} | {each.ticket_id for each in chains}))
        references = {chain.ticket.reporter_ref for chain in chains if chain.ticket and chain.ticket.reporter_ref}
        return Evidence(
            town=Town(Directory.model_validate(await _ask(bus, "records", "directory"))),
            chains=chains,
            backlogs={each: await _backlog(bus, each) for each in SERVICES},
            waiting={queue.name: await bus.waiting(queue.name) for queue in QUEUES},
            reporters={each: await _ask(bus, "records", "reporter", reporter_ref=str(each)) for each in references},
            deliveries=deliveries,
            received=system.messages(),
        )


async def _deliveries(bus: Bus, ids: Sequence[UUID]) -> dict[str, dict[str, Any]]:
    """By their ids."""
    found: dict[str, dict[str, Any]] = {}
    for at in range(0, len(ids), PAGE):
        asked = (_ask(bus, "notify", "deliveries", ticket_id=str(id)) for id in ids[at : at + PAGE])
        answers = await asyncio.gather(*asked)
        found |= {row["id"]: row for rows in answers for row in rows}
    return found


async def _chains(bus: Bus) -> list[Chain]:
    found: list[Chain] = []
    while page := await _ask(bus, "records", "chains", after=_last(found), limit=PAGE):
        found += [Chain.model_validate(each) for each in page]
    return found


def _last(found: Sequence[Chain]) -> str | None:
    return str(found[-1].ticket_id) if found else None


async def _backlog(bus: Bus, service: str) -> Backlog:
    """Clocks that will ring are not looked at: none does within these tests."""
    told = await bus.call_all(service, "backlog", timeout=CALL_SECONDS)
    return together([Backlog.model_validate(each) for each in told])


async def _ask(bus: Bus, service: str, method: str, **arguments: Any) -> Any:
    return await bus.call(service, method, timeout=CALL_SECONDS, **arguments)
