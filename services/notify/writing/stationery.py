"""What messages are written with, and the links in them.

A personal action link goes into a letter only. In a group it would be anybody's, so there the link is the public one.
"""

from dataclasses import dataclass
from datetime import datetime

from services.notify.channels import GiveUp
from services.notify.domain.turns import Due
from shared.contracts.envelope import Undecodable, decode
from shared.contracts.events import TicketEvent
from shared.contracts.ticket import Ticket
from shared.directory import Town
from shared.ids import ActionToken, TrackingToken, resident_ref, sign_action, sign_tracking, ticket_code


@dataclass(frozen=True)
class Stationery:
    """``secret`` signs the links; ``now`` is the clock's."""

    town: Town
    base_url: str
    secret: bytes
    now: datetime

    def public_link(self, ticket: Ticket) -> str:
        return f"{self.base_url}/t/{ticket.code}"

    def action_link(self, due: Due) -> str:
        ticket_id, post, assignment = due.delivery.ticket_id, due.delivery.post, due.delivery.assignment
        if due.person is None or post is None or assignment is None:
            raise ValueError("only who must act has an action link")
        token = ActionToken(ticket_id=ticket_id, person=due.person, post=post, assignment=assignment)
        return f"{self.base_url}/a/{sign_action(self.secret, token)}"

    def tracking_link(self, due: Due, ticket: Ticket) -> str:
        """A resident's own: of what they reported or co-signed themselves, whatever that was merged into. With the
        token as a query: it works without a script. The page keeps it out of logs and referrers."""
        voice = next((each for each in ticket.voices if each.ref and str(each.ref) == due.person), None)
        if voice:
            own = next((id for id in voice.through if resident_ref(id, voice.household) == voice.ref), ticket.id)
            at, household = voice.place, voice.household
        else:
            own = next((each.ticket_id for each in ticket.also_reported if str(each.ref) == due.person), ticket.id)
            at, household = ticket.place.code, None
        place = self.town.place(at)
        door = place.door_code if place and place.door_code else at
        token = sign_tracking(self.secret, TrackingToken(ticket_id=own, door_code=door, household=household))
        return f"{self.base_url}/t/{ticket_code(own)}?token={token}"


def event_of(due: Due) -> TicketEvent:
    """The event that a delivery tells of. Raises ``GiveUp`` for one that nobody can read any more."""
    try:
        _, message = decode(due.body)
    except Undecodable as error:
        raise GiveUp(str(error)) from error
    if not isinstance(message, TicketEvent):
        raise GiveUp("not a ticket's event")
    return message
