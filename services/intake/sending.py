"""What intake says: to the broker where that takes it, else to its own disk, and from there when the broker is back."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import structlog

from services.intake.spool import Entry, Spool, SpoolFailed
from shared import trace
from shared.bus import topology
from shared.bus.asyncio import BrokerAway, Bus, Unroutable
from shared.contracts.base import Message
from shared.contracts.commands import RecordReporter, SubmitTicket
from shared.contracts.envelope import Undecodable, decode, encode
from shared.contracts.trail import Deed, RecordDeed

log = structlog.get_logger()

QUEUES: dict[type[Message], str] = {
    RecordDeed: topology.RECORDS_TRAIL,
    RecordReporter: topology.RECORDS_REPORTERS,
    SubmitTicket: topology.ROUTING_COMMANDS,
}
BATCH = 100


@dataclass(frozen=True)
class Saying:
    queue: str
    id: UUID
    body: bytes


class Sender:
    """One for each process; ``forward`` must be called again and again.

    A message of which we do not know whether the broker took it goes to the spool as well. That is safe: it has the
    same id whenever it is said, and consumers drop what they have seen.
    """

    def __init__(self, bus: Bus, spool: Spool, confirm_timeout_seconds: float) -> None:
        self._bus = bus
        self._spool = spool
        self._timeout = confirm_timeout_seconds
        self._forwarded: set[int] = set()
        self._doubting = False
        self._parked_retried = False

    @property
    def broker_away(self) -> bool:
        """Not connected, blocked, or it did not confirm in time and has confirmed nothing since."""
        return self._doubting or not self._bus.connected

    async def submit(self, reporter: RecordReporter | None, ticket: SubmitTicket) -> bool:
        """True once the broker has confirmed both, False once both are safe on our disk. Raises ``SpoolFailed``.

        The reporter goes first: no ticket names one that got lost. While there is doubt about the broker nobody waits
        for it: a ticket goes to the spool at once, and forwarding finds out when the broker is back.
        """
        messages = (reporter, ticket) if reporter else (ticket,)
        return await self._say(
            ticket.ticket_id, [_saying(each, ticket.ticket_id, ticket.submitted_at) for each in messages]
        )

    async def note(self, deed: Deed) -> None:
        """For the trail; as safe as a ticket when this returns. Raises ``SpoolFailed``."""
        await self._say(deed.id, [_saying(RecordDeed(deed=deed), deed.id, deed.at)])

    async def _say(self, id: UUID, sayings: list[Saying]) -> bool:
        if not self._doubting:
            try:
                for each in sayings:
                    await self._publish(each)
            except (BrokerAway, Unroutable) as error:
                log.warning("the broker did not take it", reason=str(error))
                self._doubting = True
            else:
                return True
        try:
            await self._spool.keep(id, [each.body for each in sayings])
        except SpoolFailed:
            self._doubting = False  # the next one had better ask the broker
            raise
        return False

    async def record(self, person: RecordReporter, at: datetime) -> None:
        """A co-signer's personal data. Raises ``BrokerAway``: who has just asked the broker asks again."""
        await self._publish(_saying(person, person.ticket_id, at, of=person.reporter_ref))

    async def forward(self) -> None:
        """Hand the spool's tickets to the broker, in order, as long as it takes them. What is parked gets a new chance
        when the process starts. Raises ``SpoolFailed``.
        """
        if not self._parked_retried:
            await self._spool.retry_parked()
            self._parked_retried = True
        while self._bus.connected and await self._forward():
            pass

    async def _forward(self) -> bool:
        """Forward some; true where there may be more. Only one process does so at a time, or the order would go."""
        with self._spool.alone() as alone:
            if self._forwarded:  # could not be dropped then
                await self._drop()
            entries = await self._spool.oldest(1 if self._doubting else BATCH)
            if not entries:
                self._doubting = False
            if not entries or not alone:
                return False
            readable = {entry.number: sayings for entry in entries if (sayings := await self._read(entry))}
            in_order = [(number, each) for number, sayings in readable.items() for each in sayings]
            results = await asyncio.gather(*(self._publish(each) for _, each in in_order), return_exceptions=True)
            failed = {number: error for (number, _), error in zip(in_order, results, strict=True) if error is not None}
            self._doubting = bool(failed)
            self._forwarded.update(readable.keys() - failed.keys())
            await self._drop()
        log.info("forwarded", tickets=len(readable) - len(failed), failed=len(failed))
        for error in list(failed.values())[:1]:
            log.warning("the broker does not take it yet", reason=repr(error))
        return not failed

    async def _read(self, entry: Entry) -> list[Saying]:
        """What is to be said; nothing where it cannot be read, which must not keep the others waiting."""
        try:
            messages = [(decode(body), body) for body in entry.bodies]
            sayings = [Saying(QUEUES[type(message)], envelope.id, body) for (envelope, message), body in messages]
            reason = "sealed with another key, or damaged"
        except (Undecodable, KeyError) as error:
            sayings, reason = [], str(error)
        if not sayings:
            log.error("a ticket in the spool cannot be forwarded: parked there", number=entry.number, reason=reason)
            await self._spool.park(entry.number, reason)
        return sayings

    async def _publish(self, each: Saying) -> None:
        """Raises ``BrokerAway``, ``Unroutable``."""
        await self._bus.publish(
            topology.COMMANDS, each.queue, each.body, message_id=str(each.id), timeout=self._timeout
        )

    async def _drop(self) -> None:
        await self._spool.drop(list(self._forwarded))
        self._forwarded.clear()


def _saying(message: Message, subject: UUID, at: datetime, of: UUID | None = None) -> Saying:
    """``subject``: the ticket or the deed; ``of``: whose message it is, where a ticket can have several of its kind."""
    id = uuid5(of or subject, message.TYPE)
    body = encode(message, id=id, source="intake", time=at, subject=str(subject), traceparent=trace.current())
    return Saying(QUEUES[type(message)], id, body)
