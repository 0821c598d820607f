"""Taking deliveries that are due, and writing down what became of them: several replicas share the work."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, text, update

from services.notify.domain.fates import Fate, Standing
from services.notify.domain.turns import Bundle, Due, Waiting
from services.notify.domain.whom import Purpose
from services.notify.store import deliveries, pending, tickets, tried_bots, unreachable
from shared.bulk import update_rows
from shared.contracts import events
from shared.contracts.vocabulary import Channel
from shared.db import upsert

TURN_LOCK = "select pg_advisory_xact_lock(hashtext('loumen.notify.claims'))"


def await_turn(connection: Connection) -> None:
    """Replicas claim one after the other: two at once would tear a digest apart, and ask more of a bot than it takes.

    The time is read after this: another may keep us waiting.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(TURN_LOCK))


def lock_due(
    connection: Connection, now: datetime, real_now: datetime, full: Iterable[str], limit: int
) -> list[Waiting]:
    """Deliveries that may go out, but those in ``full`` lanes, and those whose fate is just being written down."""
    columns = deliveries.c
    query = (
        select(columns.id, columns.channel, columns.lane, columns.purpose, columns.person, columns.next_at)
        .where(pending, columns.next_at <= now, columns.free_at <= real_now, columns.lane.not_in(list(full)))
        .order_by(columns.next_at, columns.lane, columns.person, columns.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [
        Waiting(
            id=row.id,
            channel=Channel(row.channel),
            lane=row.lane,
            purpose=Purpose(row.purpose),
            person=row.person,
            next_at=row.next_at,
        )
        for row in connection.execute(query)
    ]


def load(connection: Connection, bundles: Sequence[Bundle[Waiting]]) -> list[Bundle[Due]]:
    """All there is to know about deliveries, and how their tickets stand."""
    columns = deliveries.c
    query = (
        select(deliveries, *(column for column in tickets.c if column.name != "id"))
        .join(tickets, tickets.c.id == columns.ticket_id)
        .where(columns.id.in_([each.id for bundle in bundles for each in bundle.dues]))
    )
    dues = {row.id: _due(row) for row in connection.execute(query)}
    return [Bundle(tuple(dues[each.id] for each in bundle.dues)) for bundle in bundles]


def _due(row: Row[Any]) -> Due:
    return Due(
        id=row.id,
        channel=Channel(row.channel),
        lane=row.lane,
        purpose=Purpose(row.purpose),
        person=row.person,
        next_at=row.next_at,
        delivery=_delivery(row),
        target=row.target,
        mentions=tuple(json.loads(row.mentions)),
        traceparent=row.traceparent,
        body=row.body.encode(),
        attempts=row.attempts,
        standing=Standing(row.version, row.is_open, row.owner_assignment, row.handler_assignment),
    )


def _delivery(row: Row[Any]) -> events.Delivery:
    return events.Delivery(
        id=row.id,
        ticket_id=row.ticket_id,
        event_id=row.event_id,
        post=row.post,
        role=row.role,
        assignment=row.assignment,
        channel=Channel(row.channel),
    )


def bot_tries(connection: Connection, lanes: Iterable[str], since: datetime) -> dict[str, list[datetime]]:
    """When each bot's messages were last tried, over all replicas."""
    columns = deliveries.c
    query = (
        select(columns.lane, func.max(columns.tried_at).label("tried_at"))
        .where(tried_bots, columns.lane.in_(list(lanes)), columns.tried_at > since)
        .group_by(columns.lane, columns.message_id)
    )
    found: dict[str, list[datetime]] = defaultdict(list)
    for lane, tried_at in connection.execute(query):
        found[lane].append(tried_at)
    return found


def lease(connection: Connection, bundles: Sequence[Bundle[Waiting]], real_now: datetime, until: datetime) -> None:
    """Ours until the moment given: then, if we have died, another sends it, with the same ids."""
    columns = deliveries.c
    leased = update(deliveries).values(attempts=columns.attempts + 1, tried_at=real_now, free_at=until)
    alone = [bundle.id for bundle in bundles if len(bundle.dues) == 1]
    if alone:
        connection.execute(leased.where(columns.id.in_(alone)).values(message_id=columns.id))
    for digest in (bundle for bundle in bundles if len(bundle.dues) > 1):
        connection.execute(leased.where(columns.id.in_([due.id for due in digest.dues])).values(message_id=digest.id))


def put_off(connection: Connection, put_off: Mapping[UUID, tuple[datetime, str | None]]) -> None:
    """Not before the moment given, by real time; with the error that it met, if it met one."""
    if put_off:
        rows = [{"id": id, "free_at": until, "last_error": error} for id, (until, error) in put_off.items()]
        update_rows(connection, deliveries, rows)


def lock_pending(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, int]:
    """Those whose fate is open still, with the number of the newest attempt: where a lease ran out, another has begun
    one, or sent it.
    """
    columns = deliveries.c
    query = select(columns.id, columns.attempts).where(columns.id.in_(list(ids)), pending).order_by(columns.id)
    return {row.id: row.attempts for row in connection.execute(query.with_for_update())}


def finish(connection: Connection, fates: Sequence[tuple[UUID, Fate, str]], now: datetime) -> None:
    """Write final fates with the receipt or the error, and let go of the events."""
    if fates:
        update_rows(connection, deliveries, [_final(id, fate, words, now) for id, fate, words in fates])


def _final(id: UUID, fate: Fate, words: str, now: datetime) -> dict[str, Any]:
    sent = fate is Fate.SENT
    return {
        "id": id,
        "fate": fate.value,
        "receipt": words if sent else None,
        "last_error": None if sent else words,
        "sent_at": now if sent else None,
        "body": None,
    }


def lock_tickets(connection: Connection, ids: Iterable[UUID]) -> None:
    """Two replicas that write down the last failures of one post do so one after the other."""
    query = select(tickets.c.id).where(tickets.c.id.in_(list(ids))).order_by(tickets.c.id)
    connection.execute(query.with_for_update())


def fates_of(connection: Connection, ticket_id: UUID, post: str, assignment: int) -> list[Fate]:
    """What became of all that was to tell a post of one assignment."""
    columns = deliveries.c
    query = select(columns.fate).where(
        columns.ticket_id == ticket_id, columns.post == post, columns.assignment == assignment
    )
    return [Fate(fate) for fate in connection.execute(query).scalars()]


def is_first(connection: Connection, id: UUID) -> bool:
    """Whether this ``PostUnreachable`` was not said before; from now on it was."""
    statement = upsert(unreachable, connection).values(id=id).on_conflict_do_nothing().returning(unreachable.c.id)
    return connection.execute(statement).scalar() is not None
