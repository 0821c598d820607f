"""What the services answer each other over RPC: shapes of reads, for pages, people and the audit."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Frozen, Instant
from shared.contracts.directory import Limit
from shared.contracts.events import Step
from shared.contracts.ticket import Contact, Ticket
from shared.contracts.vocabulary import (
    Action,
    Channel,
    Detail,
    Due,
    EventType,
    Grade,
    Part,
    Reason,
    Refusal,
    Status,
    Urgency,
)

FIRST_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST_MOMENT: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Beyond these nobody asks in earnest, and a calendar could run out."""


class TimelineEntry(Frozen):
    """One line of a ticket's story. ``actor_role`` did it; ``to_role`` was given it, or told by ``channel``.

    ``photos``: ids of those added with it. ``other``: the code of another ticket that it is about.
    ``grade``: what was given with it. ``actor_post``: the code of the post that did it, None where no post did.
    """

    at: Instant
    type: EventType
    version: int | None
    level: str
    from_level: str | None = None
    reason: Reason | None = None
    actor_role: str | None = None
    to_role: str | None = None
    channel: Channel | None = None
    text: str | None = None
    photos: tuple[str, ...] = ()
    internal: bool = False
    other: str | None = None
    grade: Grade | None = None
    actor_post: str | None = None
    contact: Contact | None = None


class TicketRecord(Frozen):
    """A ticket with its story, oldest first."""

    ticket: Ticket
    timeline: tuple[TimelineEntry, ...]


class Holding(Frozen):
    """A post that the asker holds: at a ``place`` below which it sees everything, None where it sees what it has alone.
    ``levels``: the rungs at which it can own a ticket. Of complaints, and in the ``hidden`` categories, it sees besides
    what it has only what is at one of the levels ``trusted``."""

    post: str
    role: str
    place: str | None
    levels: tuple[str, ...]
    trusted: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


class InboxAsked(Frozen):
    """Which tickets, of those that the holder of ``posts`` sees; None means any. ``place`` means it and all below it,
    ``categories`` one of these, ``text`` words that all occur; ``status``: the open ones where none is given.
    """

    posts: tuple[Holding, ...]
    mine: bool = False
    my_level: bool = False
    due: Due | None = None
    place: str | None = None
    categories: tuple[str, ...] = ()
    status: Status | None = None
    text: str | None = None
    cursor: str | None = None
    limit: int = 50


class InboxPage(Frozen):
    """Open tickets by what is due first, ended ones from the newest; ``next`` is the cursor of those after them."""

    items: tuple[Ticket, ...]
    next: str | None


class Badges(Frozen):
    """How many open tickets there are of each, counted up to ``COUNTED``: as many means as many or more."""

    COUNTED: ClassVar = 100

    mine: int
    my_level: int
    overdue: int
    soon: int


class ChangedOrder(Frozen):
    """An order of the hotline as it stands since its last change."""

    changed_at: Instant
    record: TicketRecord


class OrderPage(Frozen):
    """Some of the orders asked for; ``next`` is the cursor of those that changed after them."""

    items: tuple[ChangedOrder, ...]
    next: str | None


class PostChoice(Frozen):
    """A post that work can be assigned to."""

    post: str
    name: str


class Form(Frozen):
    """An action as somebody finds it now: open, or why not (``refused``); what has to come with it (``needs``) and what
    may (``takes``); the ``posts`` that it could name; the latest date (``until_at_most``).
    """

    action: Action
    refused: Refusal | None = None
    needs: tuple[Detail, ...] = ()
    takes: tuple[Detail, ...] = ()
    posts: tuple[PostChoice, ...] = ()
    until_at_most: Instant | None = None


class Offer(Frozen):
    """What somebody is to a ticket and may do with it now, or why nothing at all (``refused``)."""

    ticket: Ticket | None
    parts: tuple[Part, ...] = ()
    forms: tuple[Form, ...] = ()
    refused: Refusal | None = None

    @property
    def open(self) -> tuple[Form, ...]:
        """What would succeed."""
        return tuple(form for form in self.forms if form.refused is None)


