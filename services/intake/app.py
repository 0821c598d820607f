"""The HTTP door: ``create_app`` puts the service together, its lifespan starts and stops it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from services.intake import gauges, openapi, pages, problems, uploads
from services.intake.again import again_and_again
from services.intake.api import (
    account,
    admin_accounts,
    admin_system,
    admin_trail,
    health,
    hotline,
    inbox,
    names,
    photos,
    policies,
    residents,
    staff,
    stats,
    voices,
)
from services.intake.api import pages as page_routes
from services.intake.bus import Desk
from services.intake.directory import Keeper
from services.intake.edge import Edge
from services.intake.sending import Sender
from services.intake.settings import IntakeSettings
from services.intake.spool import Spool, SpoolFailed
from services.intake.state import State, speaker_for
from services.intake.suggest.keeping import Classifier
from services.intake.tries import Tries
from services.intake.uploads_develop import Darkroom
from services.intake.uploads_store import Photos, StoreAway, open_store
from shared import trace
from shared.bus.asyncio import BrokerAway, Bus, CallFailed, CallTimedOut, Unroutable
from shared.contracts.directory import DirectoryChanged
from shared.sealing import cipher
from shared.snapshot import Snapshot

ROUTES = (
    residents, voices, photos, staff, inbox, names, stats, policies, hotline,
    account, admin_trail, admin_accounts, admin_system, page_routes, health,
)  # fmt: skip
FORWARD_SECONDS = 1.0
STATIC = Path(__file__).parent / "web" / "static"
TOLD = (
    HTTPException, RequestValidationError, BrokerAway, Unroutable, CallTimedOut, CallFailed, SpoolFailed, StoreAway,
)  # fmt: skip
"""Exceptions that the asker is told of; anything else is our mistake, and ``Edge`` answers 500."""


def create_app(settings: IntakeSettings | None = None) -> FastAPI:
    """The application. Nothing is opened or connected before it starts."""
    settings = settings or IntakeSettings()
    app = FastAPIOffline(
        title="Loumen 楼门",
        version="1",
        summary="Residents' issues (诉求), from the building door to the subdistrict until someone settles them.",
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours are of the whole chain
        lifespan=lambda app: _running(app, settings),
    )
    app.add_middleware(Edge, body_limit_bytes=settings.body_limit_bytes)
    for told in TOLD:
        app.add_exception_handler(told, _tell)
    for routes in ROUTES:
        app.router.routes.extend(routes.router.routes)  # included, each request would look for its route twice
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    openapi.document(app)
    return app


@asynccontextmanager
async def _running(app: FastAPI, settings: IntakeSettings) -> AsyncIterator[None]:
    bus, snapshot = Bus(settings.amqp_uri), Snapshot()
    desk, folder = Desk(bus, settings), settings.home / "intake"
    spool = Spool(folder, cipher(settings.key("personal"), "spool"))
    sender = Sender(bus, spool, settings.confirm_timeout_seconds)
    stored = Photos(open_store(settings))
    app.state.intake = State(
        settings,
        settings.key("secret"),
        desk,
        sender,
        spool,
        snapshot,
        Darkroom(),
        stored,
        Classifier(settings.home),
        Tries(),
    )
    keeper = Keeper(snapshot, folder / "directory.json")
    keeper.restore()
    await bus.listen(DirectoryChanged.TYPE, keeper.hear)
    await bus.start()
    sweep = partial(uploads.sweep, stored, settings.photo_orphan_hours)

    def check_pause() -> float:
        seconds = settings.directory_check_seconds
        return seconds if snapshot.current else min(seconds, 1)

    tasks = (
        asyncio.create_task(again_and_again(partial(keeper.check, desk), check_pause, "directory not taken over")),
        asyncio.create_task(again_and_again(sender.forward, lambda: FORWARD_SECONDS, "not forwarded")),
        asyncio.create_task(again_and_again(sweep, lambda: settings.photo_sweep_seconds, "photos not swept")),
    )
    try:
        with gauges.scraped(spool, sender, snapshot):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await bus.stop()
        await spool.close()


async def _tell(request: Request, error: Exception) -> Response:
    say = speaker_for(request)
    problem = problems.from_exception(error, say)
    if problem.code == "method_not_allowed" and (methods := _methods_of(request)):
        problem.headers = {"Allow": ", ".join(sorted(methods))}
    if pages.is_page(request.url.path):
        return pages.problem(problem, say)
    return problems.answer(problem, say, trace.current())


def _methods_of(request: Request) -> set[str]:
    """What can be done at a path: Starlette tells of the first route alone."""
    ours = (route for route in request.app.routes if isinstance(route, APIRoute))
    return {
        method for route in ours if route.matches(request.scope)[0] is not Match.NONE for method in route.methods or ()
    }
