"""What those at work do with a ticket besides carrying it up the ladder."""

from uuid import UUID

from shared.contracts.base import register
from shared.contracts.events.ticket import TicketEvent
from shared.contracts.ticket import Contact, Seat, Task
from shared.contracts.vocabulary import Reason


@register
class TicketContacted(TicketEvent):
    """Somebody at work has been in touch with the resident, or has tried, while the work goes on."""

    TYPE = "ticket.contacted"
    contact: Contact


@register
class TicketCalledBack(TicketEvent):
    """回访: what the resident said after the work was done."""

    TYPE = "ticket.called_back"
    contact: Contact


@register
class TicketTakenBack(TicketEvent):
    """The owner has taken the work back from the handler (``replaced``) and does it himself; or has it again, since
    nobody holds the handler's post any more (``reason``)."""

    TYPE = "ticket.taken_back"
    replaced: Seat
    reason: Reason | None = None


@register
class TicketTransferred(TicketEvent):
    """Another post of the same level owns it now; ``replaced`` is the one before."""

    TYPE = "ticket.transferred"
    replaced: Seat


@register
class TicketSupervised(TicketEvent):
    """督办: a level above watches how it goes."""

    TYPE = "ticket.supervised"


@register
class TicketSuspensionAsked(TicketEvent):
    """The owner wants to suspend it; the level above has to consent (``asked``: the posts' codes). Until then the clock
    runs on."""

    TYPE = "ticket.suspension_asked"
    asked: tuple[str, ...] = ()


@register
class TicketSuspensionDeclined(TicketEvent):
    """The level above does not consent."""

    TYPE = "ticket.suspension_declined"


@register
class TicketSuspended(TicketEvent):
    """挂账: the resolve clock stands still until the review date."""

    TYPE = "ticket.suspended"


@register
class TicketDeliberated(TicketEvent):
    """议事: put to those concerned; the resolve clock stands still within a limit of its own."""

    TYPE = "ticket.deliberated"


@register
class TicketResumed(TicketEvent):
    """The pause is over: by its date, or before it by hand."""

    TYPE = "ticket.resumed"
    reason: Reason


@register
class TicketRestamped(TicketEvent):
    """The limits were set anew: by the policy in force, or since the holidays are known now.

    ``moved``: some limit is another than before; else the limits are only no longer provisional.
    """

    TYPE = "ticket.restamped"
    reason: Reason
    moved: bool = True


@register
class TicketMerged(TicketEvent):
    """It goes on as part of another (``ticket.merged_into``), whose code is ``into``."""

    TYPE = "ticket.merged"
    into: str


@register
class TicketAbsorbed(TicketEvent):
    """It has taken in another ticket, with its reporters."""

    TYPE = "ticket.absorbed"
    other: UUID
    other_code: str


@register
class TicketUnmerged(TicketEvent):
    """It stands for itself again."""

    TYPE = "ticket.unmerged"


@register
class TicketRelinquished(TicketEvent):
    """A ticket that it had taken in stands for itself again."""

    TYPE = "ticket.relinquished"
    other: UUID
    other_code: str


@register
class TicketSplit(TicketEvent):
    """Parts of the work are tickets of their own now, with owners of their own."""

    TYPE = "ticket.split"
    tasks: tuple[Task, ...]


@register
class TicketTaskEnded(TicketEvent):
    """One of its tasks has ended."""

    TYPE = "ticket.task_ended"
    task: Task


@register
class TicketWhistled(TicketEvent):
    """吹哨: the owner has summoned posts sideways, all at once."""

    TYPE = "ticket.whistled"
    seats: tuple[Seat, ...]


@register
class TicketArrived(TicketEvent):
    """A summoned post has come."""

    TYPE = "ticket.arrived"
    seat: Seat


@register
class TicketReleased(TicketEvent):
    """The summoner has released posts."""

    TYPE = "ticket.released"
    seats: tuple[Seat, ...]


@register
class TicketRejected(TicketEvent):
    """Not taken up, for the reason given. The resident may appeal once."""

    TYPE = "ticket.rejected"


@register
class TicketHouseholdConfirmed(TicketEvent):
    """A post at the door has confirmed a household that co-signed: its voice counts."""

    TYPE = "ticket.household_confirmed"
    household: str
