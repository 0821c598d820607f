"""What is said of pauses, hand-overs and refusals: the reason reaches who waits for it."""

from datetime import timedelta

import pytest

from services.notify.domain.whom import Purpose
from services.notify.writing.sentences import lines
from services.notify.writing.texts import Telling, speaker_for, subject
from shared.contracts import events
from shared.contracts.ticket import FreeText, Pause
from shared.contracts.vocabulary import Reason, Status
from tests.builders import MONDAY_10
from tests.tellings import TOWN, a_seat, an_event

OFFICER, MANAGER = a_seat("C:community_officer", 2), a_seat("K:property_manager")
PAUSED = {
    "status": Status.SUSPENDED,
    "pause": Pause(status=Status.SUSPENDED, asked_at=MONDAY_10, until=MONDAY_10 + timedelta(days=7), since=MONDAY_10),
}
WHY = {"text": FreeText(digest="d", text="等配件")}


def told(event: events.TicketEvent, purpose: Purpose, language: str = "en", *, in_group: bool = False) -> str:
    return " ".join(lines(Telling(event, purpose, TOWN, speaker_for(language), in_group=in_group)))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (an_event(events.TicketSuspended, **PAUSED, **WHY), "suspended. We look at it again on"),
        (an_event(events.TicketDeliberated, **PAUSED, **WHY), "talked over with those concerned"),
        (an_event(events.TicketRejected, status=Status.REJECTED, **WHY), "was not taken up"),
        (an_event(events.TicketTransferred, replaced=MANAGER, owner=OFFICER, **WHY), "is responsible for it now"),
        (an_event(events.TicketResumed, reason=Reason.REVIEW_DUE, **WHY), "The work on your issue goes on"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.wire_type(),
)
def test_the_reporter_reads_what_became_of_it_and_why(event, words):
    """In every language, with the reason as it was written."""
    assert words in told(event, Purpose.REPORTER)
    assert "等配件" in told(event, Purpose.REPORTER)
    assert "issue" not in told(event, Purpose.REPORTER, "zh-CN")


def test_who_is_asked_to_consent_reads_until_when_and_why():
    """Whoever has to answer reads whose wish it is and the reason; in a group nobody reads the reason."""
    event = an_event(events.TicketSuspensionAsked, asked=("C:community_officer",), pause=PAUSED["pause"], **WHY)

    assert "asks for your consent. It is to be suspended until" in told(event, Purpose.ASKED)
    assert "等配件" in told(event, Purpose.ASKED)
    assert "等配件" not in told(event, Purpose.ASKED, in_group=True)


def test_in_a_pause_nobody_is_hurried():
    """The old limit is not told: no time runs."""
    event = an_event(events.TicketSuspended, **PAUSED)

    assert "Until then no time runs" in told(event, Purpose.OWNER)
    assert "Please" not in told(event, Purpose.OWNER)


def test_who_asked_how_it_stands_does_not_make_it_late():
    """A reminder that somebody asked for says nothing of a limit that has passed."""
    event = an_event(events.TicketReminded, reason=Reason.ASKED_FOR)

    assert "Somebody has asked how it stands" in told(event, Purpose.OWNER)
    assert "is up" not in told(event, Purpose.OWNER)


@pytest.mark.parametrize(
    "event",
    [
        an_event(events.TicketTakenBack, owner=OFFICER, handler=OFFICER, replaced=MANAGER),
        an_event(events.TicketRejected, owner=OFFICER, handler=MANAGER, status=Status.REJECTED),
    ],
    ids=lambda each: each.wire_type(),
)
def test_whose_work_ends_reads_that_it_ends(event):
    """A handler who is no longer needed is told so."""
    assert told(event, Purpose.REPLACED).endswith("You need not do anything more.")


def test_an_owner_without_a_handler_reads_that_the_work_is_theirs():
    """When nobody holds the handler's post any more; a new holder of it reads that the work is theirs."""
    left = an_event(
        events.TicketTakenBack, owner=OFFICER, handler=OFFICER, replaced=MANAGER, reason=Reason.HANDLER_VACANT
    )
    assert "any more: the work is yours again." in told(left, Purpose.OWNER)
    assert "承办工作转回由您办理" in told(left, Purpose.OWNER, "zh-CN")
    new = an_event(events.TicketReminded, owner=OFFICER, handler=MANAGER, reason=Reason.HANDLER_NEW_HOLDER)
    assert "You answer for this post now" in told(new, Purpose.HANDLER)
    assert subject(Telling(new, Purpose.HANDLER, TOWN, speaker_for("zh-CN"))).startswith("【交办】")
