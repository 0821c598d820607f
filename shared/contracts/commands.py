"""What should happen: imperative. ``SubmitTicket`` and ``RecordReporter`` travel through queues, ``Act`` is an RPC."""

from uuid import UUID

from pydantic import Field

from shared.contracts.base import Frozen, Instant, Message, register
from shared.contracts.ticket import Actor, Ticket, Voice
from shared.contracts.trail import Origin
from shared.contracts.vocabulary import Action, Detail, EventType, Grade, Kind, Part, Refusal, Source, Urgency, Way

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
    filed_by: Actor | None = None


@register
class RecordReporter(Message):
    """Keep a reporter's personal data and the unmasked words: the one message they travel in.

    ``household``: a co-signer's flat as people write it, for the post at the door that has to confirm it.
    ``consented_at``: when a neighbour agreed that a post files for them.
    """

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
    household: str | None = None
    consented_at: Instant | None = None


class By(Frozen):
    """Who acts: somebody at work (``person``), or a resident (``resident``).

    A person acts for the post and the assignment that an action link names; where they are left out, for whatever the
    person's posts are to the ticket now. A resident is its reporter, a co-signer (then ``household`` says which), or a
    neighbour; intake has checked it. ``through``: the ticket that a reporter reported, where it was merged into this.
    """

    person: str | None = None
    post: str | None = None
    assignment: int | None = None
    resident: Part | None = None
    household: str | None = None
    through: UUID | None = None


class NewTask(Frozen):
    """A part of the work, and the post that is to own it."""

    text: str
    to: str


class Details(Frozen):
    """What comes with an action. Which of it an action needs and which it takes stands in routing's ``ACTIONS``.

    ``to`` and ``posts`` are codes of posts (``to`` may be a role's), ``ticket`` is another ticket's code, ``household``
    the digest of one (``Voice``), ``photos`` are ids.
    """

    text: str | None = None
    photos: tuple[str, ...] = ()
    to: str | None = None
    posts: tuple[str, ...] = ()
    until: Instant | None = None
    internal: bool | None = None
    settled: bool | None = None
    way: Way | None = None
    reached: bool | None = None
    grade: Grade | None = None
    ticket: str | None = None
    tasks: tuple[NewTask, ...] = ()
    household: str | None = None

    @property
    def given(self) -> frozenset[Detail]:
        """What there is of it."""
        return frozenset(each for each in Detail if getattr(self, each.value) not in (None, ()))


class Act(Frozen):
    """An action on a ticket by somebody at work or a resident. ``voice`` is a new co-signer's; ``origin`` says for the
    trail who it was and from where."""

    action_id: UUID
    ticket_id: UUID
    by: By
    action: Action
    details: Details = Details()
    voice: Voice | None = None
    origin: Origin = Origin()


class Happened(Frozen):
    """The last thing that was done to a ticket. ``by``: a post or a resident; None: the clock, or the directory.
    ``since``: since when the ticket has its status."""

    type: EventType
    at: Instant
    by: Actor | None = None
    since: Instant | None = None


class Refused(Frozen):
    """Why not, how the ticket stands instead, and what has brought it there (``last``; None where nothing has happened
    since that is kept). ``fields``: which are missing, not taken, or out of bounds; ``until_at_most``: the
    latest date that could be named."""

    reason: Refusal
    ticket: Ticket | None
    fields: tuple[Detail, ...] = ()
    last: Happened | None = None
    until_at_most: Instant | None = None


class Acted(Frozen):
    """The answer to ``Act``: the new state, or a refusal. What was done is answered the same when it is sent again; an
    ``action_id`` belongs to the one wish that it was done for."""

    ticket: Ticket | None = None
    refused: Refused | None = None
