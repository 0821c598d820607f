"""Whether the process lives, and whether it can do its work."""

from datetime import UTC, datetime

from fastapi import APIRouter

from services.intake.guard import Guarded
from services.intake.openapi import answers
from services.intake.problems import Problem
from services.intake.shapes.health import Health, Readiness
from services.intake.spool import SpoolFailed
from services.intake.state import Here, State
from services.intake.store import Backlog

router = APIRouter(tags=["operation"], route_class=Guarded)


@router.get("/healthz", summary="Is the process alive?")
async def get_health() -> Health:
    return Health(status="alive")


@router.get("/readyz", summary="Can it take tickets?", responses=answers("not_ready"))
async def get_readiness(here: Here) -> Readiness:
    """503 with what is missing: `directory`; `broker` and `spool`, of which one is enough."""
    away, backlog = here.sender.broker_away, await _backlog(here)
    missing = [] if here.snapshot.current else ["directory"]
    if away and (backlog is None or not await here.spool.writable()):
        missing += ["broker", "spool"]
    if missing:
        raise Problem("not_ready", missing=missing)
    oldest = backlog and backlog.oldest
    return Readiness(
        broker="away" if away else "connected",
        spooled=backlog and backlog.waiting,
        oldest_seconds=oldest and (datetime.now(UTC) - oldest).total_seconds(),
        parked=backlog and backlog.parked,
    )


async def _backlog(here: State) -> Backlog | None:
    try:
        return await here.spool.backlog()
    except SpoolFailed:
        return None
