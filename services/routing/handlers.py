"""What routing does when it hears something: one transaction each, state and messages together."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Row

from services.routing import store
from services.routing.domain import doing, erasing, holding, restamping
from services.routing.domain.aftermath import aftermath
from services.routing.domain.case import Change, parent_of
from services.routing.domain.deeds import deed_of
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings, why_none
from services.routing.domain.ticking import tick, unreachable
from services.routing.store import Kept, Stored
from services.routing.together import Together, holder, last_known_year, say, sealed
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
from shared.ids import normalize_code

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
            fresh[command.ticket_id] = (envelope.traceparent, *sealed(change, None, town, now, key))
    opened = store.insert(work.connection, [stored for _, stored, _ in fresh.values()])
    for id, (traceparent, _, events) in fresh.items():
        if id in opened:
            with trace.bound(traceparent, str(id)):
                say(work, events)


def act(work: Work, wish: Act, town: Town, now: datetime, key: bytes) -> Acted:
    """Carry out an action, or refuse it. What is done is done once: the same wish again gets the same answer, another
    under its ``action_id`` is refused. A refusal is not kept: nothing has happened, and the next time it may be open.

    What somebody at work does goes on the trail, refusals included; what a resident does is in the ledger alone.
    """
    together = Together(store.lock(work.connection, wish.ticket_id, *_named(work.connection, wish)))
    if wish.ticket_id not in together.locked:
        return Acted(refused=Refused(reason=Refusal.UNKNOWN_TICKET, ticket=None))
    ticket = together.locked[wish.ticket_id].case.ticket
    wanted, kept = _digest(wish, key), store.answer(work.connection, ticket, wish.action_id)
    if kept and kept.wish in (wanted, None):
        return kept.acted
    outcome = Refusal.ACTION_ID_USED if kept else _attempt(together, wish, town, now, key)
    if isinstance(outcome, Refusal):
        acted = Acted(refused=_refused(outcome, wish, together.locked[wish.ticket_id], town, now))
    else:
        together.take(outcome)
        together.commit(work, town, now, key)
        acted = Acted(ticket=outcome.case.ticket)
        store.keep_answer(work.connection, wish.ticket_id, wish.action_id, Kept(acted, wanted))
    if wish.by.person:
        deed = deed_of(wish, together.locked[wish.ticket_id].case.ticket, outcome, datetime.now(UTC))
        work.command(RECORDS_TRAIL, RecordDeed(deed=deed), id=deed.id, subject=wish.ticket_id, time=now)
    return acted


def _refused(why: Refusal, wish: Act, stored: Stored, town: Town, now: datetime) -> Refused:
    return Refused(
        reason=why,
        ticket=stored.case.ticket,
        fields=doing.at_fault(why, wish.action, wish.details),
        last=stored.last,
        until_at_most=doing.latest(stored.case, wish.action, town, now) if why is Refusal.NO_SUCH_DATE else None,
    )


def _digest(wish: Act, key: bytes) -> str:
    """Of who wants what, with which details: keyed, as short words could be guessed from it. A field that is left at
    its default does not count, so that a contract may grow; nor does which merged ticket they come from: the first time
    it may not have been merged yet."""
    by = wish.by.model_copy(update={"through": None})
    named = {"by", "action", "details", "voice"}
    told = wish.model_copy(update={"by": by}).model_dump_json(include=named, exclude_defaults=True)
    return chain.digest(told, key)


def _named(connection: Connection, wish: Act) -> list[UUID]:
    """The other ticket that an action names, where there is one."""
    code = normalize_code(wish.details.ticket or "")
    id = store.id_of(connection, code) if code else None
    return [id] if id else []


def _attempt(together: Together, wish: Act, town: Town, now: datetime, key: bytes) -> Change | Refusal:
    case, details = together.case(wish.ticket_id), wish.details
    text = chain.free_text(details.text, key) if details.text else None
    tasks = tuple(chain.free_text(each.text, key) for each in details.tasks)
    others, voice, by = together.others(wish.ticket_id), wish.voice, wish.by
    found = standings(case, by, town, now, parent_of(case.ticket, others))
    if not found:
        return why_none(by, town, now)
    return doing.do(case, wish.action, found, details, text, town, now, voice, by=by, others=others, tasks=tasks)


def erase_words(
    work: Work, ticket_id: UUID, town: Town, now: datetime, key: bytes, household: str | None = None
) -> bool:
    """What residents wrote (or that household alone), and in the answers that were kept; False while the ticket is
    open, or where there is none. A repeat changes nothing."""
    together = Together(store.lock(work.connection, ticket_id))
    change = erasing.erase_words(together.case(ticket_id), now, household) if ticket_id in together.locked else None
    if change is None:
        return False
    if change.events:
        together.take(change)
        together.commit(work, town, now, key)
        store.forget_answers(work.connection, ticket_id)
    return True


def offer(connection: Connection, ticket_id: UUID, by: By, town: Town, now: datetime) -> Offer:
    """What somebody may do with a ticket now. Whoever is signed in and has no part in it is told of every action why
    not; whose link has had its time, of none."""
    stored = store.read(connection, ticket_id)
    if stored is None:
        return Offer(ticket=None, refused=Refusal.UNKNOWN_TICKET)
    case, ticket = stored.case, stored.case.ticket
    parent = store.read(connection, ticket.parent) if ticket.parent else None
    found = standings(case, by, town, now, parent.case if parent else None)
    signed_in = by.person is not None and by.assignment is None
    parts = tuple(who.part for who in found)
    forms = doing.forms(case, found, town, now) if found or signed_in else ()
    return Offer(ticket=ticket, parts=parts, forms=forms, refused=None if found else why_none(by, town, now))


def ring_due(work: Work, town: Town, now: datetime, key: bytes, stuck: set[UUID]) -> int:
    """Do what is due for a bite of cases; says how many were looked at.

    Where our own mistake stands in the way of one, the others must not wait for it: it is put among ``stuck``, which
    are passed over. Its clock goes on being overdue: the audit says so until it is mended. A task whose parent another
    replica holds waits for the next look.
    """
    due = store.lock_due(work.connection, now, BITE, stuck)
    together = Together()
    _read(together, due, stuck)
    parents = {each.case.ticket.parent for each in together.locked.values()} - together.locked.keys()
    _read(together, store.lock_free(work.connection, {id for id in parents if id}), stuck)
    for id in [id for id, _ in due if id in together.locked]:
        with _one_alone(id, stuck):
            case = together.case(id)
            if case.ticket.parent is None or case.ticket.parent in together.locked:
                together.take(aftermath(case, tick(case, town, now), together.parents(case), now))
    together.commit(work, town, now, key)
    return len(due)


def _read(together: Together, rows: Iterable[tuple[UUID, Row[Any]]], stuck: set[UUID]) -> None:
    for id, row in rows:
        with _one_alone(id, stuck):
            together.locked[id] = store.stored(row)


@contextmanager
def _one_alone(id: UUID, stuck: set[UUID]) -> Iterator[None]:
    """What goes wrong with one case is that one's alone."""
    try:
        yield
    except Exception:
        log.exception("a case could not be seen to", ticket=str(id))
        stuck.add(id)


