"""Photos as they come in with a request: made anew and stored, and kept for good once something names them."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from starlette.datastructures import UploadFile

from services.intake.problems import KINDS, FieldError, Problem
from services.intake.shapes.words import PHOTO_BYTES
from services.intake.state import State
from services.intake.uploads_develop import Developed, Unfit
from services.intake.uploads_store import Photos
from shared.i18n import Speaker

log = structlog.get_logger()


async def take_in(here: State, upload: UploadFile, field: str, say: Speaker) -> Developed:
    """The photo as it is stored now, loose. Raises ``Problem`` that names ``field``, and ``StoreAway``."""
    if (upload.size or 0) > PHOTO_BYTES:
        raise Problem("too_large", errors=[FieldError(field=field, detail=f"> {PHOTO_BYTES} B")])
    try:
        new = await here.darkroom.develop(upload.read)
    except Unfit as unfit:
        raise Problem("invalid", errors=[FieldError(field=field, detail=say(str(unfit)))]) from None
    await here.photos.add(new)
    return new


async def keep(here: State, photos: Sequence[str], say: Speaker) -> None:
    """For good, before anything is said that names them: the sweep takes none of them any more.

    Raises ``Problem`` (422) that names those that are not there, and ``StoreAway``.
    """
    if missing := await here.photos.keep(photos):
        detail = say(KINDS["unknown_photo"][1])
        raise Problem("invalid", errors=[FieldError(field=f"photos.{at}", detail=detail) for at in missing])


async def sweep(photos: Photos, orphan_hours: float) -> None:
    """Remove what was uploaded and then named by nothing."""
    if swept := await photos.sweep(timedelta(hours=orphan_hours)):
        log.info("photos that nothing names removed", count=swept)
