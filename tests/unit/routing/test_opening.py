"""Where a new ticket begins, told as short stories on the pure domain."""

from datetime import timedelta

import pytest

from services.routing.domain.opening import UnknownPlace, open_case
from shared.contracts.events import TicketEscalated
from shared.contracts.vocabulary import EventType, Reason
from tests.acting import write
from tests.builders import MONDAY_10, a_submission, a_town
from tests.unit.routing.carrying import TOWN, names, opened, shanghai


def test_a_repair_goes_to_the_property_manager():
    """A broken lamp is the property manager's, who owns and handles it at the unit rung."""
    change = open_case(a_submission(), TOWN, MONDAY_10, write)

    ticket = change.case.ticket
    assert names(change) == [EventType.SUBMITTED, EventType.ASSIGNED]
    assert (ticket.level, ticket.owner.post, ticket.handler.post) == (
        "unit",
        "K:property_manager",
        ticket.owner.post,
    )
    assert ticket.in_digest == ("U:unit_head",)


def test_limits_of_the_first_rung():
    """7 days make a 2-day term at the unit rung (1/6, whole days), and 4 h 40 min to accept round the clock."""
    ticket = opened().ticket

    assert ticket.accept_by == MONDAY_10 + timedelta(hours=4, minutes=40)
    assert ticket.resolve_by == shanghai(5, 0)


def test_without_a_property_manager_the_community_owns():
    """三无小区: the unit rung is passed over, and the record says that nobody was there."""
    change = open_case(a_submission(door_code="D-V"), TOWN, MONDAY_10, write)

    escalated = change.events[-1]
    assert isinstance(escalated, TicketEscalated)
    assert [(s.from_level, s.level, s.reason) for s in escalated.steps] == [("unit", "community", Reason.POST_VACANT)]
    assert change.case.ticket.owner.post == "C:community_officer"


def test_two_vacant_rungs_are_passed_over_one_by_one():
    """Each rung passed over is a step with its own reason."""
    town = a_town(vacant=frozenset({"C:community_officer"}))

    ticket = opened(town, door_code="D-V").ticket

    assert (ticket.level, ticket.escalations) == ("subdistrict", 2)


@pytest.mark.parametrize(
    ("about", "level"),
    [("property_manager", "community"), ("unit_head", "community"), ("community_officer", "subdistrict")],
)
def test_a_complaint_about_a_post_starts_above_it(about, level):
    """Nobody judges himself, and the post complained of is not told either."""
    ticket = opened(about_role=about).ticket

    assert ticket.level == level
    assert all(about not in code for code in (*ticket.also_told, *ticket.in_digest, ticket.owner.post))


def test_a_complaint_about_the_top_stays_at_the_top():
    """There is nothing above: the ticket has an owner all the same."""
    assert opened(about_role="subdistrict_officer").ticket.level == "subdistrict"


def test_a_volunteer_has_four_hours_of_his_own():
    """A unit head is asked at 20:00; his four hours end the next day at 11:00."""
    evening = shanghai(2, 20)
    change = open_case(a_submission(category="leak", submitted_at=evening), TOWN, evening, write)

    assert change.case.ticket.owner.post == "U:unit_head"
    assert change.case.ticket.accept_by == shanghai(3, 11)


def test_a_category_nobody_knows_goes_to_the_grid_worker():
    """A category that the directory has dropped is handled as other."""
    assert opened(category="gone").ticket.owner.role == "grid_worker"


def test_a_place_without_a_door_has_a_ticket_as_well():
    """What another system names no door of belongs to whoever is responsible for the place, or above."""
    ticket = opened(door_code="", place="K").ticket

    assert (ticket.place.code, ticket.level, ticket.owner.post) == ("K", "unit", "K:property_manager")
    with pytest.raises(UnknownPlace):
        opened(door_code="D-U", place="X")


def test_what_comes_after_its_outer_limit_is_overdue_at_the_top_at_once():
    """No rung has any time left: nobody on the way up is asked, and all is said of why."""
    change = open_case(a_submission(outer_limit=shanghai(1, 9)), TOWN, MONDAY_10, write)

    assert names(change) == [EventType.SUBMITTED, EventType.ESCALATED, EventType.OVERDUE]
    assert [step.reason for step in change.events[1].steps] == [Reason.RESOLVE_OVERDUE] * 2
    ticket = change.case.ticket
    assert (ticket.level, ticket.overdue, ticket.escalations) == ("subdistrict", True, 2)
    assert ticket.resolve_by == shanghai(1, 9)
    assert change.case.due_at > MONDAY_10


def test_an_unknown_door_is_said():
    """A door of a newer directory is not guessed."""
    with pytest.raises(UnknownPlace):
        opened(door_code="D-X")
