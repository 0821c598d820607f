"""What the trail is told of an action: who, by what part of the post they acted for, and what came of it."""

from datetime import datetime
from uuid import uuid5

from services.routing.domain.case import Change
from shared.contracts.commands import Act
from shared.contracts.ticket import Ticket
from shared.contracts.trail import DONE, Deed, What
from shared.contracts.vocabulary import Refusal


def deed_of(wish: Act, ticket: Ticket, outcome: Change | Refusal, at: datetime) -> Deed:
    """``at`` is real time. A refused action has the post that it was asked for, where it names one; it may come again
    under its id, and be done."""
    again = f"/{at.isoformat()}" if isinstance(outcome, Refusal) else ""
    actor = outcome.events[0].actor if isinstance(outcome, Change) and outcome.events else None
    return Deed(
        id=uuid5(wish.ticket_id, f"deed/{wish.action_id}{again}"),
        at=at,
        what=What.ACTED,
        origin=wish.origin,
        subject=ticket.code,
        outcome=outcome.value if isinstance(outcome, Refusal) else DONE,
        details={
            "action": wish.action.value,
            "action_id": str(wish.action_id),
            "person": wish.by.person,
            "post": actor.post if actor else wish.by.post,
        },
    )
