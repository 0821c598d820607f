"""What goes in and out over HTTP, as pydantic models. The wire between the services is ``shared.contracts``."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from shared.contracts.accounts import ApiToken
from shared.contracts.base import Instant
from shared.contracts.commands import TEXT_LIMIT
from shared.contracts.queries import FIRST_MOMENT, LAST_MOMENT
from shared.contracts.ticket import Contact, PlaceRef
from shared.contracts.vocabulary import (
    Channel,
    EventType,
    Grade,
    Kind,
    Reason,
    Scope,
    Source,
    Status,
    Urgency,
    Way,
    Word,
)
from shared.cursor import read_cursor
from shared.passwords import LONGEST, SHORTEST

PHOTO_BYTES = 10 * 1024 * 1024
MOST_PHOTOS = 9
MOST_ORDERS = 100
BEGINNING_LIMIT = 500
"""Characters of a message in a URL: with room for what browsers and proxies take."""

_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff]")
"""What comes along with a paste: controls, and marks without a width. The joiner stays: emoji are made with it."""
_NOT_UNICODE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_EMAIL = r"^[^@\s,;:<>()\[\]\"\\]+@[^@\s,;:<>()\[\]\"\\]+\.[^@\s,;:<>()\[\]\"\\]+$"
_PHONE = r"^\+?[0-9][0-9 ()-]{2,38}$"


def _clean(text: str) -> str:
    """A person's words: one kind of line break, nothing unseen, nothing around them. Refuses what no paste brings."""
    if _NOT_UNICODE.search(text):
        raise PydanticCustomError("not_unicode", "Not valid Unicode text.")
    if "\0" in text:
        raise PydanticCustomError("control_character", "Control characters are not allowed.")
    if all(unicodedata.category(symbol)[0] in "ZC" for symbol in text):
        raise PydanticCustomError("blank", "Must not be blank.")
    return _UNSEEN.sub("", _LINE_BREAK.sub("\n", text)).strip()


def _one_line(text: str) -> str:
    if "\n" in text:
        raise PydanticCustomError("control_character", "Control characters are not allowed.")
    return text.replace("\t", " ")


Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT), AfterValidator(_clean)]
Beginning = Annotated[str, StringConstraints(min_length=1, max_length=BEGINNING_LIMIT), AfterValidator(_clean)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_clean)]
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_clean), AfterValidator(_one_line)
]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(_clean), AfterValidator(_one_line)
]
Email = Annotated[str, StringConstraints(max_length=254, pattern=_EMAIL), AfterValidator(_clean)]
Phone = Annotated[str, StringConstraints(max_length=40, pattern=_PHONE)]
PhotoIds = Annotated[list[Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]], Field(max_length=MOST_PHOTOS)]


class Asked(BaseModel):
    """The body of a request: a field that it does not name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReporterData(Asked):
    """How to reach the resident. Kept apart, erasable, used for messages to the resident; shown to nobody."""

    name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None


class OnBehalf(Asked):
    """The one who files is at the door and holds a post there or above; the words are a neighbour's."""

    consent: StrictBool = Field(description="The neighbour has agreed to it being filed, and to what is kept of them.")


class NewTicket(Asked):
    """A resident's issue. Only the door and the words are needed."""

    door_code: Name = Field(description="The code on the building door.", examples=["LY1-01-2"])
    description: Text = Field(
        description="What is the matter. Phone numbers and the like are masked for others.", examples=["楼道灯不亮"]
    )
    kind: Kind = Field(Kind.HELP, description="Taken for a call for help where nobody said.")
    category: Name = Field("other", description="A code of `GET /api/v1/categories`.", examples=["lighting"])
    urgency: Urgency | None = Field(None, description="The category's own where nobody said.")
    title: Line | None = None
    location_note: Note | None = Field(None, description="Where exactly; never public.")
    anonymous: StrictBool = Field(
        False, description="The reporter is never shown to anybody. Contact data is then used for messages only."
    )
    reporter: ReporterData | None = None
    photos: PhotoIds = Field(default_factory=list, description="Ids of photos that `POST /api/v1/photos` has taken.")
    source: Source = Field(Source.WEB, description="How it reached us.")
    external_ref: Line | None = Field(None, description="Its number in another system.")
    about_role: Name | None = Field(
        None, description="The role complained of; its posts will not own the ticket.", examples=["property_manager"]
    )
    on_behalf: OnBehalf | None = Field(
        None, description="Filed for a neighbour, by whoever holds a post at the place or above."
    )


