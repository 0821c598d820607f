"""Whether the process lives, and whether it can do its work."""

from fastapi import APIRouter

from services.intake.openapi import answers
from services.intake.problems import Problem
from services.intake.shapes import Health
from services.intake.state import Here

router = APIRouter(tags=["operation"])


@router.get("/healthz", summary="Is the process alive?")
async def get_health() -> Health:
    return Health(status="alive")


@router.get("/readyz", summary="Can it take tickets?", responses=answers("not_ready"))
async def get_readiness(here: Here) -> Health:
    """503 with what is missing: `broker`, `directory`."""
    missing = [
        name for name, there in (("broker", here.bus.connected), ("directory", here.snapshot.current)) if not there
    ]
    if missing:
        raise Problem("not_ready", missing=missing)
    return Health(status="ready")