def change_hands(work: Work, town: Town, now: datetime, key: bytes, stuck: set[UUID]) -> int:
    """See to a bite of the open cases whose owner's or handler's post is no longer held by whom it was (a directory, a
    duty or an absence begins or ends); says how many were looked at. Those ``stuck`` are passed over.
    """
    moved = [(code, who) for code, who in store.held(work.connection) if holder(code, town, now) != who][:POSTS]
    rows = store.lock_held(work.connection, moved, BITE, stuck) if moved else []
    together = Together()
    for id, row in rows:
        with _one_alone(id, stuck):
            stored = store.stored(row)
            owned, worked_on = (
                holder(seat.post if seat else None, town, now)
                for seat in (stored.case.ticket.owner, stored.case.ticket.handler)
            )
            together.locked[id] = replace(stored, held_by=owned, handler_held_by=worked_on)
            change = Change(stored.case)
            if _is_news(owned, stored.held_by):
                change = change.then(holding.change_hands(change.case, town, now))
            if _is_news(worked_on, stored.handler_held_by):
                change = change.then(holding.work_changes_hands(change.case, town, now))
            together.take(change)
    _commit_looked_at(together, work, town, now, key)
    return len(rows)


def restamp(work: Work, town: Town, now: datetime, key: bytes, stuck: set[UUID]) -> int:
    """Set the limits of a bite of the cases anew whose holidays were not known when they were set, and are by now; says
    how many were looked at. Those ``stuck`` are passed over, as in ``ring_due``.
    """
    known_to = last_known_year(town)
    rows = store.lock_provisional(work.connection, known_to, BITE, stuck)
    together = Together()
    for id, row in rows:
        with _one_alone(id, stuck):
            stored = store.stored(row)
            together.locked[id] = replace(stored, known_to=known_to)
            together.take(restamping.restamp(stored.case, town, now))
    _commit_looked_at(together, work, town, now, key)
    return len(rows)


def _commit_looked_at(together: Together, work: Work, town: Town, now: datetime, key: bytes) -> None:
    """Also of a case to which nothing happened is noted that it was looked at."""
    quiet = (id for id, change in together.happened.items() if not change.events)
    store.update(work.connection, [together.locked[id] for id in quiet])
    together.commit(work, town, now, key)


def _is_news(held_by: str, before: str | None) -> bool:
    """Where nobody ever looked, as in a case from before we did, a holder is no news."""
    return held_by in (store.NOBODY, store.VACANT) if before is None else held_by != before


def pass_over_unreachable(
    work: Work, message_id: UUID, news: PostUnreachable, town: Town, now: datetime, key: bytes
) -> None:
    """Notify could reach nobody at a post: the ticket does not wait for it. A repeat changes nothing."""
    together = Together(store.lock(work.connection, news.ticket_id))
    if news.ticket_id not in together.locked:
        return
    case = together.case(news.ticket_id)
    if store.answer(work.connection, case.ticket, message_id):
        return
    change = aftermath(case, unreachable(case, news, town, now), together.others(news.ticket_id), now)
    together.take(change)
    together.commit(work, town, now, key)
    kept = Kept(Acted(ticket=change.case.ticket), chain.digest(news.model_dump_json(), key))
    store.keep_answer(work.connection, news.ticket_id, message_id, kept)


def backlog(connection: Connection, clock: Clock, oldest_outbox_seconds: float) -> Backlog:
    """What routing has not finished, for the audit."""
    now, due = clock.now(), store.oldest_due(connection)
    late = clock.real_seconds((now - due).total_seconds()) if due and due < now else None
    return Backlog(oldest_outbox_seconds=oldest_outbox_seconds or None, oldest_due_seconds=late)
