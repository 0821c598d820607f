"""Writing the trail, within the transaction of what it tells of: neither is there without the other.

One row is the trail's end, and locked by whoever adds to it, last thing before the commit: so all who add go one after
the other for no longer than a statement or two takes, and none waits in a circle. What comes in numbers comes in
batches, which take the lock once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection, delete, func, select, true, update

from services.records.store import trail, trail_head
from shared.bulk import insert_rows
from shared.contracts.trail import DONE, Deed, Entry, Origin, TrailHead, What
from shared.db import upsert
from shared.trail import link_hash, sealed_head

HEAD = 1
KEPT = timedelta(days=184)
"""Six months: for so long the Cybersecurity Law (网络安全法, 2017, art. 21) has network logs kept at least."""


class TooYoung(ValueError):
    """What must stay for ``KEPT``."""


@dataclass
class Notes:
    """What one transaction does, and who it is that does it."""

    origin: Origin
    now: datetime
    deeds: list[Deed] = field(default_factory=list)

    def note(
        self,
        what: What,
        subject: object = None,
        *,
        id: UUID | None = None,
        who: str | None = None,
        outcome: str = DONE,
        **details: Any,
    ) -> None:
        """``id`` where a repeat must not be noted twice; ``who`` where it turns out on the way only."""
        origin = self.origin.model_copy(update={"who": who}) if who else self.origin
        named = None if subject is None else str(subject)
        self.deeds.append(
            Deed(
                id=id or uuid4(),
                at=self.now,
                what=what,
                origin=origin,
                subject=named,
                outcome=outcome,
                details=details,
            )
        )


@contextmanager
def noting(connection: Connection, key: bytes, origin: dict[str, Any] | None, now: datetime) -> Iterator[Notes]:
    """Notes that are kept at the end, in the transaction of ``connection``. ``origin``: an ``Origin`` as JSON data."""
    notes = Notes(Origin.model_validate(origin or {}), now)
    yield notes
    keep(connection, notes.deeds, key)


def keep(connection: Connection, deeds: Sequence[Deed], key: bytes) -> None:
    """Add to the trail what it lacks; a repeat changes nothing."""
    if not deeds:
        return
    head = _lock_head(connection, key)
    there = set(connection.scalars(select(trail.c.id).where(trail.c.id.in_([deed.id for deed in deeds]))))
    fresh = {deed.id: deed for deed in deeds if deed.id not in there}
    if not fresh:
        return
    rows = list(_linked(fresh.values(), head, key))
    insert_rows(connection, trail, rows, strictly)
    end = sealed_head(rows[-1]["seq"], rows[-1]["hash"], key)
    connection.execute(update(trail_head).where(trail_head.c.id == HEAD).values(**end.model_dump()))


def cut(connection: Connection, before: datetime, key: bytes, notes: Notes) -> int:
    """Take away the entries from before that moment, up to the first that is younger; how many. What remains says up to
    which and with which hash: so it stays provable. Raises ``TooYoung`` for a moment less than ``KEPT`` ago.
    """
    if before > notes.now - KEPT:
        raise TooYoung
    _lock_head(connection, key)
    younger = connection.scalar(select(func.min(trail.c.seq)).where(trail.c.at >= before))
    older = trail.c.seq < younger if younger is not None else true()
    last = connection.execute(select(trail).where(older).order_by(trail.c.seq.desc()).limit(1)).first()
    if last is None:
        return 0
    gone = connection.execute(delete(trail).where(trail.c.seq <= last.seq)).rowcount
    notes.note(What.TRAIL_CUT, last.seq, to=last.seq, hash=last.hash, entries=gone)
    return gone


def strictly(insert: Any) -> Any:
    """What is there already is an error: somebody has written here behind our back."""
    return insert


def _lock_head(connection: Connection, key: bytes) -> TrailHead:
    locked = select(trail_head.c.seq, trail_head.c.hash, trail_head.c.seal).where(trail_head.c.id == HEAD)
    if (row := connection.execute(locked.with_for_update()).first()) is None:
        first = {"id": HEAD, **sealed_head(0, "", key).model_dump()}
        connection.execute(upsert(trail_head, connection).values(first).on_conflict_do_nothing())
        row = connection.execute(locked.with_for_update()).one()
    return TrailHead.model_validate(dict(row._mapping))


def _linked(deeds: Iterable[Deed], head: TrailHead, key: bytes) -> Iterator[dict[str, Any]]:
    prev_hash = head.hash
    for seq, deed in enumerate(deeds, start=head.seq + 1):
        entry = Entry(seq=seq, **deed.model_dump(exclude={"origin"}), **deed.origin.model_dump())
        body = orjson.dumps(entry.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS).decode()
        hash = link_hash(prev_hash, body, key)
        found_by = {"seq": seq, "id": deed.id, "at": deed.at, "what": deed.what.value, "who": entry.who}
        yield {**found_by, "subject": entry.subject, "prev_hash": prev_hash, "hash": hash, "body": body}
        prev_hash = hash
