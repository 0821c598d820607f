"""What records does when it hears something, or is asked to change something: one transaction each."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args
from uuid import UUID, uuid4, uuid5

import orjson
from cryptography.fernet import Fernet
from sqlalchemy import Connection

from services.records import paths, people, queries, store
from services.records.directory import Change, Part, changes, read
from services.records.erasing import add_photos, erase_words
from services.records.personal import seal, unseal
from services.records.stats.keeping import put_facts
from services.records.trail.keeping import Notes
from shared.bus.outbox import Work
from shared.bus.received import Parked, Received, storable
from shared.bus.topology import WORK_QUEUES
from shared.contracts.commands import RecordReporter
from shared.contracts.directory import Directory, DirectoryChanged
from shared.contracts.events import (
    EVENT_NAMESPACE,
    NotificationFailed,
    NotificationSent,
    PostUnreachable,
    TicketErased,
    TicketEvent,
)
from shared.contracts.queries import Reporter
from shared.contracts.trail import What
from shared.ids import ticket_code

Recorded = TicketEvent | NotificationSent | NotificationFailed | PostUnreachable
RECORDED = get_args(Recorded)
POLICY = frozenset({Part.POLICY, Part.PRESETS, Part.RULES, Part.CALENDARS, Part.HOLIDAYS})
MOST_TOLD = 100


def record_events(work: Work, batch: Sequence[Received], now: datetime) -> None:
    """Append events to the ledger and bring the read tables up to them; a repeat changes nothing.

    An event that the ledger has with another hash is never written over: it is parked, with that as the reason.
    """
    recorded = [(each, each.message) for each in batch if isinstance(each.message, Recorded)]
    rows = [_ledger_row(each, message, now) for each, message in recorded]
    all_new = store.add_events(work.connection, rows) == len(rows)
    kept = {} if all_new else store.hashes_of(work.connection, (row["event_id"] for row in rows))
    events = [
        (each, message, kept.get(row["event_id"], message.hash))
        for (each, message), row in zip(recorded, rows, strict=True)
        if isinstance(message, TicketEvent)
    ]
    conflicts = [(each, event) for each, event, hash in events if hash != event.hash]
    good = [event for _, event, hash in events if hash == event.hash]
    in_order = store.put_tickets(work.connection, [event.ticket for event in good])
    store.put_orders(work.connection, good)
    put_facts(work.connection, good)
    store.add_texts(work.connection, [event.ticket for event in good if event.ticket.version == 1])
    add_photos(work.connection, good)
    if not in_order or any(isinstance(event, TicketErased) for event in good):
        erase_words(work.connection, {event.ticket.id for event in good})
    store.add_parked(
        work.connection,
        [
            _parked_row(_set_aside(each, f"version {event.ticket.version} is in the ledger with another hash"), now)
            for each, event in conflicts
        ],
    )


def _ledger_row(received: Received, message: Recorded, now: datetime) -> store.Row:
    """Delivery events stand outside the chain: they have no version and no hash."""
    row: store.Row = {
        "event_id": received.envelope.id,
        "ticket_id": None,
        "version": None,
        "type": received.envelope.type,
        "at": message.at,
        "prev_hash": "",
        "hash": "",
        "body": orjson.dumps(received.envelope.data).decode(),
        "received_at": now,
    }
    match message:
        case TicketEvent(ticket=ticket):
            link = {"event_id": message.id, "prev_hash": message.prev_hash, "hash": message.hash}
            return row | link | {"ticket_id": ticket.id, "version": ticket.version}
        case PostUnreachable(ticket_id=ticket_id):
            return row | {"ticket_id": ticket_id}
        case NotificationSent(delivery=delivery) | NotificationFailed(delivery=delivery):
            return row | {"ticket_id": delivery.ticket_id}


def _set_aside(received: Received, reason: str) -> Parked:
    return Parked(
        body=received.body,
        queue=received.queue,
        reason=reason,
        attempts=0,
        message_id=str(received.envelope.id),
        content_type="",
        headers=received.headers,
    )


def record_reporters(work: Work, batch: Sequence[Received], personal: Fernet, now: datetime) -> None:
    """Keep who reported, encrypted. A repeat changes nothing, and brings back nobody who was erased."""
    reporters = [each.message for each in batch if isinstance(each.message, RecordReporter)]
    rows = [
        {
            "reporter_ref": each.reporter_ref,
            "ticket_id": each.ticket_id,
            "sealed": seal(each, personal),
            "recorded_at": now,
        }
        for each in reporters
    ]
    people.add_reporters(work.connection, sorted(rows, key=lambda row: row["reporter_ref"]))


def tell_reporter(connection: Connection, reporter_ref: UUID, personal: Fernet) -> Reporter | None:
    """How to reach a reporter, for the machine that sends to them: each message sent is in the ledger. None where there
    is none, or it was erased."""
    sealed = people.sealed_reporter(connection, reporter_ref)
    if sealed is None:
        return None
    told = unseal(sealed, personal)
    return Reporter(name=told.name, phone=told.phone, email=told.email, language=told.language)


def tell_households(connection: Connection, refs: Sequence[UUID], personal: Fernet, notes: Notes) -> dict[UUID, str]:
    """The flats of those who co-signed, and nothing else of them: for the post that has to confirm them. Who has seen
    them is on the trail."""
    told = [unseal(sealed, personal) for sealed in people.sealed_reporters(connection, refs).values()]
    shown = {each.reporter_ref: each.household for each in told if each.household}
    for ticket_id, count in Counter(each.ticket_id for each in told if each.household).items():
        notes.note(What.REPORTER_SHOWN, ticket_code(ticket_id), households=count)
    return shown


def tell_contact(connection: Connection, reporter_ref: UUID, personal: Fernet, notes: Notes) -> dict[str, Any] | None:
    """A reporter's name and ways of contact, for whoever has to reach them; None where there is none, or it was erased.
    Who has seen them is on the trail."""
    sealed = people.sealed_reporter(connection, reporter_ref)
    if sealed is None:
        return None
    told = unseal(sealed, personal)
    contact = told.model_dump(include={"name", "phone", "email"})
    notes.note(
        What.REPORTER_SHOWN,
        ticket_code(told.ticket_id),
        shown=[name for name, value in contact.items() if value],
    )
    return contact


def hand_out(connection: Connection, reporter_ref: UUID, personal: Fernet, notes: Notes) -> dict[str, Any] | None:
    """Everything that is kept about somebody, as it was written; None where there is nothing, or it was erased. That it
    was handed out is on the trail."""
    kept = people.kept_reporter(connection, reporter_ref)
    if kept is None:
        return None
    sealed, recorded_at = kept
    kept_of = unseal(sealed, personal)
    notes.note(What.REPORTER_HANDED_OUT, ticket_code(kept_of.ticket_id))
    told = kept_of.model_dump(mode="json", exclude={"reporter_ref", "ticket_id"})
    return {**told, "recorded_at": recorded_at.isoformat()}


def erase_personal(work: Work, reporter_ref: UUID, ticket_id: UUID, notes: Notes) -> bool:
    """As ``erase_reporter``, of one person alone; also what has not come yet. False where that was done before."""
    erased = people.erase_person(work.connection, reporter_ref, ticket_id, notes.now)
    if erased:
        notes.note(What.REPORTER_ERASED, ticket_code(ticket_id))
    return erased


def erase_reporter(work: Work, code: str, notes: Notes) -> bool:
    """Make the names, ways of contact and unmasked words of who reported a ticket and who co-signed it unreadable for
    good; False where there was nothing.

    The masked words stay in the ledger: they name nobody, and the chain covers their digest.
    """
    ticket_id = queries.reported_ticket(work.connection, code)
    erased = ticket_id is not None and people.erase_reporter(work.connection, ticket_id, notes.now)
    if erased:
        notes.note(What.REPORTER_ERASED, code)
    return erased


def load_directory(work: Work, files: dict[str, str], now: datetime, notes: Notes) -> tuple[list[Change], Directory]:
    """Put a new version in force if it differs from the newest; what it changes, and what is in force then. The
    trail is told how many of each sort changed, and of the policy which.

    Raises ``DirectoryProblems``, and then nothing has changed.
    """
    old = queries.newest_directory(work.connection)
    new = read(files, old.version + 1 if old else 1)
    found = changes(old, new)
    if old and not found:
        return [], old
    if found:
        paths.add_directory(work.connection, new, now)
        id = uuid5(EVENT_NAMESPACE, f"directory/{new.version}/{now.isoformat()}")
        work.say(DirectoryChanged(directory=new), id=id, subject=None, time=now)
        notes.note(What.DIRECTORY_LOADED, new.version, changes=Counter(f"{each.part}.{each.what}" for each in found))
        if policy := [f"{each.part}.{each.what}: {each.code}" for each in found if each.part in POLICY]:
            notes.note(What.POLICY_CHANGED, new.version, changes=policy[:MOST_TOLD], count=len(policy))
    return found, new


def park(work: Work, batch: Sequence[Parked], now: datetime) -> None:
    """Keep messages that nobody could handle, exactly as they came."""
    store.add_parked(work.connection, [_parked_row(each, now) for each in batch])


def _parked_row(message: Parked, now: datetime) -> store.Row:
    known = {"attempts": message.attempts, "content_type": message.content_type, "headers": message.headers}
    queue = storable(message.queue)
    return {
        "queue": queue,
        "reason": storable(message.reason),
        "body": message.body,
        "digest": hashlib.sha256(queue.encode() + b"\0" + message.body).hexdigest(),
        "message_id": storable(message.message_id) or None,
        "properties": json.dumps(known, default=str),
        "parked_at": now,
    }


def show_parked(work: Work, id: int, notes: Notes) -> dict[str, Any] | None:
    """A parked message in full, and on record who has seen it: it may hold a resident's data."""
    shown = queries.parked_in_full(work.connection, id)
    if shown is not None:
        notes.note(What.PARKED_SHOWN, id, queue=shown["queue"])
    return shown


def resend_parked(work: Work, id: int, notes: Notes) -> bool:
    """Give a parked message back to its queue, once; False where it is not there or was resent or dropped before.

    Raises ``ValueError`` where nobody knows which queue it came from.
    """
    message = queries.parked_message(work.connection, id)
    if message is not None and message.queue not in WORK_QUEUES:
        raise ValueError(f"no queue to send it back to: {message.queue!r}")
    if message is None or not store.resolve_parked(work.connection, id, resent_at=notes.now):
        return False
    work.send_again(message.body, queue=message.queue, message_id=message.message_id or str(uuid4()))
    notes.note(What.PARKED_RESENT, id, queue=message.queue)
    return True


def drop_parked(work: Work, id: int, notes: Notes) -> bool:
    """Say that a parked message needs nothing more. It stays in the table; nothing is ever deleted from there."""
    dropped = store.resolve_parked(work.connection, id, dropped_at=notes.now)
    if dropped:
        notes.note(What.PARKED_DROPPED, id)
    return dropped
