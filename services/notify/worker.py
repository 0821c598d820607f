"""Notify's entrypoints: what it hears, what it answers, and the dispatcher that sends."""

from contextlib import suppress
from functools import cache
from typing import Any
from uuid import UUID

from services.notify import handlers, store
from services.notify.channels import TryLater
from services.notify.dispatcher import Dispatcher, real_now
from services.notify.domain.whom import has_empty_seat
from services.notify.groups import Channels, read_channels
from services.notify.sending import ways_out
from services.notify.settings import NotifySettings
from services.notify.writing.stationery import Stationery
from shared.bus.caller import Caller, NoAnswer
from shared.bus.outbox import Outbox
from shared.bus.provided import Provided, Running
from shared.bus.publisher import publisher_of
from shared.bus.received import Received
from shared.bus.rpc import rpc
from shared.bus.runner import InHand, InHandProvider, OutboxProvider, every
from shared.bus.scraped import scraped
from shared.bus.subscriber import subscribe
from shared.bus.topology import NOTIFY_EVENTS
from shared.contracts.directory import DirectoryChanged
from shared.contracts.events import TicketEvent, TicketReminded
from shared.contracts.queries import Backlog, Reporter
from shared.db import reading
from shared.directory import Town
from shared.directory_store import KeptDirectory

REFRESH_SECONDS = 5

settings = cache(NotifySettings)


@cache
def channels() -> Channels:
    return read_channels(settings().channels)


@cache
def directory() -> KeptDirectory:
    return KeptDirectory(settings().engine, store.directories)


@cache
def records() -> Caller:
    return Caller(settings().amqp_uri, settings().answer_seconds)


def ask_records(method: str) -> Any:
    return records().call("records", method)


def ask_reporter(reference: UUID) -> Reporter | None:
    try:
        answer = records().call("records", "reporter", reporter_ref=str(reference))
    except NoAnswer as error:
        raise TryLater(str(error)) from error
    return Reporter.model_validate(answer) if answer else None


def stationery() -> Stationery:
    """Raises ``Transient`` where there is no directory yet."""
    return Stationery(directory().town, settings().base_url, settings().key("secret"), settings().clock.now())


@cache
def dispatcher() -> Dispatcher:
    here = settings()
    publisher = publisher_of(here.engine, store.outbox, here.amqp_uri)
    return Dispatcher(
        Outbox(here.engine, store.outbox, Notify.name, publisher),
        here.clock,
        stationery,
        ways_out(here, channels(), ask_reporter),
        lane_width=here.lane_width,
        lease_seconds=here.lease_seconds,
    )


class Notify:
    """Each method: decode, one transaction around one handler, answer."""

    name = "notify"

    settings: NotifySettings = Provided(settings)
    channels: Channels = Provided(channels)
    directory: KeptDirectory = Provided(directory)
    outbox: Outbox = OutboxProvider(store.outbox, lambda: settings().engine)
    in_hand: InHand = InHandProvider()
    dispatcher: Dispatcher = Running(dispatcher)
    records: Caller = Running(records)

    @subscribe(NOTIFY_EVENTS, TicketEvent, DirectoryChanged, batch=200, linger=0.005)
    def on_event(self, batch: list[Received]) -> None:
        for each in batch:
            if isinstance(each.message, DirectoryChanged):
                self.directory.take(each.message.directory)
        heard = [(each.envelope, each.message, each.body) for each in batch if isinstance(each.message, TicketEvent)]
        if heard:
            self.record(heard)

    def record(self, heard: list[handlers.Heard]) -> None:
        town, groups, here = self.town_for(heard), self.channels.groups, self.settings
        with self.outbox.work() as work:
            handlers.record_events(
                work, heard, town, groups, now=here.clock.now(), real_now=real_now(), digest_at=here.digest_at
            )
        self.dispatcher.wake()

    def town_for(self, heard: list[handlers.Heard]) -> Town:
        """Where nobody holds a post that an event names, or another holds it now, routing may have gone by a newer
        directory than ours.

        Records has the newest, or is away, and then ours has to do: whom it does not know nobody can reach. To wait
        for another would hold up everybody's messages for the sake of a post that may be gone for good.
        """
        town, now = self.directory.town, self.settings.clock.now()
        if any(_is_of_new_holder(event) or has_empty_seat(event, town, now) for _, event, _ in heard):
            with suppress(NoAnswer):
                self.directory.catch_up(ask_records)
        return self.directory.town

    @every(REFRESH_SECONDS)
    def refresh_directory(self) -> None:
        with suppress(NoAnswer):
            self.directory.keep_up(ask_records)

    @rpc
    def deliveries(self, ticket_id: str) -> list[dict[str, Any]]:
        with reading(self.settings.engine) as connection:
            return store.deliveries_of(connection, UUID(ticket_id))

    @rpc
    def backlog(self) -> dict[str, Any]:
        return self.standing().model_dump(mode="json")

    @scraped("oldest_outbox_seconds", "oldest_delivery_seconds", "oldest_in_hand_seconds", "directory_version")
    def standing(self) -> Backlog:
        with reading(self.settings.engine) as connection:
            backlog = handlers.backlog(connection, self.settings.clock, real_now(), self.outbox.oldest_age())
        more = {"directory_version": self.directory.version, "oldest_in_hand_seconds": self.in_hand()}
        return backlog.model_copy(update=more)


def _is_of_new_holder(event: TicketEvent) -> bool:
    return isinstance(event, TicketReminded) and event.reason.is_new_holder
