"""A ticket as somebody sees it."""

from pydantic import (
    Field,
)

from services.intake.shapes.words import Answer
from shared.contracts.base import Instant
from shared.contracts.ticket import PlaceRef
from shared.contracts.vocabulary import (
    Channel,
    EventType,
    Grade,
    Kind,
    Reason,
    Source,
    Status,
    Urgency,
    Way,
)


class PhotoView(Answer):
    """Links are relative to this host. They open the photo for whoever has them, for a day; ask again then."""

    id: str
    link: str
    thumbnail: str


class NewPhoto(PhotoView):
    """Size in pixels, as it is kept: upright, and no larger than needed."""

    width: int
    height: int


class SeatView(Answer):
    """A post, never a person."""

    role: str
    post: str
    name: str


class SummonsView(SeatView):
    """A post that was summoned, and whether it has come, or need not any more."""

    summoned_at: Instant
    arrived_at: Instant | None
    released_at: Instant | None


class PauseView(Answer):
    """The clock stands still until a review date, or is to: without ``since`` the level above has not consented yet.

    ``status`` is the ticket's while it lasts."""

    status: Status
    asked_at: Instant
    until: Instant
    since: Instant | None


class ContactView(Answer):
    """How somebody at work got in touch with the resident, and what the resident said."""

    at: Instant
    way: Way
    reached: bool
    settled: bool | None
    grade: Grade | None


class EntryView(Answer):
    """One line of the timeline."""

    at: Instant
    type: EventType
    level: str | None = None
    from_level: str | None = None
    reason: Reason | None = None
    actor_role: str | None = None
    actor_post: str | None = Field(None, description="The code of the post that did it.")
    to_role: str | None = None
    channel: Channel | None = None
    text: str | None = None
    photos: tuple[PhotoView, ...] = ()
    internal: bool = Field(False, description="Shown to those at work alone.")
    other: str | None = Field(None, description="The code of another ticket that it is about.")
    grade: Grade | None = Field(None, description="What was given with it.")
    contact: ContactView | None = Field(None, description="Whether the resident was reached, and what they said.")


class TaskView(Answer):
    """A part of the work that is a ticket of its own."""

    code: str
    post: str
    ended_at: Instant | None


class GradeCount(Answer):
    grade: Grade
    households: int


class TicketView(Answer):
    """A ticket as the asker may see it: what is not theirs to see is null."""

    code: str
    status: Status
    level: str | None = None
    owner: SeatView | None = None
    handler: SeatView | None = None
    handler_due_by: Instant | None = Field(None, description="The handler's own limit, inside the owner's.")
    place: PlaceRef | None = None
    category: str | None = None
    kind: Kind | None = None
    urgency: Urgency | None = None
    about_role: str | None = None
    opened_at: Instant | None = None
    accept_by: Instant | None = None
    resolve_by: Instant | None = None
    provisional: bool | None = None
    overdue: bool = False
    supervised: bool | None = Field(None, description="A level above watches how it goes.")
    pause: PauseView | None = Field(None, description="Suspended or in deliberation, or asked to be.")
    paused_until: Instant | None = Field(None, description="Suspended or in deliberation: when it is looked at again.")
    settled: bool | None = Field(None, description="Whether the matter itself is settled: closed is not solved.")
    contacted_at: Instant | None = Field(None, description="When the resident was first reached.")
    called_back: ContactView | None = None
    escalations: int | None = None
    reopenings: int | None = None
    voices: int | None = Field(None, description="Households that co-signed.")
    confirmed_voices: int | None = Field(None, description="Of them those that a post at their door has confirmed.")
    grades: tuple[GradeCount, ...] | None = Field(None, description="Each grade that was given: nothing is averaged.")
    summoned: tuple[SeatView, ...] | None = Field(None, description="Posts that were summoned and not yet released.")
    summonses: tuple[SummonsView, ...] | None = Field(
        None, description="Posts that were summoned, also those released."
    )
    tasks: tuple[TaskView, ...] | None = None
    parent: str | None = Field(None, description="The code of the ticket that this is a task of.")
    merged_into: str | None = Field(None, description="The code of the ticket that goes on instead of this.")
    merged_status: Status | None = Field(None, description="How that one stands; for whoever reported this one.")
    filed_by: str | None = Field(None, description="The role that filed it for a resident, or on patrol.")
    source: Source | None = Field(None, description="How it came in.")
    policy: str | None = Field(None, description="The policy that its limits are by, with the version.")
    anonymous: bool | None = Field(None, description="Whoever reported it wants to stay unknown.")
    external_ref: str | None = Field(None, description="Its number in another system.")
    outer_limit: Instant | None = Field(None, description="Until when another system wants it settled.")
    version: int = 0
    title: str | None = None
    description: str | None = None
    location_note: str | None = None
    duty_phone: str | None = Field(None, description="Whom to call now; where life is in danger only.")
    photos: tuple[PhotoView, ...] | None = None
    timeline: tuple[EntryView, ...] = ()


class SimilarTickets(Answer):
    """Open tickets that may be about the same, the most alike first, as the public sees them, without a timeline."""

    tickets: tuple[TicketView, ...]
    asked: bool = Field(description="False: the record could not be asked just now. Hand it in all the same.")
