"""What intake says on the bus, and what it asks the other services."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.intake.settings import IntakeSettings
from shared import trace
from shared.bus import topology
from shared.bus.asyncio import Bus
from shared.contracts.base import Message
from shared.contracts.commands import Act, Acted, RecordReporter, SubmitTicket
from shared.contracts.directory import Directory
from shared.contracts.envelope import encode
from shared.contracts.queries import Offer, TicketRecord
from shared.ids import ActionToken


class Desk:
    """The bus as intake uses it: two commands, and the questions as typed answers.

    Saying raises ``BrokerAway``, ``Unroutable``; asking raises ``BrokerAway``, ``CallTimedOut``, ``CallFailed``.
    """

    def __init__(self, bus: Bus, settings: IntakeSettings) -> None:
        self._bus = bus
        self._settings = settings

    async def submit(self, reporter: RecordReporter | None, ticket: SubmitTicket) -> None:
        """Returns once the broker has confirmed both. The reporter goes first: no ticket names one that got lost."""
        if reporter is not None:
            await self._say(topology.RECORDS_REPORTERS, reporter, ticket.ticket_id, ticket.submitted_at)
        await self._say(topology.ROUTING_COMMANDS, ticket, ticket.ticket_id, ticket.submitted_at)

    async def ticket(self, *, ticket_id: UUID | None = None, code: str | None = None) -> TicketRecord | None:
        answer = await self._ask("records", "ticket", ticket_id=ticket_id and str(ticket_id), code=code)
        return None if answer is None else TicketRecord.model_validate(answer)

    async def directory_version(self) -> int:
        return int(await self._ask("records", "directory_version"))

    async def directory(self) -> Directory | None:
        answer = await self._ask("records", "directory")
        return None if answer is None else Directory.model_validate(answer)

    async def offer(self, token: ActionToken) -> Offer:
        """What the link's post may do now."""
        named = token.model_dump(mode="json")
        return Offer.model_validate(await self._ask("routing", "offer", **named))

    async def act(self, act: Act) -> Acted:
        return Acted.model_validate(await self._ask("routing", "act", act=act.model_dump(mode="json")))

    async def _say(self, queue: str, message: Message, ticket_id: UUID, at: datetime) -> None:
        id = uuid5(ticket_id, message.TYPE)
        body = encode(message, id=id, source="intake", time=at, subject=str(ticket_id), traceparent=trace.current())
        timeout = self._settings.confirm_timeout_seconds
        await self._bus.publish(topology.COMMANDS, queue, body, message_id=str(id), timeout=timeout)

    async def _ask(self, service: str, method: str, **kwargs: Any) -> Any:
        return await self._bus.call(service, method, timeout=self._settings.call_timeout_seconds, **kwargs)
