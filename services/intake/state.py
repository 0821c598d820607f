"""What a request handler needs, made once when the process starts."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from services.intake.bus import Desk
from services.intake.problems import Problem
from services.intake.sending import Sender
from services.intake.settings import IntakeSettings
from services.intake.shapes.views import PhotoView
from services.intake.spool import Spool
from services.intake.suggest.keeping import Classifier
from services.intake.tries import Tries
from services.intake.uploads_develop import Darkroom
from services.intake.uploads_store import Photos
from shared import ids
from shared.contracts.accounts import Identity
from shared.contracts.directory import Post
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Urgency
from shared.directory import Town
from shared.i18n import LANGUAGES, Speaker, negotiate, speaker
from shared.snapshot import Snapshot

HOUR_SECONDS = 3600
LINK_HOURS = 24
TRANSLATIONS = Path(__file__).parent / "web" / "translations"


@dataclass(frozen=True)
class State:
    """``secret`` signs ids and tokens; ``snapshot`` holds the directory in force."""

    settings: IntakeSettings
    secret: bytes
    desk: Desk
    sender: Sender
    spool: Spool
    snapshot: Snapshot
    darkroom: Darkroom
    photos: Photos
    classifier: Classifier
    tries: Tries

    def town(self) -> Town:
        """The directory in force. Raises ``Problem`` (503) before the first one has come."""
        town = self.snapshot.current
        if town is None:
            raise Problem("not_ready", missing=["directory"])
        return town

    def posts_of(self, asker: Identity) -> tuple[Post, ...]:
        """The posts that the asker may act for now."""
        return self.town().posts_of(asker.person, self.settings.clock.now()) if asker.person else ()

    def duty_phone(self, ticket: Ticket) -> str | None:
        """The phone of the post that owns a danger to life; None otherwise."""
        town, owner = self.snapshot.current, ticket.owner
        if ticket.urgency is not Urgency.DANGER or town is None or owner is None:
            return None
        post = town.post(owner.post)
        return post.phone if post else None

    def show(self, photo: str) -> PhotoView:
        """Links to a photo, good for a day; the same ones within an hour, so that a browser need not load it again."""
        until = (int(time.time()) // HOUR_SECONDS + 1 + LINK_HOURS) * HOUR_SECONDS
        token = ids.sign_photo(self.secret, photo, until)
        link = f"/api/v1/photos/{photo}"
        return PhotoView(id=photo, link=f"{link}?token={token}", thumbnail=f"{link}/thumbnail?token={token}")


def state_of(request: Request) -> State:
    state: State = request.app.state.intake
    return state


async def _state(request: Request) -> State:
    """Async, as all our dependencies: FastAPI sends a plain function to a thread, at the price of half a request."""
    return state_of(request)


def speaker_for(request: Request) -> Speaker:
    """By ``?lang=``, else by ``Accept-Language``."""
    asked = request.query_params.get("lang")
    language = asked if asked in LANGUAGES else negotiate(request.headers.get("accept-language"))
    return speaker(language, TRANSLATIONS)


async def _speaker(request: Request) -> Speaker:
    return speaker_for(request)


Here = Annotated[State, Depends(_state)]
Speaks = Annotated[Speaker, Depends(_speaker)]