class PreviewWanted(Frozen):
    """A ticket that nobody files: at which door, of what, when (now where None). ``accepted``: its owners accept it at
    once and do nothing more; else they do nothing at all.
    """

    door_code: str
    category: str
    urgency: Urgency | None = None
    at: Annotated[Instant, Field(ge=FIRST_MOMENT, lt=LAST_MOMENT)] | None = None
    accepted: bool = False


class PreviewRung(Frozen):
    """A level that the ticket would come to: when, past which rungs and why (``steps``), whose it is there, until when,
    and who is told besides. ``provisional``: a limit lies beyond the known holidays.
    """

    at: Instant
    level: str
    steps: tuple[Step, ...]
    owner: PostChoice
    accept_by: Instant
    resolve_by: Instant
    provisional: bool
    also_told: tuple[PostChoice, ...]
    in_digest: tuple[PostChoice, ...]


class Preview(Frozen):
    """What would become of such a ticket, rung by rung, until it is marked overdue at the top.

    ``policy`` is the stamp that it would have, ``source`` whence that policy is, ``inherited`` what of it is another's.
    """

    at: Instant
    category: str
    matter: str
    urgency: Urgency
    policy: str
    source: str
    inherited: tuple[str, ...]
    budget: Limit
    rungs: tuple[PreviewRung, ...]
    overdue_at: Instant


class Reporter(Frozen):
    """How to reach who reported, for the one who must do it now."""

    name: str | None
    phone: str | None
    email: str | None
    language: str


class Head(Frozen):
    """An open or ended case as routing has it, for the audit."""

    ticket: Ticket
    hash: str
    due_at: Instant | None


class Recorded(Frozen):
    """A ticket's event as it stands in the ledger: ``event`` is its JSON data, empty where it cannot be read any more.

    ``columns_agree``: what the ledger finds it by is what stands in it.
    """

    version: int
    type: str
    event: dict[str, Any]
    columns_agree: bool = True


class Chain(Frozen):
    """What records holds of a ticket, for the audit: its events by version, and its row in the read table.

    ``columns_agree``: what the read table finds a ticket by is what stands in the ticket; None for a ticket that
    cannot be read any more.
    """

    ticket_id: UUID
    events: tuple[Recorded, ...]
    ticket: Ticket | None
    columns_agree: bool

    @property
    def versions(self) -> tuple[int, ...]:
        return tuple(each.version for each in self.events)


class Rebuilt(Frozen):
    """Some rows of a read table, compared with what they are made of. ``last``: where to go on, None at the end.

    ``differing``: otherwise than they should be, or missing; ``surplus``: rows that nothing explains; ``unreadable``:
    left alone, as what they are made of cannot be read.
    """

    compared: int
    differing: int
    surplus: int
    unreadable: int
    last: str | None


class Backlog(Frozen):
    """What a service has not finished: ages in real seconds, None where there is nothing.

    ``oldest_in_hand_seconds``: how long the process that answers has worked on the messages that it took from a queue.
    ``oldest_delivery_seconds``: by channel, without those that have nothing late.
    ``directory_version``: the one in force, 0 where there is none. ``never_came``: codes of tickets whose reporters
    were recorded long ago, not more than some. ``oldest_spooled_seconds``, ``spool_parked``: of the tickets on intake's
    disk the oldest that waits for the broker, and how many cannot be forwarded.
    """

    oldest_outbox_seconds: float | None = None
    oldest_delivery_seconds: dict[Channel, float] = {}
    oldest_parked_seconds: float | None = None
    oldest_due_seconds: float | None = None
    oldest_in_hand_seconds: float | None = None
    oldest_spooled_seconds: float | None = None
    spool_parked: int = 0
    parked_messages: int = 0
    directory_version: int = 0
    never_came: tuple[str, ...] = ()


class ParkedMessage(Frozen):
    """A message that nobody could handle, kept as it came."""

    id: int
    queue: str
    reason: str
    parked_at: Instant
    size: int
    message_id: str | None
    resent_at: Instant | None
    dropped_at: Instant | None
