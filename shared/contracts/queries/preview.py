"""What would become of a ticket that nobody files."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import Field

from shared.contracts.base import Frozen, Instant
from shared.contracts.directory import Limit
from shared.contracts.events import Step
from shared.contracts.queries.acting import PostChoice
from shared.contracts.vocabulary import Urgency

FIRST_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST_MOMENT: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Beyond these nobody asks in earnest, and a calendar could run out."""


class PreviewWanted(Frozen):
    """A ticket that nobody files: at which door, of what, when (now where None). ``accepted``: its owners accept it at
    once and do nothing more; else they do nothing at all.
    """

    door_code: str
    category: str
    urgency: Urgency | None = None
    at: Annotated[Instant, Field(ge=FIRST_MOMENT, lt=LAST_MOMENT)] | None = None
    accepted: bool = False


class PreviewRung(Frozen):
    """A level that the ticket would come to: when, past which rungs and why (``steps``), whose it is there, until when,
    and who is told besides. ``provisional``: a limit lies beyond the known holidays.
    """

    at: Instant
    level: str
    steps: tuple[Step, ...]
    owner: PostChoice
    accept_by: Instant
    resolve_by: Instant
    provisional: bool
    also_told: tuple[PostChoice, ...]
    in_digest: tuple[PostChoice, ...]


class Preview(Frozen):
    """What would become of such a ticket, rung by rung, until it is marked overdue at the top.

    ``policy`` is the stamp that it would have, ``source`` whence that policy is, ``inherited`` what of it is another's.
    """

    at: Instant
    category: str
    matter: str
    urgency: Urgency
    policy: str
    source: str
    inherited: tuple[str, ...]
    budget: Limit
    rungs: tuple[PreviewRung, ...]
    overdue_at: Instant
