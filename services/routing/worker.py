"""Routing's entrypoints: what it hears, what it answers, what it does by itself."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from typing import Any
from uuid import UUID

from services.routing import handlers, store
from services.routing.domain.opening import UnknownPlace
from services.routing.domain.preview import preview
from services.routing.settings import RoutingSettings
from shared.bus.caller import Caller, NoAnswer
from shared.bus.outbox import Outbox, Work
from shared.bus.provided import Provided, Running
from shared.bus.received import Received
from shared.bus.rpc import rpc
from shared.bus.runner import InHand, InHandProvider, OutboxProvider, every
from shared.bus.scraped import scraped
from shared.bus.subscriber import subscribe
from shared.bus.topology import ROUTING_COMMANDS, ROUTING_EVENTS
from shared.contracts.commands import Act, By, SubmitTicket
from shared.contracts.directory import DirectoryChanged
from shared.contracts.events import PostUnreachable
from shared.contracts.queries import Backlog, PreviewWanted
from shared.db import reading
from shared.directory import Town
from shared.directory_store import KeptDirectory

TICK_SECONDS = 0.5
REFRESH_SECONDS = 5
LOOK_SECONDS = 10
ANSWER_SECONDS = 10.0

settings = cache(RoutingSettings)


class Routing:
    """Each method: decode, one transaction around one handler, answer."""

    name = "routing"

    settings: RoutingSettings = Provided(settings)
    directory: KeptDirectory = Provided(lambda: KeptDirectory(settings().engine, store.directories))
    caller: Caller = Running(lambda: Caller(settings().amqp_uri, ANSWER_SECONDS))
    outbox: Outbox = OutboxProvider(store.outbox, lambda: settings().engine)
    in_hand: InHand = InHandProvider()

    @subscribe(ROUTING_COMMANDS, SubmitTicket, batch=200, linger=0.005)
    def on_command(self, batch: list[Received]) -> None:
        submissions = [(each.envelope, each.message) for each in batch if isinstance(each.message, SubmitTicket)]
        with self.outbox.work() as work:
            handlers.open_cases(work, submissions, self.directory.town, self.now(), self.settings.chain_key)

    @subscribe(ROUTING_EVENTS, DirectoryChanged, PostUnreachable)
    def on_event(self, batch: list[Received]) -> None:
        [received] = batch
        match received.message:
            case DirectoryChanged(directory=directory):
                self.directory.take(directory)
            case PostUnreachable() as news:
                with self.outbox.work() as work:
                    town, key = self.directory.town, self.settings.chain_key
                    handlers.pass_over_unreachable(work, received.envelope.id, news, town, self.now(), key)

    @every(TICK_SECONDS)
    def ring_due(self) -> None:
        looked_at, stuck = handlers.BITE if self.directory.loaded else 0, set[UUID]()
        while looked_at == handlers.BITE and len(stuck) < handlers.MOST_STUCK:
            with self.outbox.work() as work:
                town, key = self.directory.town, self.settings.chain_key
                looked_at = handlers.ring_due(work, town, self.now(), key, stuck)

    @every(LOOK_SECONDS)
    def change_hands(self) -> None:
        self.look_around(handlers.change_hands)

    @every(LOOK_SECONDS)
    def restamp(self) -> None:
        self.look_around(handlers.restamp)

    def look_around(self, look: Callable[[Work, Town, datetime, bytes, set[UUID]], int]) -> None:
        """In bites, until nothing is left to look at."""
        looked_at, stuck = int(self.directory.loaded), set[UUID]()
        while looked_at and len(stuck) < handlers.MOST_STUCK:
            with self.outbox.work() as work:
                looked_at = look(work, self.directory.town, self.now(), self.settings.chain_key, stuck)

    @every(REFRESH_SECONDS)
    def refresh_directory(self) -> None:
        with suppress(NoAnswer):
            self.directory.keep_up(partial(self.caller.call, "records"))

    @rpc
    def act(self, act: dict[str, Any]) -> dict[str, Any]:
        with self.outbox.work() as work:
            wish = Act.model_validate(act)
            acted = handlers.act(work, wish, self.directory.town, self.now(), self.settings.chain_key)
        return acted.model_dump(mode="json")

    @rpc
    def offer(self, ticket_id: str, by: dict[str, Any]) -> dict[str, Any]:
        who, town, now = By.model_validate(by), self.directory.town, self.now()
        with reading(self.settings.engine) as connection:
            found = handlers.offer(connection, UUID(ticket_id), who, town, now)
        return found.model_dump(mode="json")

    @rpc
    def erase_words(self, ticket_id: str, household: str | None = None) -> bool:
        with self.outbox.work() as work:
            town, key = self.directory.town, self.settings.chain_key
            return handlers.erase_words(work, UUID(ticket_id), town, self.now(), key, household)

    @rpc
    def preview(self, wanted: dict[str, Any]) -> dict[str, Any] | None:
        """None where there is no such door."""
        with suppress(UnknownPlace):
            found = preview(PreviewWanted.model_validate(wanted), self.directory.town, self.now())
            return found.model_dump(mode="json")
        return None

    @rpc
    def heads(self, after: str | None, limit: int) -> list[dict[str, Any]]:
        with reading(self.settings.engine) as connection:
            found = store.heads(connection, UUID(after) if after else None, limit)
        return [head.model_dump(mode="json") for head in found]

    @rpc
    def backlog(self) -> dict[str, Any]:
        return self.standing().model_dump(mode="json")

    @scraped("oldest_outbox_seconds", "oldest_due_seconds", "oldest_in_hand_seconds", "directory_version")
    def standing(self) -> Backlog:
        with reading(self.settings.engine) as connection:
            backlog = handlers.backlog(connection, self.settings.clock, self.outbox.oldest_age())
        more = {"directory_version": self.directory.version, "oldest_in_hand_seconds": self.in_hand()}
        return backlog.model_copy(update=more)

    def now(self) -> datetime:
        return self.settings.clock.now()
