"""What should happen: imperative. ``SubmitTicket`` and ``RecordReporter`` travel through queues, ``Act`` is an RPC."""

from uuid import UUID

from pydantic import Field

from shared.contracts.base import Frozen, Instant, Message, register
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Action, Kind, Refusal, Source, Urgency

TEXT_LIMIT = 4000


@register
class SubmitTicket(Message):
    """Open a case. Free texts are masked already; the reporter is a reference only.

    ``place``: the code of a place, where it is known without a door; ``door_code`` is empty then. ``outer_limit``: when
    another system wants the whole settled.
    """

    TYPE = "command.submit"

    ticket_id: UUID
    door_code: str
    description: str = Field(min_length=1, max_length=TEXT_LIMIT)
    kind: Kind
    category: str
    urgency: Urgency | None
    title: str | None
    location_note: str | None
    anonymous: bool
    reporter_ref: UUID | None
    photos: tuple[str, ...]
    source: Source
    external_ref: str | None
    about_role: str | None
    submitted_at: Instant
    place: str | None = None
    outer_limit: Instant | None = None


@register
class RecordReporter(Message):
    """Keep a reporter's personal data and the unmasked words: the one message they travel in."""

    TYPE = "command.record_reporter"

    reporter_ref: UUID
    ticket_id: UUID
    name: str | None
    phone: str | None
    email: str | None
    language: str
    title: str | None
    description: str
    location_note: str | None


class By(Frozen):
    """Who acts: a person, for the post and the assignment that an action link names; where they are left out, for
    whichever seat of the ticket the person's posts have now.
    """

    person: str
    post: str | None = None
    assignment: int | None = None


class Act(By):
    """A staff action on a ticket. ``photos`` are ids."""

    action_id: UUID
    ticket_id: UUID
    action: Action
    text: str | None = None
    to: str | None = None
    photos: tuple[str, ...] = ()


class Refused(Frozen):
    """Why not, and how the ticket stands instead."""

    reason: Refusal
    ticket: Ticket | None


class Acted(Frozen):
    """The answer to ``Act``: the new state, or a refusal. A repeat of the ``action_id`` gets the same answer."""

    ticket: Ticket | None = None
    refused: Refused | None = None
