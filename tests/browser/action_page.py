"""What the stories of the pages have in common: a phone's size, a routing that does what they need, links, pictures."""

import os
from pathlib import Path

from playwright.sync_api import Page

from shared import ids
from shared.contracts.commands import Act, Acted
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Action, Status
from tests.integration.intake.harness import Served
from tests.integration.intake.standin import StandIn
from tests.records_of import an_offer

PHONE = {"width": 360, "height": 640}


class Routing:
    """What routing would do with one ticket at one post, no more than this story needs."""

    def __init__(self, standin: StandIn, ticket: Ticket) -> None:
        self.ticket = ticket.model_copy(update={"status": Status.ASSIGNED})
        self.acts: dict[str, Act] = {}
        standin.answers["routing.act"] = self.act
        standin.answers["routing.offer"] = self.offer

    def act(self, act: dict[str, object]) -> object:
        done = Act.model_validate(act)
        self.acts[str(done.action_id)] = done
        status = {Action.ACCEPT: Status.ACCEPTED, Action.RESOLVE: Status.RESOLVED}.get(done.action, self.ticket.status)
        self.ticket = self.ticket.model_copy(update={"status": status})
        return Acted(ticket=self.ticket).model_dump(mode="json")

    def offer(self, **_: object) -> object:
        actions = {
            Status.ASSIGNED: (Action.ACCEPT, Action.HAND_BACK, Action.ESCALATE, Action.NOTE, Action.ASSIGN),
            Status.ACCEPTED: (Action.RESOLVE, Action.ESCALATE, Action.NOTE, Action.ASSIGN),
        }.get(self.ticket.status, ())
        return an_offer(self.ticket, *actions).model_dump(mode="json")


def link_of(served: Served, ticket: Ticket) -> str:
    token = ids.ActionToken(ticket_id=ticket.id, person="p-K-property_manager", post="K:property_manager", assignment=1)
    return f"{served.settings.base_url}/a/{ids.sign_action(served.secret, token)}"


def picture(page: Page, name: str) -> None:
    """A screenshot into ``LOUMEN_SCREENSHOTS``, where that is set."""
    if folder := os.environ.get("LOUMEN_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
