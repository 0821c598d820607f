"""Records' entrypoints: what it hears and what it answers.

Moments of its own bookkeeping (received, parked, erased) are real time: people and the audit ask how old things are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from orjson import Fragment

from services.records import evidence, handlers, orders, queries
from services.records.accounts.worker import AccountCalls
from services.records.directory import DirectoryProblems, warnings
from services.records.erasing import photos_to_erase
from services.records.inbox import badges, inbox
from services.records.rebuilding import READ_TABLES
from services.records.settings import RecordsSettings
from services.records.similar import similar
from services.records.stats.asking import stats
from services.records.store import outbox as outbox_table
from services.records.trail.keeping import Notes, keep, noting
from services.records.trail.worker import TrailCalls
from shared.bus.outbox import Outbox, Work
from shared.bus.provided import Provided
from shared.bus.received import Parked, Received
from shared.bus.rpc import rpc
from shared.bus.runner import InHand, InHandProvider, OutboxProvider
from shared.bus.scraped import scraped
from shared.bus.subscriber import subscribe, subscribe_parking
from shared.bus.topology import RECORDS_EVENTS, RECORDS_REPORTERS, RECORDS_TRAIL
from shared.contracts.commands import RecordReporter
from shared.contracts.directory import DirectoryChanged
from shared.contracts.queries import Backlog, InboxAsked
from shared.contracts.stats import StatsAsked
from shared.contracts.trail import RecordDeed, What
from shared.db import reading, transaction

settings = cache(RecordsSettings)

Json = dict[str, Any]


class Records(AccountCalls, TrailCalls):
    """Each method: decode, one transaction around one handler or query, answer."""

    name = "records"

    settings: RecordsSettings = Provided(settings)
    outbox: Outbox = OutboxProvider(outbox_table, lambda: settings().engine)
    in_hand: InHand = InHandProvider()

    @subscribe(RECORDS_EVENTS, *handlers.RECORDED, DirectoryChanged, batch=200, linger=0.05)
    def on_events(self, batch: list[Received]) -> None:
        with self.outbox.work() as work:
            handlers.record_events(work, batch, _now())

    @subscribe(RECORDS_REPORTERS, RecordReporter, batch=200)
    def on_reporters(self, batch: list[Received]) -> None:
        with self.outbox.work() as work:
            handlers.record_reporters(work, batch, self.settings.personal, _now())

    @subscribe(RECORDS_TRAIL, RecordDeed, batch=200, linger=0.05)
    def on_deeds(self, batch: list[Received]) -> None:
        deeds = [each.message.deed for each in batch if isinstance(each.message, RecordDeed)]
        with transaction(self.settings.engine) as connection:
            keep(connection, deeds, self.settings.chain_key)

    @subscribe_parking()
    def on_parked(self, batch: list[Parked]) -> None:
        with self.outbox.work() as work:
            handlers.park(work, batch, _now())

    @rpc
    def ticket(self, code: str | None = None, ticket_id: str | None = None, story: bool = True) -> Json | None:
        with reading(self.settings.engine) as connection:
            id = UUID(ticket_id) if ticket_id else None
            found = queries.ticket_record(connection, code=code, ticket_id=id, story=story)
        return found.model_dump(mode="json") if found else None

    @rpc
    def inbox(self, asked: Json) -> Json:
        """An ``InboxPage``. Its tickets go out as they stand in the table: to read fifty of them here, only to write
        them again, would take longer than to find them."""
        with reading(self.settings.engine) as connection:
            found = inbox(connection, InboxAsked.model_validate(asked), self.settings.clock.now())
        return {"items": [Fragment(body) for body in found.bodies], "next": found.next}

    @rpc
    def badges(self, posts: list[Json]) -> Json:
        asked = InboxAsked.model_validate({"posts": posts})
        with reading(self.settings.engine) as connection:
            return badges(connection, asked, self.settings.clock.now()).model_dump(mode="json")

    @rpc
    def stats(self, asked: Json) -> Json:
        smallest, weights = self.settings.stats_smallest, self.settings.stats_weights
        with reading(self.settings.engine) as connection:
            found = stats(connection, StatsAsked.model_validate(asked), self.settings.clock.now(), smallest, weights)
        return found.model_dump(mode="json")

    @rpc
    def similar(self, place: str, text: str, category: str | None = None, limit: int = 3) -> list[Json]:
        with reading(self.settings.engine) as connection:
            found = similar(connection, place, text, category, limit)
        return [ticket.model_dump(mode="json") for ticket in found]

    @rpc
    def known(self, ids: list[str]) -> list[Json]:
        with reading(self.settings.engine) as connection:
            found = orders.known(connection, [UUID(id) for id in ids])
        return [ticket.model_dump(mode="json") for ticket in found]

    @rpc
    def changed_orders(self, since: str | None = None, cursor: str | None = None, limit: int = 50) -> Json:
        with reading(self.settings.engine) as connection:
            moment = datetime.fromisoformat(since) if since else None
            return orders.changed_orders(connection, moment, cursor, limit).model_dump(mode="json")

    @rpc
    def events(self, ticket_id: str) -> list[Json]:
        with reading(self.settings.engine) as connection:
            found = queries.events_of(connection, UUID(ticket_id))
        return [{"type": each.wire_type(), "data": each.data} for each in found]

    @rpc
    def chains(self, after: str | None, limit: int) -> list[Json]:
        with reading(self.settings.engine) as connection:
            found = evidence.chains(connection, UUID(after) if after else None, limit)
        return [chain.model_dump(mode="json") for chain in found]

    @rpc
    def read_tables(self) -> list[str]:
        return list(READ_TABLES)

    @rpc
    def rebuild(self, table: str, after: str | None, limit: int, write: bool, origin: Json | None = None) -> Json:
        with (
            transaction(self.settings.engine) as connection,
            noting(connection, self.settings.chain_key, origin, _now()) as notes,
        ):
            rebuilt = READ_TABLES[table](connection, after, limit, write)
            if write and after is None:
                notes.note(What.REBUILT, table)
        return rebuilt.model_dump(mode="json")

    @rpc
    def backlog(self) -> Json:
        with reading(self.settings.engine) as connection:
            never_came = queries.never_came(connection, _now())
        return self.standing().model_copy(update={"never_came": never_came}).model_dump(mode="json")

    @scraped(
        "oldest_outbox_seconds",
        "oldest_in_hand_seconds",
        "oldest_parked_seconds",
        "parked_messages",
        "directory_version",
    )
    def standing(self) -> Backlog:
        with reading(self.settings.engine) as connection:
            return queries.backlog(connection, _now(), self.outbox.oldest_age(), self.in_hand())

    @rpc
    def directory(self) -> Json | None:
        with reading(self.settings.engine) as connection:
            newest = queries.newest_directory(connection)
        return newest.model_dump(mode="json") if newest else None

    @rpc
    def directory_version(self) -> int:
        with reading(self.settings.engine) as connection:
            return queries.directory_version(connection)

    @rpc
    def load_directory(self, files: dict[str, str], origin: Json | None = None) -> Json:
        now = self.settings.clock.now()
        try:
            with self._noted_work(origin) as (work, notes):
                changes, directory = handlers.load_directory(work, files, now, notes)
        except DirectoryProblems as error:
            return {"problems": [str(problem) for problem in error.problems]}
        told = {"changes": [str(change) for change in changes], "warnings": warnings(directory, now)}
        return {"version": directory.version} | told

    @rpc
    def reporter(self, reporter_ref: str) -> Json | None:
        with reading(self.settings.engine) as connection:
            found = handlers.tell_reporter(connection, UUID(reporter_ref), self.settings.personal)
        return found.model_dump(mode="json") if found else None

    @rpc
    def households(self, refs: list[str], origin: Json | None = None) -> dict[str, str]:
        wanted, personal = [UUID(ref) for ref in refs], self.settings.personal
        with self._noted_work(origin) as (work, notes):
            found = handlers.tell_households(work.connection, wanted, personal, notes)
        return {str(ref): flat for ref, flat in found.items()}

    @rpc
    def contact(self, reporter_ref: str, origin: Json | None = None) -> Json | None:
        with self._noted_work(origin) as (work, notes):
            return handlers.tell_contact(work.connection, UUID(reporter_ref), self.settings.personal, notes)

    @rpc
    def personal(self, reporter_ref: str, origin: Json | None = None) -> Json | None:
        with self._noted_work(origin) as (work, notes):
            return handlers.hand_out(work.connection, UUID(reporter_ref), self.settings.personal, notes)

    @rpc
    def erase_personal(self, reporter_ref: str, ticket_id: str, origin: Json | None = None) -> bool:
        with self._noted_work(origin) as (work, notes):
            return handlers.erase_personal(work, UUID(reporter_ref), UUID(ticket_id), notes)

    @rpc
    def photos_to_erase(self, ticket_id: str, household: str | None = None) -> list[str]:
        with reading(self.settings.engine) as connection:
            return photos_to_erase(connection, UUID(ticket_id), household)

    @rpc
    def erase_reporter(self, code: str, origin: Json | None = None) -> bool:
        with self._noted_work(origin) as (work, notes):
            return handlers.erase_reporter(work, code, notes)

    @rpc
    def parked(self, all: bool = False, after: int = 0, limit: int = 50) -> list[Json]:
        with reading(self.settings.engine) as connection:
            found = queries.parked_messages(connection, all=all, after=after, limit=limit)
        return [message.model_dump(mode="json") for message in found]

    @rpc
    def parked_show(self, id: int, origin: Json | None = None) -> Json | None:
        with self._noted_work(origin) as (work, notes):
            return handlers.show_parked(work, id, notes)

    @rpc
    def resend_parked(self, id: int, origin: Json | None = None) -> bool:
        with self._noted_work(origin) as (work, notes):
            return handlers.resend_parked(work, id, notes)

    @rpc
    def drop_parked(self, id: int, origin: Json | None = None) -> bool:
        with self._noted_work(origin) as (work, notes):
            return handlers.drop_parked(work, id, notes)

    @contextmanager
    def _noted_work(self, origin: Json | None) -> Iterator[tuple[Work, Notes]]:
        """What is done and said in one transaction, and the notes of who does it."""
        with self.outbox.work() as work, noting(work.connection, self.settings.chain_key, origin, _now()) as notes:
            yield work, notes


def _now() -> datetime:
    return datetime.now(UTC)