class NewVoice(Asked):
    """我家也是: a household has the same issue."""

    door_code: Name = Field(description="The household's own door.", examples=["LY1-01-2"])
    household: Annotated[Name, StringConstraints(max_length=40)] = Field(
        description="The flat, as people write it. Only the post at that door reads it, who has to confirm it.",
        examples=["502室"],
    )
    reporter: ReporterData | None = None
    action_id: UUID | None = Field(None, description="Made by the caller; send the same again after a lost answer.")


def _written_out(value: object) -> object:
    """A bare number would be read as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and value.strip("0123456789.+-")):
        return value
    raise PydanticCustomError("moment", "Must be a moment with its offset from UTC.")


def _of_our_time(moment: datetime) -> datetime:
    if FIRST_MOMENT <= moment < LAST_MOMENT:
        return moment
    raise PydanticCustomError("moment", "Must lie between 2000 and 2100.")


Moment = Annotated[Instant, BeforeValidator(_written_out), AfterValidator(_of_our_time)]


def _ours(cursor: str) -> str:
    try:
        read_cursor(cursor)
    except ValueError:
        raise PydanticCustomError("cursor", "This is no cursor of ours.") from None
    return cursor


Cursor = Annotated[str, StringConstraints(max_length=100), AfterValidator(_ours)]


class HotlineOrder(Asked):
    """A work order as a hotline (12345) has it. Where: a door's code, a place's, or an address in words."""

    external_ref: Line = Field(description="Its number there. The same number again is the same ticket.")
    description: Text
    deadline: Moment | None = Field(None, description="Until when the hotline wants it settled: no limit is later.")
    door_code: Name | None = None
    place: Name | None = Field(None, description="The code of any place of the directory.")
    address: Note | None = Field(
        None, description="Names a place in full, as the directory does: 丽园小区1号楼2单元. Never public."
    )
    kind: Kind = Kind.HELP
    category: Name = Field("other", description="A code of `GET /api/v1/categories`, or the one another system has.")
    urgency: Urgency | None = None
    title: Line | None = None
    anonymous: StrictBool = False
    reporter: ReporterData | None = None
    about_role: Name | None = None


class NewOrders(Asked):
    """Orders of the hotline, each taken or refused by itself."""

    orders: list[dict[str, JsonValue]] = Field(min_length=1, max_length=MOST_ORDERS, description="Each a HotlineOrder.")
    default_place: Name | None = Field(
        None, description="The code of the place for those whose address names none of the directory, or several."
    )
    dry_run: StrictBool = Field(False, description="Tell what would be, and take none.")


class Outcome(Word):
    """What became of an order that was sent."""

    TAKEN = "taken", "已收", "taken"
    KNOWN = "known", "此前已收", "here already"
    CHANGED = "changed", "此前已收，时限不同，未改", "here already with another deadline, which stays"
    REFUSED = "refused", "未收", "not taken"


class OrderError(Answer):
    field: str
    detail: str


class OrderResult(Answer):
    """``number`` counts the orders of the request from 1."""

    number: int
    external_ref: str | None
    outcome: Outcome
    code: str | None = Field(None, description="The ticket's, also in a dry run.")
    place: str | None = Field(None, description="Where it was taken to be.")
    deadline: Instant | None = Field(None, description="`changed` only: the one that stands.")
    errors: tuple[OrderError, ...] = Field((), description="`refused` only: why.")


class OrderResults(Answer):
    orders: tuple[OrderResult, ...]
    dry_run: bool
    asked: bool = Field(
        description="False: the record could not be asked which were here already. Those taken twice are one ticket."
    )


class OrderState(Answer):
    """How an order stands, as anybody may know it: of its result the words that are public, masked."""

    external_ref: str
    code: str
    status: Status
    level: str
    overdue: bool
    deadline: Instant | None
    opened_at: Instant
    updated_at: Instant
    resolved_at: Instant | None
    closed_at: Instant | None
    merged_into: str | None = Field(description="The code of the ticket that goes on instead of it.")
    result: str | None
    settled: bool | None = Field(description="Whether who resolved it says that the matter itself is settled.")
    contacted_at: Instant | None = Field(description="When somebody at work first reached the resident.")
    called_back: Contact | None = Field(description="The last call-back: reached or not, settled or not, the grade.")
    grade: Grade | None = Field(description="The resident's own, after it was resolved.")


class OrderStates(Answer):
    """In the order of their last changes. ``next``: the cursor of those after them."""

    orders: tuple[OrderState, ...]
    next: str | None


class Links(Answer):
    self: str
    page: str


class Receipt(Answer):
    """The ticket is safe. The token opens the reporter's view of it."""

    id: UUID
    code: str
    tracking_token: str
    status: Status
    place: PlaceRef
    links: Links


