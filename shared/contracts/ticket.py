"""The ticket as it travels: the whole state after an event, without personal data."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from shared.contracts.base import Frozen, Instant
from shared.contracts.vocabulary import Grade, Kind, Source, Status, Urgency, Visibility, Way


class PathItem(Frozen):
    """One step of a place's path, from the subdistrict down."""

    level: str
    code: str
    name: str


class PlaceRef(Frozen):
    """A place with its path; ``name`` is the full name."""

    code: str
    name: str
    path: tuple[PathItem, ...]


class FreeText(Frozen):
    """Words that a person wrote.

    The hash chain covers ``digest`` (HMAC of the text), so that ``text`` can be erased and the chain stays whole.
    """

    digest: str
    text: str | None


class Seat(Frozen):
    """A post that answers for a ticket (owner) or works on it (handler).

    ``assignment`` tells this sitting from earlier and later ones (it is the ticket's version when the post was given
    the ticket); an action link names it.
    ``due_by`` is the handler's own limit inside the owner's, where the owner assigned the work down.
    ``handed_back_at``: the post has handed it back, and works on until the new owner accepts.
    """

    post: str
    role: str
    name: str
    assignment: int
    since: Instant
    accepted_at: Instant | None = None
    due_by: Instant | None = None
    handed_back_at: Instant | None = None


class Actor(Frozen):
    """Who did it: a post, never a name; ``RESIDENT`` roles stand for who reported or co-signed. The system itself (a
    clock) has none.
    """

    post: str
    role: str


class Pause(Frozen):
    """The resolve clock stands still: suspended (挂账) or in deliberation (议事), until a review date at the latest.

    ``status`` is the ticket's while it lasts. ``since`` is None as long as the level above has not consented: then the
    clock runs on. ``left_seconds``: what was left of the time to resolve when it stood still, on the clock that the
    budget runs on (``services.routing.domain.pausing``).
    """

    status: Status
    asked_at: Instant
    until: Instant
    since: Instant | None = None
    left_seconds: int | None = None


class Contact(Frozen):
    """Somebody at work and the resident have spoken, or could not (``reached``); ``settled`` and ``grade`` are what the
    resident said."""

    at: Instant
    way: Way
    reached: bool
    settled: bool | None = None
    grade: Grade | None = None


class Summons(Frozen):
    """A post summoned sideways (吹哨): it helps, and owns nothing. Only the summoner (``by``, a post's code) releases
    it."""

    seat: Seat
    arrived_at: Instant | None = None
    released_at: Instant | None = None
    by: str | None = None


class Task(Frozen):
    """A part of the work that was split off: a ticket with an owner of its own."""

    ticket_id: UUID
    code: str
    post: str
    ended_at: Instant | None = None


class Voice(Frozen):
    """A household that co-signed ("我家也是"): one voice each.

    ``household`` is a keyed digest of door and flat, so that nobody can be told from it; ``ref`` is whose personal data
    records keeps, if any was left. Only a voice that a post at its door (``place``) has confirmed counts.
    ``through``: the tickets merged into this one that it came with; none for one given here.
    """

    household: str
    place: str
    ref: UUID | None = None
    confirmed_at: Instant | None = None
    grade: Grade | None = None
    through: tuple[UUID, ...] = ()


class Report(Frozen):
    """Who reported a ticket that was merged into this one: ``ref`` is whose personal data records keeps, if any was
    left."""

    ticket_id: UUID
    ref: UUID
    grade: Grade | None = None


