"""The ladder's rules, told as short stories on the pure domain."""

from datetime import UTC, datetime, timedelta

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.opening import UnknownPlace, open_case
from services.routing.domain.ticking import tick, unreachable
from shared.contracts.commands import By
from shared.contracts.events import PostUnreachable, TicketEscalated
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Action, EventType, Reason, Refusal, Status
from tests.acting import act, offered, seat_of, write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
CARRIED = (Action.ACCEPT, Action.RESOLVE, Action.HAND_BACK, Action.ESCALATE, Action.NOTE, Action.ASSIGN)


def opened(town=TOWN, **differences) -> Case:
    return open_case(a_submission(**differences), town, MONDAY_10, write).case


def do(case: Case, action: Action, now: datetime, *, who="owner", to=None, text="说明", town=TOWN):
    return act(case, action, getattr(case.ticket, who), town, now, text, to=to)


def done(case: Case, action: Action, now: datetime = MONDAY_10, **more) -> Case:
    change = do(case, action, now, **more)
    assert isinstance(change, Change), change
    return change.case


def refusals(case: Case, seat: Seat, now: datetime) -> dict[Action, Refusal | None]:
    """Of each action that carries a ticket along the chain, why it is not open."""
    return {form.action: form.refused for form in offered(case, seat, TOWN, now) if form.action in CARRIED}


def names(change: Change) -> list[EventType]:
    return [event.name for event in change.events]


