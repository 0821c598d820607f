"""What the audit asks of each service, and what an operator looks after."""

from typing import Any
from uuid import UUID

from shared.contracts.base import Frozen, Instant
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Channel


class Head(Frozen):
    """An open or ended case as routing has it, for the audit."""

    ticket: Ticket
    hash: str
    due_at: Instant | None


class Recorded(Frozen):
    """A ticket's event as it stands in the ledger: ``event`` is its JSON data, empty where it cannot be read any more.

    ``columns_agree``: what the ledger finds it by is what stands in it.
    """

    version: int
    type: str
    event: dict[str, Any]
    columns_agree: bool = True


class Chain(Frozen):
    """What records holds of a ticket, for the audit: its events by version, and its row in the read table.

    ``columns_agree``: what the read table finds a ticket by is what stands in the ticket; None for a ticket that
    cannot be read any more.
    """

    ticket_id: UUID
    events: tuple[Recorded, ...]
    ticket: Ticket | None
    columns_agree: bool

    @property
    def versions(self) -> tuple[int, ...]:
        return tuple(each.version for each in self.events)


class Rebuilt(Frozen):
    """Some rows of a read table, compared with what they are made of. ``last``: where to go on, None at the end.

    ``differing``: otherwise than they should be, or missing; ``surplus``: rows that nothing explains; ``unreadable``:
    left alone, as what they are made of cannot be read.
    """

    compared: int
    differing: int
    surplus: int
    unreadable: int
    last: str | None


class Backlog(Frozen):
    """What a service has not finished: ages in real seconds, None where there is nothing.

    ``oldest_in_hand_seconds``: how long the process that answers has worked on the messages that it took from a queue.
    ``oldest_delivery_seconds``: by channel, without those that have nothing late.
    ``directory_version``: the one in force, 0 where there is none. ``never_came``: codes of tickets whose reporters
    were recorded long ago, not more than some. ``oldest_spooled_seconds``, ``spool_parked``: of the tickets on intake's
    disk the oldest that waits for the broker, and how many cannot be forwarded.
    """

    oldest_outbox_seconds: float | None = None
    oldest_delivery_seconds: dict[Channel, float] = {}
    oldest_parked_seconds: float | None = None
    oldest_due_seconds: float | None = None
    oldest_in_hand_seconds: float | None = None
    oldest_spooled_seconds: float | None = None
    spool_parked: int = 0
    parked_messages: int = 0
    directory_version: int = 0
    never_came: tuple[str, ...] = ()


class ParkedMessage(Frozen):
    """A message that nobody could handle, kept as it came."""

    id: int
    queue: str
    reason: str
    parked_at: Instant
    size: int
    message_id: str | None
    resent_at: Instant | None
    dropped_at: Instant | None
