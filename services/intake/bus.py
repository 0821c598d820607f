"""What intake asks the other services."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.settings import IntakeSettings
from shared.bus.asyncio import Bus
from shared.contracts.accounts import Account, ApiToken, Identity, SignInBegun
from shared.contracts.commands import Act, Acted, By
from shared.contracts.directory import Directory
from shared.contracts.queries import (
    Badges,
    Holding,
    InboxAsked,
    InboxPage,
    Offer,
    OrderPage,
    ParkedMessage,
    Preview,
    PreviewWanted,
    TicketRecord,
)
from shared.contracts.stats import Stats, StatsAsked
from shared.contracts.ticket import Ticket
from shared.contracts.trail import Origin, TrailPage, TrailWanted

SOON_SECONDS = 2.0
"""What somebody waits for who is about to send; without it they send all the same."""


class Desk:
    """The questions, and their answers typed. Each raises ``BrokerAway``, ``CallTimedOut``, ``CallFailed``."""

    def __init__(self, bus: Bus, settings: IntakeSettings) -> None:
        self._bus = bus
        self._settings = settings

    async def ticket(
        self, *, ticket_id: UUID | None = None, code: str | None = None, story: bool = True
    ) -> TicketRecord | None:
        """Without its ``story`` it takes records half the time, or less: there is an event for all that happened."""
        answer = await self._ask("records", "ticket", ticket_id=ticket_id and str(ticket_id), code=code, story=story)
        return None if answer is None else TicketRecord.model_validate(answer)

    async def similar(self, *, place: str, text: str, category: str | None, limit: int) -> list[Ticket]:
        """Open tickets at the place or near it that may be about the same, the most alike first."""
        asked = {"place": place, "text": text, "category": category, "limit": limit}
        soon = min(SOON_SECONDS, self._settings.call_timeout_seconds)
        found = await self._bus.call("records", "similar", timeout=soon, **asked)
        return [Ticket.model_validate(each) for each in found]

    async def known(self, ids: Sequence[UUID]) -> list[Ticket]:
        """Those of these tickets that records has."""
        found = await self._ask("records", "known", ids=[str(id) for id in ids])
        return [Ticket.model_validate(each) for each in found]

    async def changed_orders(self, *, since: datetime | None, cursor: str | None, limit: int) -> OrderPage:
        """The hotline's orders that have changed since, in the order of their changes."""
        asked = {"since": since and since.isoformat(), "cursor": cursor, "limit": limit}
        return OrderPage.model_validate(await self._ask("records", "changed_orders", **asked))

    async def inbox(self, asked: InboxAsked) -> InboxPage:
        return InboxPage.model_validate(await self._ask("records", "inbox", asked=asked.model_dump(mode="json")))

    async def stats(self, asked: StatsAsked) -> Stats:
        return Stats.model_validate(await self._ask("records", "stats", asked=asked.model_dump(mode="json")))

    async def badges(self, posts: Sequence[Holding]) -> Badges:
        """How many there are of each; as many as are ever counted, or fewer."""
        held = [each.model_dump(mode="json") for each in posts]
        return Badges.model_validate(await self._ask("records", "badges", posts=held))

    async def directory_version(self) -> int:
        return int(await self._ask("records", "directory_version"))

    async def directory(self) -> Directory | None:
        answer = await self._ask("records", "directory")
        return None if answer is None else Directory.model_validate(answer)

    async def offer(self, ticket_id: UUID, by: By) -> Offer:
        """What somebody may do with a ticket now."""
        asked = {"ticket_id": str(ticket_id), "by": by.model_dump(mode="json")}
        return Offer.model_validate(await self._ask("routing", "offer", **asked))

    async def preview(self, wanted: PreviewWanted) -> Preview | None:
        """What would become of such a ticket; None where routing knows no such door."""
        answer = await self._ask("routing", "preview", wanted=wanted.model_dump(mode="json"))
        return None if answer is None else Preview.model_validate(answer)

    async def act(self, act: Act) -> Acted:
        return Acted.model_validate(await self._ask("routing", "act", act=act.model_dump(mode="json")))

    async def households(self, refs: Sequence[UUID], origin: Origin) -> dict[UUID, str]:
        """The flats of those who co-signed, for the post that has to confirm them; not of those that were erased."""
        found = await self._ask("records", "households", refs=[str(ref) for ref in refs], **_from(origin))
        return {UUID(ref): flat for ref, flat in found.items()}

    async def contact(self, ref: UUID, origin: Origin) -> dict[str, str | None] | None:
        """A reporter's name and ways of contact, for whoever has to reach them."""
        found: dict[str, str | None] | None = await self._ask(
            "records", "contact", reporter_ref=str(ref), **_from(origin)
        )
        return found

    async def personal(self, ref: UUID, origin: Origin) -> dict[str, Any] | None:
        """Everything that is kept about somebody."""
        found: dict[str, Any] | None = await self._ask("records", "personal", reporter_ref=str(ref), **_from(origin))
        return found

    async def erase_personal(self, ref: UUID, ticket_id: UUID, origin: Origin) -> bool:
        whose = {"reporter_ref": str(ref), "ticket_id": str(ticket_id)}
        return bool(await self._ask("records", "erase_personal", **whose, **_from(origin)))

    async def erase_words(self, ticket_id: UUID, household: str | None) -> bool:
        """What residents wrote, or that household alone; False while the ticket is open."""
        return bool(await self._ask("routing", "erase_words", ticket_id=str(ticket_id), household=household))

    async def photos_to_erase(self, ticket_id: UUID, household: str | None) -> list[str]:
        return list(await self._ask("records", "photos_to_erase", ticket_id=str(ticket_id), household=household))

    async def begin_sign_in(self, login: str, address: str) -> SignInBegun:
        return SignInBegun.model_validate(await self._ask("records", "begin_sign_in", login=login, address=address))

    async def fail_sign_in(self, attempt: int, origin: Origin) -> None:
        await self._ask("records", "fail_sign_in", attempt=attempt, **_from(origin))

    async def finish_sign_in(self, attempt: int, digest: str, origin: Origin) -> datetime | None:
        """Until when the session lasts; None where it did not open."""
        answer = await self._ask("records", "finish_sign_in", attempt=attempt, digest=digest, **_from(origin))
        return None if answer is None else datetime.fromisoformat(answer)

    async def identity(self, digest: str) -> Identity | None:
        answer = await self._ask("records", "identity", digest=digest)
        return None if answer is None else Identity.model_validate(answer)

    async def sign_out(self, digest: str) -> None:
        await self._ask("records", "sign_out", digest=digest)

    async def accounts(self) -> list[Account]:
        return [Account.model_validate(each) for each in await self._ask("records", "accounts")]

    async def add_account(self, account: Account, password: str, origin: Origin) -> bool:
        """``password`` is its hash. False where the login is taken."""
        made = account.model_dump(include={"login", "person", "admin"})
        return bool(await self._ask("records", "add_account", **made, password=password, **_from(origin)))

    async def set_password(self, login: str, password: str, origin: Origin) -> bool:
        """False where there is no such account."""
        return bool(await self._ask("records", "set_password", login=login, password=password, **_from(origin)))

    async def set_disabled(self, login: str, disabled: bool, origin: Origin) -> bool:
        return bool(await self._ask("records", "set_disabled", login=login, disabled=disabled, **_from(origin)))

    async def api_tokens(self, login: str) -> list[ApiToken]:
        return [ApiToken.model_validate(each) for each in await self._ask("records", "api_tokens", login=login)]

    async def add_api_token(self, login: str, token: ApiToken, digest: str, origin: Origin) -> None:
        made = token.model_dump(mode="json", include={"id", "name", "scopes", "ends_at"})
        await self._ask("records", "add_api_token", login=login, digest=digest, **made, **_from(origin))

    async def revoke_api_token(self, login: str, id: UUID, origin: Origin) -> bool:
        return bool(await self._ask("records", "revoke_api_token", login=login, id=str(id), **_from(origin)))

    async def parked(self, **which: Any) -> list[ParkedMessage]:
        return [ParkedMessage.model_validate(each) for each in await self._ask("records", "parked", **which)]

    async def parked_show(self, id: int, origin: Origin) -> dict[str, Any] | None:
        shown: dict[str, Any] | None = await self._ask("records", "parked_show", id=id, **_from(origin))
        return shown

    async def resolve_parked(self, method: str, id: int, origin: Origin) -> bool:
        """``resend_parked`` or ``drop_parked``. False where it waits here no more."""
        return bool(await self._ask("records", method, id=id, **_from(origin)))

    async def trail(self, wanted: TrailWanted, before: int | None, limit: int) -> TrailPage:
        asked = wanted.model_dump(mode="json")
        return TrailPage.model_validate(await self._ask("records", "trail", wanted=asked, before=before, limit=limit))

    async def exported(self, subject: str, wanted: Mapping[str, Any], origin: Origin) -> None:
        """Somebody takes something out, all of it or what was ``wanted``: said before the first page of it."""
        asked = {name: value for name, value in wanted.items() if value is not None}
        await self._ask("records", "exported", subject=subject, wanted=asked, **_from(origin))

    async def _ask(self, service: str, method: str, **kwargs: Any) -> Any:
        return await self._bus.call(service, method, timeout=self._settings.call_timeout_seconds, **kwargs)


def _from(origin: Origin) -> dict[str, Any]:
    """Who asks, for the trail."""
    return {"origin": origin.model_dump(mode="json")}
