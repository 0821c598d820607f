"""What residents are told of: who reported it, and who co-signed."""

from typing import Any
from uuid import uuid4

import pytest

from services.notify.domain.whom import Purpose, Recipient, whom_to_tell
from shared.contracts.events import (
    TicketAccepted,
    TicketEscalated,
    TicketEvent,
    TicketNoted,
    TicketResolved,
)
from shared.contracts.ticket import Report, Voice
from tests.builders import MONDAY_10
from tests.tellings import CLIMB, MANAGER, OFFICER, TOWN, an_event


@pytest.mark.parametrize(
    ("cls", "more"), [(TicketAccepted, {}), (TicketEscalated, {"steps": CLIMB}), (TicketResolved, {})]
)
def test_the_reporter_hears_of_acceptance_climbing_and_settlement(cls: type[TicketEvent], more: dict[str, Any]) -> None:
    """A reporter with a reference is told, by role only: no person, no address."""
    event = an_event(cls, actor="K:property_manager", reporter_ref=uuid4(), **more)
    assert Recipient(Purpose.REPORTER, "reporter") in whom_to_tell(event, TOWN, MONDAY_10)


def test_who_reported_a_merged_ticket_hears_of_the_one_that_goes_on() -> None:
    """Each by the reference that was left, whether the one who reported this one left any or not."""
    merged = tuple(Report(ticket_id=uuid4(), ref=uuid4()) for _ in range(2))
    event = an_event(TicketResolved, actor="K:property_manager", also_reported=merged)
    told = [Recipient(Purpose.ALSO_REPORTED, "reporter", person=str(each.ref)) for each in merged]
    assert whom_to_tell(event, TOWN, MONDAY_10) == told
    event = an_event(TicketResolved, actor="K:property_manager", also_reported=merged, reporter_ref=uuid4())
    assert whom_to_tell(event, TOWN, MONDAY_10) == [Recipient(Purpose.REPORTER, "reporter"), *told]


def test_co_signers_hear_what_the_reporter_hears() -> None:
    """Each that left something to reach it by, as a household and no more."""
    voices = (Voice(household="a", place="U", ref=uuid4()), Voice(household="b", place="U"))
    resolved = an_event(TicketResolved, actor="K:property_manager", voices=voices)
    assert whom_to_tell(resolved, TOWN, MONDAY_10) == [
        Recipient(Purpose.COSIGNER, "cosigner", person=str(voices[0].ref))
    ]
    assert whom_to_tell(an_event(TicketNoted, voices=voices), TOWN, MONDAY_10) == []


def test_the_reporter_does_not_hear_of_the_handlers_acceptance() -> None:
    """Who answers for it has not taken it on by that."""
    event = an_event(
        TicketAccepted, actor="K:property_manager", owner=OFFICER, handler=MANAGER, reporter_ref=uuid4(), in_digest=()
    )
    assert whom_to_tell(event, TOWN, MONDAY_10) == []
