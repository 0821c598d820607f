"""Tickets' lives drawn at random, as their events: contacted or not, climbed, closed, reopened, graded, still open."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from shared.chain import seal
from shared.contracts.events import (
    Step,
    TicketAccepted,
    TicketAssigned,
    TicketCalledBack,
    TicketClosed,
    TicketContacted,
    TicketEscalated,
    TicketEvent,
    TicketMerged,
    TicketRated,
    TicketRejected,
    TicketReopened,
    TicketResolved,
    TicketSubmitted,
    TicketWithdrawn,
)
from shared.contracts.ticket import Contact, Voice
from shared.contracts.vocabulary import Grade, Reason, Status, Way
from tests.builders import MONDAY_10
from tests.stories import KEY, a_place, a_seat, a_ticket

LADDER = ("unit", "community", "subdistrict")
OWNERS = {
    "unit": ("property_manager", "K"),
    "community": ("community_officer", "C"),
    "subdistrict": ("subdistrict_officer", "S"),
}


class Life:
    """One that goes on event by event; ``events`` so far."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._now = MONDAY_10 + timedelta(days=random.randint(0, 20))
        self.events: list[TicketEvent] = []
        self.ticket = a_ticket(
            id=UUID(int=random.getrandbits(128)),
            place=a_place(random.choice(("U", "V", "B"))),
            category=random.choice(("lighting", "leak")),
            about_role=random.choice((None, None, None, "community_officer")),
            reporter_ref=random.choice((None, UUID(int=random.getrandbits(128)))),
            voices=(Voice(household="h1", place="U"),),
            opened_at=self._now,
        )

    def live(self) -> list[TicketEvent]:
        seat = a_seat(*OWNERS["unit"])
        limits = {"accept_by": self._now + timedelta(hours=20), "resolve_by": self._now + timedelta(days=3)}
        self._say(TicketSubmitted)
        self._say(TicketAssigned, {"status": Status.ASSIGNED, "owner": seat, "handler": seat, **limits})
        for _ in range(self._random.randint(0, 3)):
            self._work()
        if self._random.random() < 0.15:
            self._end_otherwise()
        elif self._random.random() < 0.85:
            self._settle()
            while self._random.random() < 0.3:
                self._reopen()
                self._settle()
        return self.events

    def _work(self) -> None:
        if self._random.random() < 0.6:
            heard = Contact(at=self._later(), way=Way.PHONE, reached=self._random.random() < 0.7)
            first = self.ticket.contacted_at or (self._now if heard.reached else None)
            self._say(TicketContacted, {"contacted_at": first}, contact=heard)
        elif self.ticket.level != LADDER[-1]:
            up = self._random.randint(LADDER.index(self.ticket.level) + 1, 2)
            level, steps = LADDER[up], up - LADDER.index(self.ticket.level)
            step = Step(from_level=self.ticket.level, level=level, reason=Reason.ACCEPT_OVERDUE)
            changes = {"level": level, "owner": a_seat(*OWNERS[level]), "status": Status.ASSIGNED}
            self._say(
                TicketEscalated, changes | {"escalations": self.ticket.escalations + steps}, steps=(step,) * steps
            )

    def _end_otherwise(self) -> None:
        kind, status = self._random.choice(
            (
                (TicketWithdrawn, Status.WITHDRAWN),
                (TicketRejected, Status.REJECTED),
                (TicketMerged, Status.MERGED),
            )
        )
        more = {"into": self.ticket.code} if "into" in kind.model_fields else {}
        self._say(kind, {"status": status, "closed_at": self._now}, **more)

    def _settle(self) -> None:
        self._say(TicketAccepted, {"status": Status.ACCEPTED})
        self._say(
            TicketResolved, {"status": Status.RESOLVED, "settled": self._random.choice((True, True, False, None))}
        )
        if self._random.random() < 0.6:
            reached = self._random.random() < 0.8
            settled = self._random.choice((True, False, None)) if reached else None
            grade = self._random.choice((*Grade, None)) if reached else None
            heard = Contact(at=self._later(), way=Way.PHONE, reached=reached, settled=settled, grade=grade)
            before = self.ticket.called_back
            last = before if before and before.reached and not reached else heard
            self._say(TicketCalledBack, {"called_back": last}, contact=heard)
        if self._random.random() < 0.2:
            return
        self._say(TicketClosed, {"status": Status.CLOSED, "closed_at": self._now}, reason=Reason.CONFIRM_WINDOW_PASSED)
        if self._random.random() < 0.6:
            grade = self._random.choice(list(Grade))
            self._say(TicketRated, {"grade": grade}, grade=grade)
        if self._random.random() < 0.4:
            grade = self._random.choice(list(Grade))
            voices = tuple(voice.model_copy(update={"grade": grade}) for voice in self.ticket.voices)
            self._say(TicketRated, {"voices": voices}, grade=grade, household="h1")

    def _reopen(self) -> None:
        voices = tuple(voice.model_copy(update={"grade": None}) for voice in self.ticket.voices)
        again = {"status": Status.ASSIGNED, "settled": None, "grade": None, "voices": voices, "closed_at": None}
        counted = {"reopenings": self.ticket.reopenings + 1, "taken_up_at": self._later()}
        self._say(TicketReopened, again | counted, at=self._now)

    def _say(self, kind: type[TicketEvent], changes: dict[str, Any] | None = None, **fields: Any) -> None:
        at = fields.pop("at", None) or self._later()
        version = self.ticket.version + 1 if self.events else 1
        self.ticket = self.ticket.model_copy(update={**(changes or {}), "version": version})
        event = kind(at=at, ticket=self.ticket, **fields)
        self.events.append(seal(event, self.events[-1].hash if self.events else "", KEY))

    def _later(self) -> datetime:
        self._now += timedelta(minutes=self._random.randint(1, 600))
        return self._now


def lives(random: Random, count: int) -> list[list[TicketEvent]]:
    return [Life(random).live() for _ in range(count)]
