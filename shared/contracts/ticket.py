"""The ticket as it travels: the whole state after an event, without personal data."""

from collections.abc import Iterable
from uuid import UUID

from shared.contracts.base import Frozen, Instant
from shared.contracts.vocabulary import Kind, Source, Status, Urgency, Visibility


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


class Ticket(Frozen):
    """Everything about a ticket but who reported it. ``version`` counts its events from 1.

    ``accept_by`` and ``resolve_by`` are the owner's; ``provisional``: one of them lies beyond the known holidays.
    ``outer_limit``: until when another system wants it settled; no limit of ours lies beyond it.
    ``also_told`` and ``in_digest`` are post codes.
    ``escalations`` counts rungs climbed; ``overdue`` is the public mark.
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

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Who answers for it and who works on it, where that is another sitting."""
        return tuple(dict.fromkeys(seat for seat in (self.owner, self.handler) if seat))


def newest_of_each(tickets: Iterable[Ticket]) -> list[Ticket]:
    """Of each ticket its highest version, by id: so two who write them never wait for each other in a circle."""
    newest: dict[UUID, Ticket] = {}
    for ticket in tickets:
        if ticket.id not in newest or ticket.version > newest[ticket.id].version:
            newest[ticket.id] = ticket
    return [newest[id] for id in sorted(newest)]
