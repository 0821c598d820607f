"""Cases as routing opens them: one at each door, to be multiplied."""

from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from services.routing.domain.case import Case
from services.routing.domain.opening import open_case
from shared import chain
from shared.contracts.commands import SubmitTicket
from shared.contracts.directory import Directory
from shared.contracts.vocabulary import Kind, Source
from shared.directory import Town
from tests.bench.systems import System


def opened(system: System) -> list[Case]:
    """By the directory that routing has, and by its key."""
    town = town_of(system)
    key = (system.home / "keys" / "chain").read_bytes().strip()
    return [_open(door, town, key) for door in system.doors]


def town_of(system: System) -> Town:
    """The directory that routing has."""
    (directory,) = system.ask("select body from routing.directory")
    return Town(Directory.model_validate_json(directory))


def _open(door: str, town: Town, key: bytes) -> Case:
    now = datetime.now(UTC)
    submitted = SubmitTicket(
        ticket_id=uuid4(),
        door_code=door,
        description="三楼楼道的灯不亮了，晚上老人上下楼看不清台阶",
        kind=Kind.HELP,
        category="lighting",
        urgency=None,
        title=None,
        location_note=None,
        anonymous=False,
        reporter_ref=None,
        photos=(),
        source=Source.QR,
        external_ref=None,
        about_role=None,
        submitted_at=now,
    )
    return open_case(submitted, town, now, partial(chain.free_text, key=key)).case