class Ticket(Frozen):
    """Everything about a ticket but who reported it. ``version`` counts its events from 1.

    ``accept_by`` and ``resolve_by`` are the owner's; ``provisional``: one of them lies beyond the known holidays.
    ``outer_limit``: until when another system wants it settled; no limit of ours lies beyond it.
    ``also_told`` and ``in_digest`` are post codes.
    ``escalations`` counts rungs climbed; ``overdue`` is the public mark.
    ``settled``: whether who resolved it says that the matter itself is settled (closed is not solved).
    ``contacted_at``: the first time that somebody at work reached the resident. ``grade``: the reporter's.
    ``parent`` is the ticket that this is a task of; ``merged_into`` the one that goes on instead of this.
    ``also_reported``: who reported what was merged into it, and hears of it and acts on it as the reporter does.
    ``filed_by``: the post that filed it for a resident, or on patrol.
    ``taken_up_at``: when it was last reopened or appealed: its limits count from then (``limits_from``), or, when the
    clock has stood still since, from ``counted_from``.
    """

    id: UUID
    code: str
    version: int
    status: Status
    level: str
    place: PlaceRef
    category: str
    matter: str
    kind: Kind
    urgency: Urgency
    visibility: Visibility
    title: FreeText | None
    description: FreeText
    location_note: FreeText | None
    anonymous: bool
    reporter_ref: UUID | None
    about_role: str | None
    photos: tuple[str, ...]
    source: Source
    external_ref: str | None
    policy: str
    opened_at: Instant
    owner: Seat | None = None
    handler: Seat | None = None
    also_told: tuple[str, ...] = ()
    in_digest: tuple[str, ...] = ()
    accept_by: Instant | None = None
    resolve_by: Instant | None = None
    provisional: bool = False
    overdue: bool = False
    escalations: int = 0
    hand_backs: int = 0
    resolved_at: Instant | None = None
    closed_at: Instant | None = None
    outer_limit: Instant | None = None
    settled: bool | None = None
    pause: Pause | None = None
    supervised: bool = False
    reminded_at: Instant | None = None
    contacted_at: Instant | None = None
    called_back: Contact | None = None
    transfers: int = 0
    reopenings: int = 0
    appealed: bool = False
    grade: Grade | None = None
    voices: tuple[Voice, ...] = ()
    summoned: tuple[Summons, ...] = ()
    tasks: tuple[Task, ...] = ()
    parent: UUID | None = None
    merged_into: UUID | None = None
    absorbed: tuple[UUID, ...] = ()
    also_reported: tuple[Report, ...] = ()
    filed_by: Actor | None = None
    taken_up_at: Instant | None = None
    counted_from: Instant | None = None

    @property
    def limits_from(self) -> datetime:
        """From when the shares of the ladder count."""
        return self.counted_from or self.taken_up_at or self.opened_at

    @property
    def confirmed_households(self) -> int:
        return sum(1 for voice in self.voices if voice.confirmed_at)

    @property
    def others_grades(self) -> tuple[Grade, ...]:
        """What everybody has given but the reporter."""
        given = (*(report.grade for report in self.also_reported), *(voice.grade for voice in self.voices))
        return tuple(grade for grade in given if grade)

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Who answers for it and who works on it, where that is another sitting."""
        return tuple(dict.fromkeys(seat for seat in (self.owner, self.handler) if seat))

    @property
    def helpers(self) -> tuple[Seat, ...]:
        """Who was summoned and not yet released."""
        return tuple(each.seat for each in self.summoned if each.released_at is None)

    @property
    def called(self) -> tuple[str, ...]:
        """The posts that were summoned and not yet released, and those that summoned them."""
        at_it = (each for each in self.summoned if each.released_at is None)
        return tuple(dict.fromkeys(post for each in at_it for post in (each.seat.post, each.by) if post))

    @property
    def due_at(self) -> Instant | None:
        """The limit that passes next, or has passed: the owner's, or the handler's own inside it. None: none runs."""
        running = {Status.ASSIGNED: self.accept_by, Status.ACCEPTED: self.resolve_by}
        if self.status not in running:
            return None
        handlers_own = self.handler.due_by if self.handler else None
        return min((limit for limit in (running[self.status], handlers_own) if limit), default=None)


def newest_of_each(tickets: Iterable[Ticket]) -> list[Ticket]:
    """Of each ticket its highest version, by id: so two who write them never wait for each other in a circle."""
    newest: dict[UUID, Ticket] = {}
    for ticket in tickets:
        if ticket.id not in newest or ticket.version > newest[ticket.id].version:
            newest[ticket.id] = ticket
    return [newest[id] for id in sorted(newest)]
