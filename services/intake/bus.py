"""What intake asks the other services."""

from typing import Any
from uuid import UUID

from services.intake.settings import IntakeSettings
from shared.bus.asyncio import Bus
from shared.contracts.commands import Act, Acted
from shared.contracts.directory import Directory
from shared.contracts.queries import Offer, TicketRecord
from shared.ids import ActionToken


class Desk:
    """The questions, and their answers typed. Each raises ``BrokerAway``, ``CallTimedOut``, ``CallFailed``."""

    def __init__(self, bus: Bus, settings: IntakeSettings) -> None:
        self._bus = bus
        self._settings = settings

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

    async def _ask(self, service: str, method: str, **kwargs: Any) -> Any:
        return await self._bus.call(service, method, timeout=self._settings.call_timeout_seconds, **kwargs)
