"""Co-signing, and what is kept of residents."""

from typing import Annotated
from uuid import UUID

from pydantic import (
    Field,
    StringConstraints,
)

from services.intake.shapes.tickets import Links, ReporterData
from services.intake.shapes.views import TicketView
from services.intake.shapes.words import Answer, Asked, Name
from shared.contracts.base import Instant


class NewVoice(Asked):
    """我家也是: a household has the same issue."""

    door_code: Name = Field(description="The household's own door.", examples=["LY1-01-2"])
    household: Annotated[Name, StringConstraints(max_length=40)] = Field(
        description="The flat, as people write it. Only the post at that door reads it, who has to confirm it.",
        examples=["502室"],
    )
    reporter: ReporterData | None = None
    action_id: UUID | None = Field(None, description="Made by the caller; send the same again after a lost answer.")


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
