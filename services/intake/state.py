"""What a request handler needs, made once when the process starts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from services.intake.bus import Desk
from services.intake.problems import Problem
from services.intake.sending import Sender
from services.intake.settings import IntakeSettings
from services.intake.spool import Spool
from shared.directory import Snapshot, Town
from shared.i18n import LANGUAGES, Speaker, negotiate, speaker

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

    def town(self) -> Town:
        """The directory in force. Raises ``Problem`` (503) before the first one has come."""
        town = self.snapshot.current
        if town is None:
            raise Problem("not_ready", missing=["directory"])
        return town


async def _state(request: Request) -> State:
    """Async, as all our dependencies: FastAPI sends a plain function to a thread, at the price of half a request."""
    state: State = request.app.state.intake
    return state


def speaker_for(request: Request) -> Speaker:
    """By ``?lang=``, else by ``Accept-Language``."""
    asked = request.query_params.get("lang")
    language = asked if asked in LANGUAGES else negotiate(request.headers.get("accept-language"))
    return speaker(language, TRANSLATIONS)


async def _speaker(request: Request) -> Speaker:
    return speaker_for(request)


Here = Annotated[State, Depends(_state)]
Speaks = Annotated[Speaker, Depends(_speaker)]
