"""What becomes of a delivery: sent, tried again, given up, skipped. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.notify.domain.whom import SEATED, Purpose
from shared.contracts.events import TicketAccepted, TicketEvent


class Fate(StrEnum):
    """What became of a delivery. Pending covers waiting for its time and being sent just now (a lease)."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


def is_unreachable(fates: Iterable[Fate]) -> bool:
    """Whether a post cannot be reached for an assignment: something was sent to it, and all of it failed."""
    known = [fate for fate in fates if fate is not Fate.SKIPPED]
    return bool(known) and all(fate is Fate.FAILED for fate in known)


@dataclass(frozen=True)
class Standing:
    """The newest that is known of a ticket: whether work is owed, and the assignments that count."""

    version: int
    is_open: bool
    owner_assignment: int | None
    handler_assignment: int | None


def is_stale(purpose: Purpose, assignment: int | None, standing: Standing) -> bool:
    """Whether a message asks somebody to act who need not any more: it waited, and the ticket has moved on."""
    if purpose not in SEATED:
        return False
    current = {Purpose.OWNER: standing.owner_assignment, Purpose.HANDLER: standing.handler_assignment}
    return not standing.is_open or assignment != current.get(purpose, assignment)


def is_overtaken(event: TicketEvent, standing: Standing) -> bool:
    """Whether the resident need not hear of it any more: taken on, and over by now, which another letter tells."""
    return isinstance(event, TicketAccepted) and not standing.is_open


RETRY_SECONDS = (10, 60, 300, 1800, 7200)
"""Real seconds before each retry. After the last the delivery has failed."""


def retry_seconds(attempts: int, asked: float | None = None) -> float | None:
    """How long to wait after so many ``attempts``, at least what the other side ``asked``; None: give up."""
    if attempts > len(RETRY_SECONDS):
        return None
    return max(RETRY_SECONDS[attempts - 1], asked or 0)
