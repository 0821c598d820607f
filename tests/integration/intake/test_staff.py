"""Staff at a ticket that records has not heard the last of: routing knows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.guard import COOKIE
from shared.contracts.accounts import EVERY_SCOPE, Identity
from shared.contracts.commands import Acted
from shared.contracts.queries import TicketRecord
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Action
from tests.integration.intake.harness import Served, with_directory
from tests.integration.intake.standin import StandIn
from tests.records_of import a_ticket, an_offer

SIGNED_IN = {"Cookie": f"{COOKIE}=session", "Sec-Fetch-Site": "same-origin"}


def at_work(standin: StandIn, person: str, recorded: Ticket, in_routing: Ticket) -> None:
    """Somebody signed in; the ticket as records has it and as routing does."""
    with_directory(standin)
    end = datetime.now(UTC) + timedelta(hours=1)
    who = Identity(login="who", person=person, admin=False, scopes=EVERY_SCOPE, session=True, ends_at=end)
    answers: dict[str, Any] = {
        "records.identity": who,
        "records.ticket": TicketRecord(ticket=recorded, timeline=()),
        "routing.offer": an_offer(in_routing, Action.NOTE),
        "routing.act": Acted(ticket=in_routing),
    }
    for name, answer in answers.items():
        standin.answers[name] = lambda answer=answer, **_: answer.model_dump(mode="json")


def test_the_ticket_is_as_new_as_its_forms(intake: Served, standin: StandIn) -> None:
    """Right after a split the tasks are there; where records is ahead of what routing said, its ticket counts."""
    new = a_ticket(version=4, external_ref="new")
    old = new.model_copy(update={"version": 3, "external_ref": "old", "tasks": ()})
    path = f"/api/v1/tickets/{new.code}/actions"
    for recorded, in_routing in ((old, new), (new, old)):
        at_work(standin, "p-C-community_officer", recorded, in_routing)
        shown = intake.client.get(path, headers=SIGNED_IN).json()["ticket"]
        assert (shown["version"], shown["external_ref"], len(shown["tasks"])) == (4, "new", 1)


@pytest.mark.parametrize(("given_now", "status"), [(True, 200), (False, 404)])
def test_whoever_was_just_given_it_sees_it(given_now: bool, status: int, intake: Served, standin: StandIn) -> None:
    """A post that sees none but its own, before records has heard of it; a stranger's is a 404 as before."""
    old = a_ticket(summoned=())
    assert old.handler
    handler = old.handler.model_copy(update={"post": "S:urban_management", "role": "urban_management"})
    new = old.model_copy(update={"version": 4, "handler": handler if given_now else old.handler})
    at_work(standin, "p-S-urban_management", old, new)
    path = f"/api/v1/tickets/{old.code}/actions"
    assert intake.client.get(path, headers=SIGNED_IN).status_code == status
    assert intake.client.post(f"{path}/note", json={"text": "马上到"}, headers=SIGNED_IN).status_code == status
