"""What staff ask of the policy in force: what would become of a ticket, before it is one."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.intake import submission
from services.intake.guard import Guarded
from services.intake.openapi import ASKING, answers
from services.intake.problems import Problem, of_wrong
from services.intake.shapes.words import Moment, Name
from services.intake.state import Here, Speaks
from shared.contracts.queries import Preview, PreviewWanted
from shared.contracts.vocabulary import Urgency

router = APIRouter(prefix="/api/v1/policies", tags=["staff"], route_class=Guarded)


class PreviewQuery(BaseModel):
    """A ticket that nobody files."""

    model_config = ConfigDict(extra="forbid")

    door_code: Name = Field(description="The code on the building door.")
    category: Name = Field("other", description="A code of `GET /api/v1/categories`.")
    urgency: Urgency | None = Field(None, description="The category's where left out.")
    at: Moment | None = Field(None, description="When it is filed; now if left out.")
    accepted: bool = Field(False, description="Each owner accepts it at once, and does nothing more.")


@router.get(
    "/preview",
    summary="What would become of a ticket",
    responses=answers("invalid", "not_signed_in", "not_allowed", "unknown_door", "not_ready", *ASKING),
)
async def preview_policy(asked: Annotated[PreviewQuery, Query()], here: Here, say: Speaks) -> Preview:
    """By the policy, the calendars and the holders of the directory in force: whose it would be, until when, and when
    it would climb to whom, until it is marked overdue at the top. Nothing is filed.
    """
    if wrong := submission.check_codes(here.town(), category=asked.category):
        raise of_wrong(wrong, say)
    found = await here.desk.preview(PreviewWanted(**asked.model_dump()))
    if found is None:
        raise Problem("unknown_door")
    return found
