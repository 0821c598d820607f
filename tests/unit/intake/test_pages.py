"""What a page says of a ticket."""

from datetime import UTC, datetime

import pytest

from services.intake.pages import Names, limit, render
from services.intake.shapes.views import PhotoView
from services.intake.state import TRANSLATIONS
from services.intake.visibility import Audience, view_for
from shared.contracts.queries import TicketRecord, TimelineEntry
from shared.contracts.vocabulary import EventType, Grade, Status
from shared.i18n import speaker
from tests.builders import MONDAY_10, a_town
from tests.records_of import a_ticket

SAY = speaker("en", TRANSLATIONS)


def page(status: Status, audience: Audience = Audience.REPORTER) -> str:
    rated = TimelineEntry(at=MONDAY_10, type=EventType.RATED, version=1, level="unit", grade=Grade.VERY_BAD)
    record = TicketRecord(ticket=a_ticket(status=status), timeline=(rated,))
    view = view_for(audience, record, lambda photo: PhotoView(id=photo, link="/p", thumbnail="/t"))
    names = Names(a_town(), SAY)
    more = {"names": names, "recorded": True, "mine": True, "token": None, "path": "/t/x"}
    return bytes(render("ticket.html", SAY, ticket=view, **more).body).decode()


@pytest.mark.parametrize(
    ("at", "written"), [("2026-11-28T16:00", "2026-11-28 24:00"), ("2026-11-28T16:01", "2026-11-29 00:01")]
)
def test_a_limit_at_midnight_is_the_end_of_its_day(at: str, written: str) -> None:
    """As letters write it."""
    assert limit(datetime.fromisoformat(at).replace(tzinfo=UTC)) == written


@pytest.mark.parametrize("status", Status)
def test_a_ticket_that_is_over_has_no_limits(status: Status) -> None:
    """Nobody owes anything any more."""
    said = page(status)
    assert ("Accept by" in said, "Resolve by" in said) == (status.is_open, status.is_open)


def test_the_grade_is_for_who_gave_it_and_those_at_work() -> None:
    """The public reads that it was graded, and of all grades how many there are."""
    assert "very dissatisfied" in page(Status.CLOSED)
    assert "very dissatisfied" not in page(Status.CLOSED, Audience.PUBLIC)
