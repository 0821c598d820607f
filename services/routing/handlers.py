"""What routing does when it hears something: one transaction each, state and messages together."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import Connection

from services.routing import store
from services.routing.domain import doing
from services.routing.domain.case import Case, Change, is_owner
from services.routing.domain.deeds import deed_of
from services.routing.domain.holding import change_hands as change_hands_of
from services.routing.domain.holding import holder_of
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.ticking import tick, unreachable
from services.routing.store import Stored
from shared import chain, trace
from shared.bus.outbox import Work
from shared.bus.topology import RECORDS_TRAIL
from shared.clock import Clock
from shared.contracts.commands import Act, Acted, By, Refused, SubmitTicket
from shared.contracts.envelope import Envelope
from shared.contracts.events import PostUnreachable, TicketEvent
from shared.contracts.queries import Backlog, Offer
from shared.contracts.trail import RecordDeed
from shared.contracts.vocabulary import Refusal
from shared.directory import Town

log = structlog.get_logger()

BITE = 500
"""Due cases taken at once: large enough that a statement costs little, small enough that others get their turn."""
POSTS = 50
"""Posts whose holder has changed, looked at in one bite."""
MOST_STUCK = 5000
"""So many cases that cannot be rung are passed over in one go: beyond it something is wrong with all of them."""


def open_cases(
    work: Work, submissions: Sequence[tuple[Envelope, SubmitTicket]], town: Town, now: datetime, key: bytes
) -> None:
    """Open a case for each submission that has none yet; a repeat changes nothing."""
    there = store.known(work.connection, (command.ticket_id for _, command in submissions))
    fresh: dict[UUID, tuple[str, Stored, tuple[TicketEvent, ...]]] = {}
    for envelope, command in submissions:
        if command.ticket_id not in there and command.ticket_id not in fresh:
            change = open_case(command, town, now, partial(chain.free_text, key=key))
            fresh[command.ticket_id] = (envelope.traceparent, *_sealed(change, None, town, now, key))
    opened = store.insert(work.connection, [stored for _, stored, _ in fresh.values()])
    for id, (traceparent, _, events) in fresh.items():
        if id in opened:
            with trace.bound(traceparent, str(id)):
                _say(work, events)


def act(work: Work, wish: Act, town: Town, now: datetime, key: bytes) -> Acted:
    """Carry out an action, or refuse it; a repeat of its ``action_id`` gets the answer of the first time.

    What somebody at work does goes on the trail, refusals included; what a resident does is in the ledger alone.
    """
    stored = store.lock(work.connection, wish.ticket_id)
    if stored is None:
        return Acted(refused=Refused(reason=Refusal.UNKNOWN_TICKET, ticket=None))
    if before := store.answer(work.connection, wish.ticket_id, wish.action_id):
        return before
    outcome = _attempt(stored.case, wish, town, now, key)
    if isinstance(outcome, Refusal):
        acted = Acted(refused=Refused(reason=outcome, ticket=stored.case.ticket))
    else:
        _commit(work, [(stored, outcome)], town, now, key)
        acted = Acted(ticket=outcome.case.ticket)
    if wish.by.person:
        deed = deed_of(wish, stored.case.ticket, outcome, datetime.now(UTC))
        work.command(RECORDS_TRAIL, RecordDeed(deed=deed), id=deed.id, subject=wish.ticket_id, time=now)
    store.keep_answer(work.connection, wish.ticket_id, wish.action_id, acted)
    return acted


def _attempt(case: Case, wish: Act, town: Town, now: datetime, key: bytes) -> Change | Refusal:
    text = chain.free_text(wish.details.text, key) if wish.details.text else None
    return doing.do(case, wish.action, standings(case, wish.by, town, now), wish.details, text, town, now, wish.voice)


def offer(connection: Connection, ticket_id: UUID, by: By, town: Town, now: datetime) -> Offer:
    """What somebody may do with a ticket now."""
    stored = store.read(connection, ticket_id)
    if stored is None:
        return Offer(ticket=None, refused=Refusal.UNKNOWN_TICKET)
    case, ticket = stored.case, stored.case.ticket
    found = standings(case, by, town, now)
    if not found:
        return Offer(ticket=ticket, refused=Refusal.NOT_YOURS)
    parts = tuple(who.part for who in found)
    return Offer(ticket=ticket, parts=parts, forms=doing.forms(case, found, town, now))


def ring_due(work: Work, town: Town, now: datetime, key: bytes, stuck: set[UUID]) -> int:
    """Do what is due for a bite of cases; says how many were looked at.

    Where our own mistake stands in the way of one, the others must not wait for it: it is put among ``stuck``, which
    are passed over. Its clock goes on being overdue: the audit says so until it is mended.
    """
    due = store.lock_due(work.connection, now, BITE, stuck)
    rang: list[tuple[Stored, Change]] = []
    for id, row in due:
        try:
            stored = store.stored(row)
            rang.append((stored, tick(stored.case, town, now)))
        except Exception:
            log.exception("a clock could not be rung", ticket=str(id))
            stuck.add(id)
    _commit(work, rang, town, now, key)
    return len(due)


def change_hands(work: Work, town: Town, now: datetime, key: bytes, stuck: set[UUID]) -> int:
    """See to a bite of the open cases whose owner's post is no longer held by whom it was (a new directory, a duty or
    an absence that begins or ends); says how many were looked at. Those ``stuck`` are passed over, as in ``ring_due``.
    """
    moved = [(code, who) for code, who in store.held(work.connection) if _holder(code, town, now) != who][:POSTS]
    rows = store.lock_held(work.connection, moved, BITE, stuck) if moved else []
    changed: list[tuple[Stored, Change]] = []
    for id, row in rows:
        try:
            stored = store.stored(row)
            change = change_hands_of(stored.case, town, now) if _concerned(stored, town, now) else Change(stored.case)
            seen = replace(stored, held_by=holder_of(stored.case, town, now) or store.NOBODY)
            changed.append((seen, change))
        except Exception:
            log.exception("a case could not change hands", ticket=str(id))
            stuck.add(id)
    store.update(work.connection, [seen for seen, change in changed if not change.events])
    _commit(work, changed, town, now, key)
    return len(rows)


def _concerned(stored: Stored, town: Town, now: datetime) -> bool:
    """Where nobody ever looked, as in a case from before we did, its holder is no news."""
    return stored.held_by is not None or holder_of(stored.case, town, now) is None


def _holder(code: str, town: Town, now: datetime) -> str:
    post = town.post(code)
    return (town.holder(post, now) if post else None) or store.NOBODY


def pass_over_unreachable(
    work: Work, message_id: UUID, news: PostUnreachable, town: Town, now: datetime, key: bytes
) -> None:
    """Notify could reach nobody at a post: the ticket does not wait for it. A repeat changes nothing."""
    stored = store.lock(work.connection, news.ticket_id)
    if stored is None or store.answer(work.connection, news.ticket_id, message_id):
        return
    change = unreachable(stored.case, news, town, now)
    _commit(work, [(stored, change)], town, now, key)
    store.keep_answer(work.connection, news.ticket_id, message_id, Acted(ticket=change.case.ticket))


def _commit(work: Work, changes: Iterable[tuple[Stored, Change]], town: Town, now: datetime, key: bytes) -> None:
    sealed = [_sealed(change, stored, town, now, key) for stored, change in changes if change.events]
    store.update(work.connection, [stored for stored, _ in sealed])
    for stored, events in sealed:
        with trace.bound(trace.current(), str(stored.case.ticket.id)):
            _say(work, events)


def _sealed(
    change: Change, before: Stored | None, town: Town, now: datetime, key: bytes
) -> tuple[Stored, tuple[TicketEvent, ...]]:
    """A new owner's post is held by whom notify tells of it; who holds an old one's now may not have been told yet."""
    events, head = list[TicketEvent](), before.hash if before else ""
    same = before and before.case.ticket.owner and is_owner(change.case.ticket, before.case.ticket.owner)
    held_by = before.held_by if before and same else holder_of(change.case, town, now) or store.NOBODY
    for event in change.events:
        events.append(chain.seal(event, head, key))
        head = events[-1].hash
    return Stored(change.case, head, held_by), tuple(events)


def _say(work: Work, events: Iterable[TicketEvent]) -> None:
    for event in events:
        work.say(event, id=event.id, subject=event.ticket.id, time=event.at)


def backlog(connection: Connection, clock: Clock, oldest_outbox_seconds: float) -> Backlog:
    """What routing has not finished, for the audit."""
    now, due = clock.now(), store.oldest_due(connection)
    late = clock.real_seconds((now - due).total_seconds()) if due and due < now else None
    return Backlog(oldest_outbox_seconds=oldest_outbox_seconds or None, oldest_due_seconds=late)
