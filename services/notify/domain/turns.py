"""Whose turn it is among the deliveries that are due: digests bundled, limits of bots and lanes kept. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Generic, TypeVar
from uuid import UUID, uuid5

from services.notify.domain.fates import Standing
from services.notify.domain.plan import DELIVERY_NAMESPACE
from services.notify.domain.whom import Purpose
from shared.contracts.events import Delivery
from shared.contracts.vocabulary import Channel

BOT_MESSAGES = 20
BOT_WINDOW = timedelta(seconds=65)
"""A WeCom group bot takes 20 messages a minute (the vendor's document 91770); the rest of the window is for the way."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A delivery that may go out: what it takes to say whether it does."""

    id: UUID
    channel: Channel
    lane: str
    purpose: Purpose
    person: str | None
    next_at: datetime


@dataclass(frozen=True, kw_only=True)
class Due(Waiting):
    """A delivery whose turn has come. ``body`` is the event as it came; ``attempts`` counts this one."""

    delivery: Delivery
    target: str | None
    mentions: tuple[str, ...]
    traceparent: str
    body: bytes
    attempts: int
    standing: Standing


W_co = TypeVar("W_co", bound=Waiting, covariant=True)


@dataclass(frozen=True)
class Bundle(Generic[W_co]):
    """What goes out as one message: a delivery, or all of one digest."""

    dues: tuple[W_co, ...]

    @property
    def first(self) -> W_co:
        return self.dues[0]

    @property
    def id(self) -> UUID:
        """The message's own, the same when the same deliveries are tried again."""
        if len(self.dues) == 1:
            return self.first.id
        return uuid5(DELIVERY_NAMESPACE, "+".join(sorted(str(due.id) for due in self.dues)))


@dataclass(frozen=True)
class Turn:
    """``taken`` go out now, ``put_off`` not before the moment beside them; what is in neither stays as it is."""

    taken: tuple[Bundle[Waiting], ...]
    put_off: tuple[tuple[Bundle[Waiting], datetime], ...]


def bundle(waiting: Sequence[Waiting], cut: bool) -> list[Bundle[Waiting]]:
    """Digest entries of one person (or group) and moment become one bundle.

    ``waiting`` comes in the order of moment, lane and person. ``cut``: there may be more of the last one, so a digest
    at the end waits for the next look, unless it is all there is.
    """
    bundles = [Bundle(tuple(dues)) for _, dues in groupby(waiting, _message)]
    if cut and len(bundles) > 1 and bundles[-1].first.purpose is Purpose.DIGEST:
        bundles.pop()
    return bundles


def _message(due: Waiting) -> tuple[object, ...]:
    if due.purpose is not Purpose.DIGEST or due.channel is Channel.WEBHOOK:
        return (due.id,)
    return (due.next_at, due.lane, due.person if due.channel is Channel.EMAIL else None)


def take_turns(
    bundles: Sequence[Bundle[Waiting]],
    *,
    busy: Mapping[str, int],
    width: int,
    spent: Mapping[str, Sequence[datetime]],
    now: datetime,
) -> Turn:
    """At most ``width`` messages of a lane at a time (``busy`` are under way), and no more of a bot than it takes.

    ``spent``: when each message of the window was tried, by lane; ``now`` is real time.
    """
    taken: list[Bundle[Waiting]] = []
    put_off: list[tuple[Bundle[Waiting], datetime]] = []
    count: Counter[str] = Counter()
    for each in bundles:
        lane = each.first.lane
        if count[lane] + busy.get(lane, 0) >= width:
            continue
        tries = spent.get(lane, ())
        if each.first.channel is Channel.WECOM and len(tries) + count[lane] >= BOT_MESSAGES:
            put_off.append((each, min(tries, default=now) + BOT_WINDOW))
            continue
        count[lane] += 1
        taken.append(each)
    return Turn(tuple(taken), tuple(put_off))
