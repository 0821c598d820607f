"""What notify does: record who is to be told, claim what is due, write down what became of it.

Between ``sending.send`` and ``record_fates`` lies the one window in which a message can go out twice, with the same id.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5

import structlog
from sqlalchemy import Connection

from services.notify import claims, store
from services.notify.domain.fates import Fate, is_unreachable
from services.notify.domain.plan import Groups, out_of_reach, plan
from services.notify.domain.turns import BOT_WINDOW, Bundle, Due, bundle, take_turns
from services.notify.domain.whom import SEATED
from services.notify.sending import Outcome
from shared import trace
from shared.bus.outbox import Work
from shared.clock import Clock
from shared.contracts.envelope import Envelope
from shared.contracts.events import NotificationFailed, NotificationSent, PostUnreachable, TicketEvent
from shared.contracts.queries import Backlog
from shared.contracts.vocabulary import Channel
from shared.directory import Town

log = structlog.get_logger()

Heard = tuple[Envelope, TicketEvent, bytes]
"""An event, and the bytes that it came in."""


def record_events(
    work: Work,
    heard: Sequence[Heard],
    town: Town,
    groups: Groups,
    *,
    now: datetime,
    real_now: datetime,
    digest_at: time,
) -> None:
    """Keep the deliveries of a batch of events. A repeat changes nothing."""
    planned: list[store.Planned] = []
    for envelope, event, body in heard:
        made = plan(event, town, groups, now, digest_at)
        planned += [store.Planned(delivery, envelope.traceparent, body) for delivery in made]
        with trace.bound(envelope.traceparent, str(event.ticket.id)):
            for lost in out_of_reach(event, town, groups, now):
                _say_unreachable(work, event.ticket.id, lost.post, lost.assignment, now)
    store.note_tickets(work.connection, (event.ticket for _, event, _ in heard))
    store.insert_deliveries(work.connection, planned, real_now)


def claim_due(
    connection: Connection,
    *,
    now: datetime,
    real_now: datetime,
    busy: Mapping[str, int],
    width: int,
    lease_seconds: float,
) -> tuple[list[Bundle[Due]], bool]:
    """Messages that are ours to send until the lease ends, and whether there may be more.

    Whoever asks has its turn (``claims.await_turn``). ``busy``: how many are under way in each lane; ``width``: how
    many may be.
    """
    full = [lane for lane, count in busy.items() if count >= width]
    bite = 2 * width  # enough for a free lane behind a full one, without locking what cannot go out
    waiting = claims.lock_due(connection, now, real_now, full, bite)
    bundles = bundle(waiting, cut=len(waiting) == bite)
    bots = {each.first.lane for each in bundles if each.first.channel is Channel.WECOM}
    spent = claims.bot_tries(connection, bots, real_now - BOT_WINDOW) if bots else {}
    turn = take_turns(bundles, busy=busy, width=width, spent=spent, now=real_now)
    claims.lease(connection, turn.taken, real_now, real_now + timedelta(seconds=lease_seconds))
    later = {due.id: (until, "the bot's limit") for each, until in turn.put_off for due in each.dues}
    claims.put_off(connection, later)
    return claims.load(connection, turn.taken), len(waiting) == bite


def record_fates(
    work: Work, outcomes: Sequence[Outcome], *, now: datetime, real_now: datetime
) -> list[tuple[Outcome, Due]]:
    """Write down what became of messages and say so, in one transaction; says of which deliveries.

    Whose lease ran out meanwhile has nothing to say while another tries, unless that the message went out.
    """
    tried = [(outcome, due) for outcome in outcomes for due in outcome.bundle.dues]
    newest = claims.lock_pending(work.connection, (due.id for _, due in tried))
    known = [
        (outcome, due)
        for outcome, due in tried
        if due.id in newest and (outcome.fate is Fate.SENT or newest[due.id] == due.attempts)
    ]
    again = {
        due.id: (real_now + timedelta(seconds=outcome.wait), outcome.words)
        for outcome, due in known
        if outcome.fate is Fate.PENDING
    }
    final = [(outcome, due) for outcome, due in known if outcome.fate is not Fate.PENDING]
    claims.put_off(work.connection, again)
    claims.finish(work.connection, [(due.id, outcome.fate, outcome.words) for outcome, due in final], now)
    for outcome, due in final:
        with trace.bound(due.traceparent, str(due.delivery.ticket_id)):
            _say_fate(work, outcome, due, now)
    _say_who_is_unreachable(work, [due for outcome, due in final if outcome.fate is Fate.FAILED], now)
    return known


def _say_fate(work: Work, outcome: Outcome, due: Due, now: datetime) -> None:
    delivery = due.delivery
    if outcome.fate is Fate.SENT:
        log.info("told", delivery=str(delivery.id), lane=due.lane, role=delivery.role, purpose=due.purpose.value)
        sent = NotificationSent(at=now, delivery=delivery)
        work.say(sent, id=uuid5(delivery.id, "sent"), subject=delivery.ticket_id, time=now)
    elif outcome.fate is Fate.FAILED:
        log.warning("not told", delivery=str(delivery.id), lane=due.lane, role=delivery.role, reason=outcome.words)
        failed = NotificationFailed(at=now, delivery=delivery, error=outcome.words)
        work.say(failed, id=uuid5(delivery.id, "failed"), subject=delivery.ticket_id, time=now)


def _say_who_is_unreachable(work: Work, failed: Iterable[Due], now: datetime) -> None:
    lost = ((due, due.delivery) for due in failed if due.purpose in SEATED)
    seats = {(delivery.ticket_id, delivery.post, delivery.assignment): due for due, delivery in lost}
    if not seats:
        return
    claims.lock_tickets(work.connection, {ticket_id for ticket_id, _, _ in seats})
    for (ticket_id, post, assignment), due in seats.items():
        if post is None or assignment is None:
            continue
        if is_unreachable(claims.fates_of(work.connection, ticket_id, post, assignment)):
            with trace.bound(due.traceparent, str(ticket_id)):
                _say_unreachable(work, ticket_id, post, assignment, now)


def _say_unreachable(work: Work, ticket_id: UUID, post: str, assignment: int, now: datetime) -> None:
    id = uuid5(ticket_id, f"unreachable/{post}/{assignment}")
    if claims.is_first(work.connection, id):
        log.warning("nobody can be reached", post=post)
        said = PostUnreachable(at=now, ticket_id=ticket_id, post=post, assignment=assignment)
        work.say(said, id=id, subject=ticket_id, time=now)


def backlog(connection: Connection, clock: Clock, real_now: datetime, oldest_outbox_seconds: float) -> Backlog:
    """What is not finished, for the audit."""
    now = clock.now()
    oldest = store.oldest_due(connection, now, real_now)
    late = {channel: clock.real_seconds((now - since).total_seconds()) for channel, since in oldest.items()}
    return Backlog(oldest_outbox_seconds=oldest_outbox_seconds or None, oldest_delivery_seconds=late)
