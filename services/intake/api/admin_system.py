"""What those who administer see of the system: the directory in force, and messages that nobody could handle."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, status

from services.intake.guard import AskedFrom, Guarded
from services.intake.openapi import ASKING, answers
from services.intake.problems import Problem
from services.intake.shapes.admin import DirectoryInForce
from services.intake.state import Here
from shared.contracts.queries import ParkedMessage

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], route_class=Guarded)

ADMIN = ("not_signed_in", "not_allowed", *ASKING)
CHANGES = ("session_needed", "cross_site", "invalid", "unknown_parked", *ADMIN)
MOST = 2**62
Number = Annotated[int, Path(ge=1, le=MOST)]


@router.get("/directory", summary="The directory in force", responses=answers("not_ready", *ADMIN))
async def get_directory(here: Here) -> DirectoryInForce:
    """`loumen directory load` puts another in force."""
    found = here.town().directory
    parts = ("levels", "places", "roles", "people", "posts", "categories", "calendars")
    return DirectoryInForce(
        version=found.version, policy=found.policy.name, counts={part: len(getattr(found, part)) for part in parts}
    )


@router.get("/parked", summary="Messages that nobody could handle", responses=answers("invalid", *ADMIN))
async def get_parked(
    here: Here,
    all: bool = False,
    after: Annotated[int, Query(ge=0, le=MOST)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[ParkedMessage]:
    """By id, those that somebody still has to look at, or `all` that ever were; go on `after` the last one's id."""
    return await here.desk.parked(all=all, after=after, limit=limit)


@router.get("/parked/{id}", summary="One of them in full", responses=answers("invalid", "unknown_parked", *ADMIN))
async def get_parked_message(id: Number, origin: AskedFrom, here: Here) -> dict[str, Any]:
    """It may hold a resident's data: that somebody has looked at it is noted."""
    found = await here.desk.parked_show(id, origin)
    if found is None:
        raise Problem("unknown_parked")
    return found


@router.post(
    "/parked/{id}/resend",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Give it back to its queue",
    responses=answers(*CHANGES),
)
async def resend_parked(id: Number, origin: AskedFrom, here: Here) -> None:
    if not await here.desk.resolve_parked("resend_parked", id, origin):
        raise Problem("unknown_parked")


@router.post(
    "/parked/{id}/drop",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="It needs nothing more",
    responses=answers(*CHANGES),
)
async def drop_parked(id: Number, origin: AskedFrom, here: Here) -> None:
    """It stays in the list of `all`; nothing is ever deleted from there."""
    if not await here.desk.resolve_parked("drop_parked", id, origin):
        raise Problem("unknown_parked")
