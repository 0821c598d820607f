"""The story of a ticket, as a table."""

import random

from services.records.domain import timeline
from shared.contracts.base import Message
from shared.contracts.events import REPORTER, RESIDENTS, TicketCalledBack, TicketRated
from shared.contracts.ticket import Actor, Contact
from shared.contracts.vocabulary import Grade, Way
from tests.stories import a_delivery, a_story, at

SUBMITTED, ASSIGNED, _NOTED, ESCALATED, *_ = STORY = a_story()
TOLD: list[Message] = [a_delivery(ASSIGNED, 11), a_delivery(ESCALATED, 31, failed=True)]


def test_a_story_reads_as_it_happened() -> None:
    """Each event is a line with its level, reason and role; each rung climbed is a line of its own."""
    lines = [
        (
            line.at,
            line.type,
            line.version,
            line.from_level,
            line.level,
            line.reason,
            line.actor_role,
            line.to_role,
            line.text,
        )
        for line in timeline([*STORY, *TOLD])
    ]
    pm, top = "property_manager", "subdistrict_officer"
    assert lines == [
        (at(0), "submitted", 1, None, "unit", None, None, None, None),
        (at(10), "assigned", 2, None, "unit", None, None, pm, None),
        (at(11), "notified", None, None, "unit", None, None, pm, None),
        (at(20), "noted", 3, None, "unit", None, pm, None, "已看过"),
        (at(30), "escalated", 4, "unit", "community", "accept_overdue", None, None, None),
        (at(30), "escalated", 4, "community", "subdistrict", "post_vacant", None, top, None),
        (at(31), "notification_failed", None, None, "subdistrict", None, None, pm, None),
        (at(40), "accepted", 5, None, "subdistrict", None, top, None, None),
        (at(50), "resolved", 6, None, "subdistrict", None, top, None, None),
        (at(60), "closed", 7, None, "subdistrict", "confirm_window_passed", None, None, None),
    ]


def test_the_order_of_arrival_does_not_matter() -> None:
    """However the events arrived, the story is the same."""
    shuffled = [*STORY, *TOLD]
    random.Random(3).shuffle(shuffled)
    assert timeline(shuffled) == timeline([*STORY, *TOLD])


def test_a_message_never_comes_before_what_it_tells() -> None:
    """A delivery whose clock ran behind stands after the event that it tells of."""
    early = a_delivery(ESCALATED, 1)
    versions = [line.version for line in timeline([*STORY, early])]
    assert versions == [1, 2, 3, 4, 4, None, 5, 6, 7]


def test_an_erased_text_leaves_its_line() -> None:
    """A note whose words were erased is still a line, without words."""
    erased = [
        each.model_copy(update={"text": each.text and each.text.model_copy(update={"text": None})}) for each in STORY
    ]
    assert [line.text for line in timeline(erased)] == [None] * 8


def test_whether_somebody_was_reached_is_in_the_story() -> None:
    """打了没接 is no call: the line has the whole contact, and which post it was; clock and resident have none."""
    ticket = STORY[-1].ticket.model_copy(update={"version": 8})
    in_vain = Contact(at=at(70), way=Way.PHONE, reached=False)
    post = Actor(post="C:community_officer", role="community_officer")
    called = TicketCalledBack(at=at(70), ticket=ticket, actor=post, contact=in_vain)
    rated = TicketRated(
        at=at(80), ticket=ticket.model_copy(update={"version": 9}), actor=RESIDENTS[REPORTER], grade=Grade.BAD
    )
    lines = [(line.type, line.actor_post, line.contact) for line in timeline([*STORY, called, rated])]
    assert lines[-3:] == [("closed", None, None), ("called_back", post.post, in_vain), ("rated", None, None)]


def test_a_ticket_without_events_has_no_story() -> None:
    """Nothing happened, nothing to tell."""
    assert timeline([]) == ()
    assert [line.type for line in timeline([a_delivery(ASSIGNED, 11)])] == ["notified"]
