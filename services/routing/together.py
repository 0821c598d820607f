"""Several cases in one transaction: as they were locked, what has happened to each since, and committing it all."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from services.routing import store
from services.routing.domain.case import Case, Change
from services.routing.store import Stored
from shared import chain, trace
from shared.bus.outbox import Work
from shared.contracts.commands import Happened
from shared.contracts.events import TicketEvent, TicketNoted
from shared.contracts.ticket import Seat
from shared.directory import Town


@dataclass
class Together:
    """``locked``: the cases as they stood; ``happened``: what was decided since, by case, in order. What is in the
    second alone is new.
    """

    locked: dict[UUID, Stored] = field(default_factory=dict)
    happened: dict[UUID, Change] = field(default_factory=dict)

    def case(self, id: UUID) -> Case:
        """As it stands by now. Raises ``KeyError`` for one that was not locked."""
        return self.happened[id].case if id in self.happened else self.locked[id].case

    def others(self, id: UUID) -> tuple[Case, ...]:
        """All but one."""
        return tuple(self.case(each) for each in self.locked if each != id)

    def parents(self, case: Case) -> tuple[Case, ...]:
        """The one that it is a task of."""
        return (self.case(case.ticket.parent),) if case.ticket.parent else ()

    def take(self, change: Change) -> None:
        """A change, and what it does beside."""
        for each in (Change(change.case, change.events), *change.beside):
            id = each.case.ticket.id
            self.happened[id] = self.happened[id].then(each) if id in self.happened else each

    def _is_restamped(self, id: UUID) -> bool:
        return id in self.locked and self.happened[id].case.policy is not self.locked[id].case.policy

    def commit(self, work: Work, town: Town, now: datetime, key: bytes) -> None:
        """Write what has changed, each chain sealed by itself, and say it."""
        changes = {id: change for id, change in self.happened.items() if change.events}
        done = {id: sealed(change, self.locked.get(id), town, now, key) for id, change in changes.items()}
        store.insert(work.connection, [stored for id, (stored, _) in done.items() if id not in self.locked])
        store.update(work.connection, [stored for id, (stored, _) in done.items() if id in self.locked])
        store.restamp(work.connection, [stored for id, (stored, _) in done.items() if self._is_restamped(id)])
        for stored, events in done.values():
            with trace.bound(trace.current(), str(stored.case.ticket.id)):
                say(work, events)


def sealed(
    change: Change, before: Stored | None, town: Town, now: datetime, key: bytes
) -> tuple[Stored, tuple[TicketEvent, ...]]:
    """The case with the new head of its chain, and its events with their places in it.

    A new owner's or handler's post is held by whom notify tells of it; who holds an old one's now may not have been
    told yet. New limits were reckoned by the holidays that are known now.
    """
    events, head = list[TicketEvent](), before.hash if before else ""
    ticket, look = change.case.ticket, partial(_held_by, town=town, now=now)
    if before:
        held_by = look(ticket.owner, before.case.ticket.owner, before.held_by)
        handler_held_by = look(ticket.handler, before.case.ticket.handler, before.handler_held_by)
    else:
        held_by, handler_held_by = look(ticket.owner), look(ticket.handler)
    known_to = before.known_to if before and _limits(before.case) == _limits(change.case) else last_known_year(town)
    for event in change.events:
        events.append(chain.seal(event, head, key))
        head = events[-1].hash
    return Stored(change.case, head, held_by, handler_held_by, known_to, _last(change, before)), tuple(events)


def _held_by(
    seat: Seat | None, before: Seat | None = None, held_by: str | None = None, *, town: Town, now: datetime
) -> str | None:
    """Who held a seat's post when that was last looked at: a new sitting's is looked at now."""
    same = seat and before and (seat.post, seat.assignment) == (before.post, before.assignment)
    return held_by if same else holder(seat.post if seat else None, town, now)


def holder(code: str | None, town: Town, now: datetime) -> str:
    """Who holds a post, as it is noted with a case."""
    post = town.post(code) if code else None
    if post is None or not town.staffed(post):
        return store.VACANT
    return town.holder(post, now) or store.NOBODY


def last_known_year(town: Town) -> int:
    """Of the public holidays."""
    return town.directory.holidays.last_year


def _last(change: Change, before: Stored | None) -> Happened | None:
    """What others may be told that was done to it last: of a note for those at work alone nobody is."""
    last = before.last if before else None
    status = before.case.ticket.status if before else None
    for event in change.events:
        if isinstance(event, TicketNoted) and event.internal:
            continue
        since = event.at if event.ticket.status is not status else last and last.since
        last, status = Happened(type=event.name, at=event.at, by=event.actor, since=since), event.ticket.status
    return last


def _limits(case: Case) -> tuple[datetime | None, datetime | None, bool]:
    return case.ticket.accept_by, case.ticket.resolve_by, case.ticket.provisional


def say(work: Work, events: Iterable[TicketEvent]) -> None:
    for event in events:
        work.say(event, id=event.id, subject=event.ticket.id, time=event.at)