def shanghai(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


class TestOpening:
    def test_a_repair_goes_to_the_property_manager(self):
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

    def test_limits_of_the_first_rung(self):
        """7 days make a 2-day term at the unit rung (1/6, whole days), and 4 h 40 min to accept round the clock."""
        ticket = opened().ticket

        assert ticket.accept_by == MONDAY_10 + timedelta(hours=4, minutes=40)
        assert ticket.resolve_by == shanghai(5, 0)

    def test_without_a_property_manager_the_community_owns(self):
        """三无小区: the unit rung is passed over, and the record says that nobody was there."""
        change = open_case(a_submission(door_code="D-V"), TOWN, MONDAY_10, write)

        escalated = change.events[-1]
        assert isinstance(escalated, TicketEscalated)
        assert [(s.from_level, s.level, s.reason) for s in escalated.steps] == [
            ("unit", "community", Reason.POST_VACANT)
        ]
        assert change.case.ticket.owner.post == "C:community_officer"

    def test_two_vacant_rungs_are_passed_over_one_by_one(self):
        """Each rung passed over is a step with its own reason."""
        town = a_town(vacant=frozenset({"C:community_officer"}))

        ticket = opened(town, door_code="D-V").ticket

        assert (ticket.level, ticket.escalations) == ("subdistrict", 2)

    @pytest.mark.parametrize(
        ("about", "level"),
        [("property_manager", "community"), ("unit_head", "community"), ("community_officer", "subdistrict")],
    )
    def test_a_complaint_about_a_post_starts_above_it(self, about, level):
        """Nobody judges himself, and the post complained of is not told either."""
        ticket = opened(about_role=about).ticket

        assert ticket.level == level
        assert all(about not in code for code in (*ticket.also_told, *ticket.in_digest, ticket.owner.post))

    def test_a_complaint_about_the_top_stays_at_the_top(self):
        """There is nothing above: the ticket has an owner all the same."""
        assert opened(about_role="subdistrict_officer").ticket.level == "subdistrict"

    def test_a_volunteer_has_four_hours_of_his_own(self):
        """A unit head is asked at 20:00; his four hours end the next day at 11:00."""
        evening = shanghai(2, 20)
        change = open_case(a_submission(category="leak", submitted_at=evening), TOWN, evening, write)

        assert change.case.ticket.owner.post == "U:unit_head"
        assert change.case.ticket.accept_by == shanghai(3, 11)

    def test_a_category_nobody_knows_goes_to_the_grid_worker(self):
        """A category that the directory has dropped is handled as other."""
        assert opened(category="gone").ticket.owner.role == "grid_worker"

    def test_a_place_without_a_door_has_a_ticket_as_well(self):
        """What another system names no door of belongs to whoever is responsible for the place, or above."""
        ticket = opened(door_code="", place="K").ticket

        assert (ticket.place.code, ticket.level, ticket.owner.post) == ("K", "unit", "K:property_manager")
        with pytest.raises(UnknownPlace):
            opened(door_code="D-U", place="X")

    def test_what_comes_after_its_outer_limit_is_overdue_at_the_top_at_once(self):
        """No rung has any time left: nobody on the way up is asked, and all is said of why."""
        change = open_case(a_submission(outer_limit=shanghai(1, 9)), TOWN, MONDAY_10, write)

        assert names(change) == [EventType.SUBMITTED, EventType.ESCALATED, EventType.OVERDUE]
        assert [step.reason for step in change.events[1].steps] == [Reason.RESOLVE_OVERDUE] * 2
        ticket = change.case.ticket
        assert (ticket.level, ticket.overdue, ticket.escalations) == ("subdistrict", True, 2)
        assert ticket.resolve_by == shanghai(1, 9)
        assert change.case.due_at > MONDAY_10

    def test_an_unknown_door_is_said(self):
        """A door of a newer directory is not guessed."""
        with pytest.raises(UnknownPlace):
            opened(door_code="D-X")


class TestClimbing:
    def test_nobody_accepts(self):
        """Silence climbs rung by rung; the handler keeps the work, the waiting post never comes back as owner."""
        case = opened()

        change = tick(case, TOWN, case.due_at)

        ticket = change.case.ticket
        assert names(change) == [EventType.ESCALATED]
        assert change.events[0].steps[0].reason is Reason.ACCEPT_OVERDUE
        assert (ticket.owner.post, ticket.handler.post) == ("C:community_officer", "K:property_manager")
        assert ticket.status is Status.ASSIGNED

    def test_past_its_outer_limit_it_goes_to_the_top_in_one_step(self):
        """When the time of all of them is over, the levels on the way are not asked one after the other."""
        case = opened(outer_limit=shanghai(2, 20))

        change = tick(case, TOWN, shanghai(2, 20))

        assert names(change) == [EventType.ESCALATED, EventType.OVERDUE]
        assert [step.level for step in change.events[0].steps] == ["community", "subdistrict"]
        assert change.case.ticket.handler.post == "K:property_manager"
        assert tick(change.case, TOWN, shanghai(2, 20)).events == ()

    def test_a_clock_rings_once(self):
        """A case rung at its due moment is not due again at that moment."""
        case = opened()
        after = tick(case, TOWN, case.due_at).case

        assert tick(after, TOWN, case.due_at).events == ()

    def test_accepted_but_not_resolved(self):
        """Who accepts and does nothing loses it when the rung's time is over."""
        case = done(opened(), Action.ACCEPT)

        assert case.due_at == case.ticket.resolve_by
        change = tick(case, TOWN, case.due_at)
        assert change.events[0].steps[0].reason is Reason.RESOLVE_OVERDUE

    def test_the_top_is_reminded_each_working_day(self):
        """At the top overdue means the public mark, then a reminder each working day; it never falls off."""
        case = opened()
        while case.ticket.level != "subdistrict":
            case = tick(case, TOWN, case.due_at).case

        marked = tick(case, TOWN, case.due_at)
        reminded = tick(marked.case, TOWN, marked.case.due_at)

        assert names(marked) == [EventType.OVERDUE]
        assert marked.case.ticket.overdue
        assert names(reminded) == [EventType.REMINDED]
        assert reminded.case.due_at.astimezone(UTC).hour == 1  # 09:00 in Shanghai

    def test_an_unreachable_post_is_passed_over(self):
        """Notify reached nobody: the ticket climbs; the same news of an older assignment changes nothing."""
        case = opened()
        news = PostUnreachable(at=MONDAY_10, ticket_id=case.ticket.id, post="K:property_manager", assignment=1)

        climbed = unreachable(case, news, TOWN, MONDAY_10)

        assert climbed.events[0].steps[0].reason is Reason.UNREACHABLE
        assert unreachable(climbed.case, news, TOWN, MONDAY_10).case.ticket.level == "community"

    def test_a_late_climb_leaves_time_to_accept(self):
        """After an outage of a week the community still has its time to accept: it did not sleep."""
        case = opened()
        later = case.due_at + timedelta(days=7)

        ticket = tick(case, TOWN, later).case.ticket

        assert later < ticket.accept_by <= ticket.resolve_by


class TestActions:
    def test_settled_at_the_unit(self):
        """Accepted and resolved at the unit: it closes by itself after 72 hours and never climbs."""
        case = done(opened(), Action.ACCEPT)
        case = done(case, Action.RESOLVE)

        closed = tick(case, TOWN, MONDAY_10 + timedelta(hours=72))

        assert tick(case, TOWN, MONDAY_10 + timedelta(hours=71)).events == ()
        assert names(closed) == [EventType.CLOSED]
        assert (closed.case.ticket.level, closed.case.due_at) == ("unit", None)

    def test_resolving_is_accepting(self):
        """Who resolves at once has accepted by that; the story says both."""
        change = do(opened(), Action.RESOLVE, MONDAY_10)

        assert names(change) == [EventType.ACCEPTED, EventType.RESOLVED]

    def test_a_hand_back_goes_up(self):
        """Handed back with a reason, it climbs at once; who gave it back works on until somebody accepts."""
        change = do(opened(), Action.HAND_BACK, MONDAY_10)

        ticket = change.case.ticket
        assert names(change) == [EventType.HANDED_BACK, EventType.ESCALATED]
        assert change.events[1].steps[0].reason is Reason.HANDED_BACK
        assert (ticket.owner.role, ticket.handler.role) == ("community_officer", "property_manager")
        accepted = done(change.case, Action.ACCEPT).ticket
        assert accepted.handler.role == "community_officer"

    def test_silence_forfeits_the_hand_back(self):
        """After one working day it is too late to hand back."""
        case = done(opened(urgency="hard"), Action.ACCEPT)

        assert do(case, Action.HAND_BACK, shanghai(4, 12)) is Refusal.TOO_LATE

    def test_no_ping_pong(self):
        """After three hand-backs the level above has designated, finally."""
        case = done(opened(), Action.HAND_BACK)
        for _ in range(2):
            case = done(case, Action.ASSIGN, to="property_manager")
            case = done(case, Action.HAND_BACK, who="handler")
        case = done(case, Action.ASSIGN, to="property_manager")

        assert do(case, Action.HAND_BACK, MONDAY_10, who="handler") is Refusal.TOO_OFTEN

    def test_assigned_down(self):
        """交办: the property manager works within the community's limit, the community goes on owning."""
        case = done(opened(), Action.ESCALATE)

        case = done(case, Action.ASSIGN, to="K:property_manager")

        ticket = case.ticket
        assert (ticket.owner.role, ticket.handler.role) == ("community_officer", "property_manager")
        assert MONDAY_10 < ticket.handler.due_by < ticket.resolve_by
        assert ticket.owner.accepted_at == MONDAY_10
        resolved = done(case, Action.RESOLVE, who="handler").ticket
        assert (resolved.status, resolved.level) == (Status.RESOLVED, "community")

    def test_a_late_handler_is_reminded_and_the_owner_stays(self):
        """The handler's limit is inside the owner's: when it passes both are told, and the owner's clock runs on."""
        case = done(done(opened(), Action.ESCALATE), Action.ASSIGN, to="property_manager")

        change = tick(case, TOWN, case.due_at)

        assert names(change) == [EventType.REMINDED]
        assert change.events[0].reason is Reason.HANDLER_OVERDUE
        assert change.case.due_at == change.case.ticket.resolve_by

    def test_the_handler_cannot_assign_or_escalate(self):
        """Only the owner passes a ticket on."""
        case = done(done(opened(), Action.ESCALATE), Action.ASSIGN, to="property_manager")

        assert do(case, Action.ESCALATE, MONDAY_10, who="handler") is Refusal.NOT_OWNER

    def test_whom_work_can_be_given_to(self):
        """Down means: organisations and officials of one's rung and below, never those who own it here or above."""
        case = done(opened(), Action.ESCALATE)

        for to in ("subdistrict_officer", "community_officer", "V:unit_head", "nobody"):
            assert do(case, Action.ASSIGN, MONDAY_10, to=to) is Refusal.NO_SUCH_POST
        for to in ("unit_head", "grid_worker", "community_worker", "urban_management"):
            assert done(case, Action.ASSIGN, to=to).ticket.handler.role == to

    def test_the_old_seat_is_gone(self):
        """After a climb the former owner keeps the handler's seat; after another is assigned the link is dead."""
        case = done(opened(), Action.ESCALATE)
        seat = By(person="p-K-property_manager", post="K:property_manager", assignment=1)
        assert seat_of(case, seat, TOWN, MONDAY_10) is not None
        assert (
            seat_of(case, By(person="somebody else", post="K:property_manager", assignment=1), TOWN, MONDAY_10) is None
        )

        case = done(case, Action.ASSIGN, to="grid_worker")

        assert seat_of(case, seat, TOWN, MONDAY_10) is None

    def test_the_late_handler_may_still_settle_it(self):
        """Climbing never takes the work from whoever can fix it."""
        case = opened()
        climbed = tick(case, TOWN, case.due_at).case

        assert done(climbed, Action.RESOLVE, case.due_at, who="handler").ticket.status is Status.RESOLVED

    def test_a_hand_back_needs_words(self):
        """A hand-back without a reason is refused."""
        assert do(opened(), Action.HAND_BACK, MONDAY_10, text=None) is Refusal.TEXT_MISSING

    def test_what_is_offered_is_what_would_work(self):
        """The page's buttons: all at first; after the window no hand-back; after resolving only notes."""
        case = opened(urgency="hard")
        owner = case.ticket.owner

        assert refusals(case, owner, MONDAY_10) == dict.fromkeys(CARRIED)
        assert refusals(case, owner, shanghai(4, 12)) == dict.fromkeys(CARRIED) | {Action.HAND_BACK: Refusal.TOO_LATE}
        resolved = done(case, Action.RESOLVE)
        over = dict.fromkeys(CARRIED, Refusal.WRONG_STATUS) | {Action.NOTE: None}
        assert refusals(resolved, resolved.ticket.owner, MONDAY_10) == over

    def test_the_top_cannot_escalate(self):
        """At the top there is no level above."""
        case = done(done(opened(), Action.ESCALATE), Action.ESCALATE)

        assert do(case, Action.ESCALATE, MONDAY_10) is Refusal.TOP_OF_LADDER
