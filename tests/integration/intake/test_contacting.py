"""How to reach a reporter: who may ask, of which tickets, and what is answered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.guard import COOKIE
from shared.contracts.accounts import EVERY_SCOPE, Identity
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Action, Status
from tests.integration.intake.harness import Served, with_directory
from tests.integration.intake.standin import StandIn
from tests.records_of import a_record, a_ticket, an_offer

KEPT = {"name": "李奶奶", "phone": "13900009999", "email": None}


def ask(intake: Served, standin: StandIn, ticket: Ticket, *actions: Action) -> Any:
    """The manager asks, while these actions are open to them."""
    with_directory(standin)
    end = datetime.now(UTC) + timedelta(hours=1)
    manager = Identity(
        login="m", person="p-K-property_manager", admin=False, scopes=EVERY_SCOPE, session=True, ends_at=end
    )
    record = a_record().model_copy(update={"ticket": ticket})
    standin.answers["records.identity"] = lambda **_: manager.model_dump(mode="json")
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    standin.answers["routing.offer"] = lambda **_: an_offer(ticket, *actions).model_dump(mode="json")
    standin.answers["records.contact"] = lambda **_: KEPT
    return intake.client.get(f"/api/v1/tickets/{ticket.code}/contact", headers={"Cookie": f"{COOKIE}=session"})


def looked(standin: StandIn) -> list[dict[str, Any]]:
    return [kwargs for name, kwargs in standin.calls if name == "records.contact"]


@pytest.mark.parametrize("action", [Action.CONTACT, Action.CALL_BACK])
def test_whoever_may_contact_reads_how(intake: Served, standin: StandIn, action: Action) -> None:
    """As it was given, kept by no cache; records is told who looks."""
    ticket = a_ticket(about_role=None)
    answer = ask(intake, standin, ticket, action)
    assert (answer.status_code, answer.json(), answer.headers["Cache-Control"]) == (200, KEPT, "no-store")
    [asked] = looked(standin)
    assert (asked["reporter_ref"], asked["origin"]["who"]) == (str(ticket.reporter_ref), "m")


def test_nobody_else_does(intake: Served, standin: StandIn) -> None:
    """Where neither contact nor call-back is open now, with the reason of that."""
    answer = ask(intake, standin, a_ticket(about_role=None, status=Status.REJECTED), Action.NOTE)
    assert (answer.status_code, answer.json()["reason"], looked(standin)) == (409, "wrong_status", [])


@pytest.mark.parametrize("hidden", [{"anonymous": True, "about_role": None}, {"about_role": "unit_head"}], ids=str)
def test_of_some_tickets_nobody(intake: Served, standin: StandIn, hidden: dict[str, object]) -> None:
    """An anonymous one, and a complaint: said so, and records is not even asked."""
    answer = ask(intake, standin, a_ticket(**hidden), Action.CONTACT)
    assert (answer.status_code, answer.json()["code"], looked(standin)) == (409, "reporter_hidden", [])


def test_who_left_nothing_is_answered_with_nothing(intake: Served, standin: StandIn) -> None:
    """There is nobody to ask records for."""
    answer = ask(intake, standin, a_ticket(about_role=None, reporter_ref=None), Action.CONTACT)
    assert (answer.status_code, set(answer.json().values()), looked(standin)) == (200, {None}, [])
