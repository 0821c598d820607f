"""What routing does when it hears something: one transaction each, state and messages together."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import Connection

from services.routing import store
from services.routing.domain import doing
from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.ticking import tick, unreachable
from services.routing.store import Stored
from shared import chain, trace
from shared.bus.outbox import Work
from shared.clock import Clock
from shared.contracts.commands import Act, Acted, By, Refused, SubmitTicket
from shared.contracts.envelope import Envelope
from shared.contracts.events import PostUnreachable, TicketEvent
from shared.contracts.queries import Backlog, Offer
from shared.contracts.vocabulary import Refusal
from shared.directory import Town

log = structlog.get_logger()

BITE = 500
"""Due cases taken at once: large enough that a statement costs little, small enough that others get their turn."""
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
            fresh[command.ticket_id] = (envelope.traceparent, *_sealed(change, "", key))
    opened = store.insert(work.connection, [stored for _, stored, _ in fresh.values()])
    for id, (traceparent, _, events) in fresh.items():
        if id in opened:
            with trace.bound(traceparent, str(id)):
                _say(work, events)


def act(work: Work, wish: Act, town: Town, now: datetime, key: bytes) -> Acted:
    """Carry out a staff action, or refuse it; a repeat of its ``action_id`` gets the answer of the first time."""
    stored = store.lock(work.connection, wish.ticket_id)
    if stored is None:
        return Acted(refused=Refused(reason=Refusal.UNKNOWN_TICKET, ticket=None))
    if before := store.answer(work.connection, wish.ticket_id, wish.action_id):
        return before
    outcome = _attempt(stored.case, wish, town, now, key)
    if isinstance(outcome, Refusal):
        acted = Acted(refused=Refused(reason=outcome, ticket=stored.case.ticket))
    else:
        _commit(work, [(stored, outcome)], key)
        acted = Acted(ticket=outcome.case.ticket)
    store.keep_answer(work.connection, wish.ticket_id, wish.action_id, acted)
    return acted


def _attempt(case: Case, wish: Act, town: Town, now: datetime, key: bytes) -> Change | Refusal:
    text = chain.free_text(wish.details.text, key) if wish.details.text else None
    return doing.do(case, wish.action, standings(case, wish.by, town, now), wish.details, text, town, now)


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
    _commit(work, rang, key)
    return len(due)


def pass_over_unreachable(
    work: Work, message_id: UUID, news: PostUnreachable, town: Town, now: datetime, key: bytes
) -> None:
    """Notify could reach nobody at a post: the ticket does not wait for it. A repeat changes nothing."""
    stored = store.lock(work.connection, news.ticket_id)
    if stored is None or store.answer(work.connection, news.ticket_id, message_id):
        return
    change = unreachable(stored.case, news, town, now)
    _commit(work, [(stored, change)], key)
    store.keep_answer(work.connection, news.ticket_id, message_id, Acted(ticket=change.case.ticket))


def _commit(work: Work, changes: Iterable[tuple[Stored, Change]], key: bytes) -> None:
    sealed = [_sealed(change, stored.hash, key) for stored, change in changes if change.events]
    store.update(work.connection, [stored for stored, _ in sealed])
    for stored, events in sealed:
        with trace.bound(trace.current(), str(stored.case.ticket.id)):
            _say(work, events)


def _sealed(change: Change, head: str, key: bytes) -> tuple[Stored, tuple[TicketEvent, ...]]:
    events: list[TicketEvent] = []
    for event in change.events:
        events.append(chain.seal(event, head, key))
        head = events[-1].hash
    return Stored(change.case, head), tuple(events)


def _say(work: Work, events: Iterable[TicketEvent]) -> None:
    for event in events:
        work.say(event, id=event.id, subject=event.ticket.id, time=event.at)


def backlog(connection: Connection, clock: Clock, oldest_outbox_seconds: float) -> Backlog:
    """What routing has not finished, for the audit."""
    now, due = clock.now(), store.oldest_due(connection)
    late = clock.real_seconds((now - due).total_seconds()) if due and due < now else None
    return Backlog(oldest_outbox_seconds=oldest_outbox_seconds or None, oldest_due_seconds=late)