class PhotoView(Answer):
    """Links are relative to this host. They open the photo for whoever has them, for a day; ask again then."""

    id: str
    link: str
    thumbnail: str


class NewPhoto(PhotoView):
    """Size in pixels, as it is kept: upright, and no larger than needed."""

    width: int
    height: int


class CategoryView(Answer):
    code: str
    name: str
    parent: str | None
    hint: str


class SeatView(Answer):
    """A post, never a person."""

    role: str
    post: str
    name: str


class EntryView(Answer):
    """One line of the timeline."""

    at: Instant
    type: EventType
    level: str | None = None
    from_level: str | None = None
    reason: Reason | None = None
    actor_role: str | None = None
    to_role: str | None = None
    channel: Channel | None = None
    text: str | None = None
    photos: tuple[PhotoView, ...] = ()
    internal: bool = Field(False, description="Shown to those at work alone.")
    other: str | None = Field(None, description="The code of another ticket that it is about.")


class ContactView(Answer):
    """How somebody at work got in touch with the resident, and what the resident said."""

    at: Instant
    way: Way
    reached: bool
    settled: bool | None
    grade: Grade | None


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
    tasks: tuple[TaskView, ...] | None = None
    parent: str | None = Field(None, description="The code of the ticket that this is a task of.")
    merged_into: str | None = Field(None, description="The code of the ticket that goes on instead of this.")
    merged_status: Status | None = Field(None, description="How that one stands; for whoever reported this one.")
    filed_by: str | None = Field(None, description="The role that filed it for a resident, or on patrol.")
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


class VoiceReceipt(Answer):
    """The household is heard. The token is its own: with it one comments, rates and follows."""

    code: str
    tracking_token: str
    ticket: TicketView
    links: Links


class PersonalData(Answer):
    """Everything that is kept about the asker, as it was written. All null: nothing is, or it was erased."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    household: str | None = None
    title: str | None = None
    description: str | None = None
    location_note: str | None = None
    consented_at: Instant | None = Field(None, description="When consent was given to a post that filed it.")
    recorded_at: Instant | None = None


class NameAndPassword(Asked):
    login: Name
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class NewPassword(Asked):
    old: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    new: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]


class PostHeld(Answer):
    post: str
    role: str
    place: str
    name: str


class Me(Answer):
    """An account, and the posts that its person holds or stands in for: what it may see and do follows from them."""

    login: str
    name: str | None
    admin: bool
    scopes: tuple[Scope, ...]
    posts: list[PostHeld]
    ends_at: Instant


class NewToken(Asked):
    name: Name = Field(description="What it is for.")
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    days: int = Field(90, ge=1, le=366, description="How long it is good.")


class ShownToken(ApiToken):
    """``token`` is shown this once."""

    token: str


class Health(Answer):
    status: str


class Readiness(Answer):
    """How intake stands, and what waits on its own disk for the broker."""

    status: Literal["ready"] = "ready"
    broker: Literal["connected", "away"]
    spooled: int | None = Field(
        description="Tickets of all intakes of this home that wait for the broker; null: the disk cannot be read."
    )
    oldest_seconds: float | None = Field(description="How long the oldest of them has waited.")
    parked: int | None = Field(description="Tickets on the disk that cannot be forwarded: the log says why.")
