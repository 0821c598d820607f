"""Photos: taken in from anybody, shown to whoever was given a link."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, File, Query, Response, UploadFile

from services.intake import uploads
from services.intake.guard import Guarded
from services.intake.openapi import answers
from services.intake.problems import Problem
from services.intake.shapes.views import NewPhoto
from services.intake.state import Here, Speaks, State
from services.intake.uploads_store import Size
from shared import ids

router = APIRouter(prefix="/api/v1/photos", tags=["photos"], route_class=Guarded)

JPEG = "image/jpeg"
KEPT_BY_BROWSERS = {"Cache-Control": "private, max-age=86400, immutable"}
"""A photo never changes under its id."""

SHOWN: dict[int | str, dict[str, Any]] = {200: {"content": {JPEG: {"schema": {"type": "string", "format": "binary"}}}}}
LIMITS = "JPEG, PNG or WebP: at most 10 MiB; 50 megapixels (JPEG) or 25."
FORMATS = {"photo": {"contentType": "image/jpeg, image/png, image/webp"}}
Token = Annotated[str, Query(description="As it stands in the link.")]


@router.post(
    "",
    status_code=201,
    summary="Upload a photo",
    responses=answers("bad_request", "too_large", "invalid", "photos_away", "busy"),
    openapi_extra={"requestBody": {"content": {"multipart/form-data": {"encoding": FORMATS}}}},
)
async def upload_photo(
    photo: Annotated[UploadFile, File(description=LIMITS, json_schema_extra={"format": "binary"})],
    here: Here,
    say: Speaks,
) -> NewPhoto:
    """It is made anew: a JPEG, upright, at most 2560 pixels long, the first frame of a moving one, and without what a
    camera writes beside it, its position above all. The same photo again has the same id.

    Name the `id` in a ticket or an action within a day; what nothing names is removed.
    """
    new = await uploads.take_in(here, photo, "photo", say)
    return NewPhoto(**here.show(new.id).model_dump(), width=new.width, height=new.height)


@router.get(
    "/{photo_id}",
    summary="See a photo",
    response_class=Response,
    responses=SHOWN | answers("link_forged", "unknown_photo", "link_expired", "photos_away"),
)
async def get_photo(photo_id: str, here: Here, token: Token = "") -> Response:
    """Follow the link that a ticket or an upload gives. A ticket gives it to whoever may see its photos: the reporter
    by the tracking token, who works on it by the action link, anybody where the matter's photos are public.
    """
    return await _shown(here, photo_id, "photo", token)


@router.get(
    "/{photo_id}/thumbnail",
    summary="See a photo small",
    response_class=Response,
    responses=SHOWN | answers("link_forged", "unknown_photo", "link_expired", "photos_away"),
)
async def get_thumbnail(photo_id: str, here: Here, token: Token = "") -> Response:
    """At most 480 pixels long, by the same links."""
    return await _shown(here, photo_id, "thumbnail", token)


async def _shown(here: State, photo: str, size: Size, token: str) -> Response:
    try:
        ids.check_photo(here.secret, photo, token, time.time())
    except ids.ExpiredToken:
        raise Problem("link_expired") from None
    except ids.InvalidToken:
        raise Problem("link_forged") from None
    jpeg = await here.photos.read(photo, size)
    if jpeg is None:
        raise Problem("unknown_photo")
    return Response(jpeg, media_type=JPEG, headers=KEPT_BY_BROWSERS)
