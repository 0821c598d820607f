"""Handing in an issue, and the receipt."""

from uuid import UUID

from pydantic import (
    Field,
    StrictBool,
)

from services.intake.shapes.words import Answer, Asked, Email, Line, Name, Note, Phone, PhotoIds, Text
from shared.contracts.ticket import PlaceRef
from shared.contracts.vocabulary import (
    Kind,
    Source,
    Status,
    Urgency,
)


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
        None,
        description="The role complained of: it is kept from its posts. Needed where a category can be about several.",
        examples=["property_manager"],
    )
    on_behalf: OnBehalf | None = Field(
        None, description="Filed for a neighbour, by whoever holds a post at the place or above."
    )


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


class RoleView(Answer):
    code: str
    name: str


class CategoryView(Answer):
    """``about``: whom a complaint of it can be about. One is taken for meant; of several `about_role` must name one."""

    code: str
    name: str
    parent: str | None
    hint: str
    about: list[RoleView]
