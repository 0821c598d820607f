"""What those who administer call: the trail of who did what."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from services.intake.exporting import Format, heading, lines
from services.intake.guard import AskedFrom, Guarded
from services.intake.openapi import ASKING, answers
from services.intake.shapes.words import Moment, Name
from services.intake.state import Here, State
from shared.contracts.trail import TrailPage, TrailWanted, What

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], route_class=Guarded)

ADMIN = ("not_signed_in", "not_allowed", *ASKING)
EXPORT_PAGE = 1000


class TrailFilter(BaseModel):
    """Which entries of the trail."""

    model_config = ConfigDict(extra="forbid")

    who: Name | None = None
    what: What | None = None
    subject: Name | None = None
    since: Moment | None = None
    until: Moment | None = None

    def wanted(self) -> TrailWanted:
        return TrailWanted(who=self.who, what=self.what, subject=self.subject, since=self.since, until=self.until)


class TrailQuery(TrailFilter):
    cursor: int | None = Query(None, ge=1, le=2**62, description="`next` of the page before.")
    limit: int = Query(50, ge=1, le=200)


class TrailExport(TrailFilter):
    format: Format = Format.CSV


@router.get("/trail", summary="Who did what, when, from where", responses=answers("invalid", *ADMIN))
async def get_trail(asked: Annotated[TrailQuery, Query()], here: Here) -> TrailPage:
    """Newest first. What is added meanwhile moves nothing from one page to another."""
    return await here.desk.trail(asked.wanted(), asked.cursor, asked.limit)


@router.get(
    "/trail/export",
    summary="The trail as a file",
    response_class=StreamingResponse,
    responses={
        200: {"content": {each.media_type.partition(";")[0]: {"schema": {"type": "string"}} for each in Format}},
        **answers("invalid", *ADMIN),
    },
)
async def export_trail(asked: Annotated[TrailExport, Query()], origin: AskedFrom, here: Here) -> StreamingResponse:
    """Newest first, this export as the first entry. A file that breaks off was cut off: the answer then has no end."""
    wanted = asked.wanted()
    await here.desk.exported("trail", wanted.model_dump(mode="json"), origin)
    first = await here.desk.trail(wanted, None, EXPORT_PAGE)
    named = {"Content-Disposition": f'attachment; filename="trail.{asked.format}"', "Cache-Control": "no-store"}
    return StreamingResponse(_written(here, wanted, first, asked.format), 200, named, asked.format.media_type)


async def _written(here: State, wanted: TrailWanted, page: TrailPage, format: Format) -> AsyncIterator[str]:
    yield heading(format)
    while True:
        yield "".join(lines(page.items, format))
        if page.next is None:
            return
        page = await here.desk.trail(wanted, page.next, EXPORT_PAGE)
