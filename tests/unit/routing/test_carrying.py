"""What those do who have a ticket, told as short stories on the pure domain."""

from datetime import datetime, timedelta

from services.routing.domain.case import Case
from services.routing.domain.ticking import tick
from shared.contracts.commands import By
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Action, EventType, Reason, Refusal, Status
from tests.acting import offered, seat_of
from tests.builders import MONDAY_10
from tests.unit.routing.carrying import TOWN, do, done, names, opened, shanghai

CARRIED = (Action.ACCEPT, Action.RESOLVE, Action.HAND_BACK, Action.ESCALATE, Action.NOTE, Action.ASSIGN)


def refusals(case: Case, seat: Seat, now: datetime) -> dict[Action, Refusal | None]:
    """Of each action that carries a ticket along the chain, why it is not open."""
    return {form.action: form.refused for form in offered(case, seat, TOWN, now) if form.action in CARRIED}


def test_settled_at_the_unit():
    """Accepted and resolved at the unit: it closes by itself after 72 hours and never climbs."""
    case = done(opened(), Action.ACCEPT)
    case = done(case, Action.RESOLVE)

    closed = tick(case, TOWN, MONDAY_10 + timedelta(hours=72))

    assert tick(case, TOWN, MONDAY_10 + timedelta(hours=71)).events == ()
    assert names(closed) == [EventType.CLOSED]
    assert (closed.case.ticket.level, closed.case.due_at) == ("unit", None)


def test_resolving_is_accepting():
    """Who resolves at once has accepted by that; the story says both."""
    change = do(opened(), Action.RESOLVE, MONDAY_10)

    assert names(change) == [EventType.ACCEPTED, EventType.RESOLVED]


def test_a_hand_back_goes_up():
    """Handed back with a reason, it climbs at once; who gave it back works on until somebody accepts."""
    change = do(opened(), Action.HAND_BACK, MONDAY_10)

    ticket = change.case.ticket
    assert names(change) == [EventType.HANDED_BACK, EventType.ESCALATED]
    assert change.events[1].steps[0].reason is Reason.HANDED_BACK
    assert (ticket.owner.role, ticket.handler.role) == ("community_officer", "property_manager")
    accepted = done(change.case, Action.ACCEPT).ticket
    assert accepted.handler.role == "community_officer"


def test_silence_forfeits_the_hand_back():
    """After one working day it is too late to hand back."""
    case = done(opened(urgency="hard"), Action.ACCEPT)

    assert do(case, Action.HAND_BACK, shanghai(4, 12)) is Refusal.TOO_LATE


def test_no_ping_pong():
    """After three hand-backs the level above has designated, finally."""
    case = done(opened(), Action.HAND_BACK)
    for _ in range(2):
        case = done(case, Action.ASSIGN, to="property_manager")
        case = done(case, Action.HAND_BACK, who="handler")
    case = done(case, Action.ASSIGN, to="property_manager")

    assert do(case, Action.HAND_BACK, MONDAY_10, who="handler") is Refusal.TOO_OFTEN


def test_assigned_down():
    """交办: the property manager works within the community's limit, the community goes on owning."""
    case = done(opened(), Action.ESCALATE)

    case = done(case, Action.ASSIGN, to="K:property_manager")

    ticket = case.ticket
    assert (ticket.owner.role, ticket.handler.role) == ("community_officer", "property_manager")
    assert MONDAY_10 < ticket.handler.due_by < ticket.resolve_by
    assert ticket.owner.accepted_at == MONDAY_10
    resolved = done(case, Action.RESOLVE, who="handler").ticket
    assert (resolved.status, resolved.level) == (Status.RESOLVED, "community")


def test_until_when_a_handler_has_is_the_owners_to_say():
    """Up to the owner's own limit, as the form says; the clock rings there. Beyond it, or now, is refused."""
    case = done(opened(), Action.ESCALATE)
    [form] = [each for each in offered(case, case.ticket.owner, TOWN, MONDAY_10) if each.action is Action.ASSIGN]
    latest, soon = case.ticket.resolve_by, MONDAY_10 + timedelta(hours=3)
    assert form.until_at_most == latest

    for until in (soon, latest):
        assigned = done(case, Action.ASSIGN, to="property_manager", until=until)
        assert assigned.due_at == assigned.ticket.handler.due_by == until
    for until in (MONDAY_10, latest + timedelta(seconds=1)):
        wish = {"to": "property_manager", "until": until}
        assert do(case, Action.ASSIGN, MONDAY_10, **wish) is Refusal.NO_SUCH_DATE


def test_a_late_handler_is_reminded_and_the_owner_stays():
    """The handler's limit is inside the owner's: when it passes both are told, and the owner's clock runs on."""
    case = done(done(opened(), Action.ESCALATE), Action.ASSIGN, to="property_manager")

    change = tick(case, TOWN, case.due_at)

    assert names(change) == [EventType.REMINDED]
    assert change.events[0].reason is Reason.HANDLER_OVERDUE
    assert change.case.due_at == change.case.ticket.resolve_by


def test_the_handler_cannot_assign_or_escalate():
    """Only the owner passes a ticket on."""
    case = done(done(opened(), Action.ESCALATE), Action.ASSIGN, to="property_manager")

    assert do(case, Action.ESCALATE, MONDAY_10, who="handler") is Refusal.NOT_OWNER


def test_whom_work_can_be_given_to():
    """Down means: organisations and officials of one's rung and below, never those who own it here or above."""
    case = done(opened(), Action.ESCALATE)

    for to in ("subdistrict_officer", "community_officer", "V:unit_head", "nobody"):
        assert do(case, Action.ASSIGN, MONDAY_10, to=to) is Refusal.NO_SUCH_POST
    for to in ("unit_head", "grid_worker", "community_worker", "urban_management"):
        assert done(case, Action.ASSIGN, to=to).ticket.handler.role == to


def test_the_old_seat_is_gone():
    """After a climb the former owner keeps the handler's seat; after another is assigned the link is dead."""
    case = done(opened(), Action.ESCALATE)
    seat = By(person="p-K-property_manager", post="K:property_manager", assignment=1)
    assert seat_of(case, seat, TOWN, MONDAY_10) is not None
    assert seat_of(case, By(person="somebody else", post="K:property_manager", assignment=1), TOWN, MONDAY_10) is None

    case = done(case, Action.ASSIGN, to="grid_worker")

    assert seat_of(case, seat, TOWN, MONDAY_10) is None


def test_the_late_handler_may_still_settle_it():
    """Climbing never takes the work from whoever can fix it."""
    case = opened()
    climbed = tick(case, TOWN, case.due_at).case

    assert done(climbed, Action.RESOLVE, case.due_at, who="handler").ticket.status is Status.RESOLVED


def test_a_hand_back_needs_words():
    """A hand-back without a reason is refused."""
    assert do(opened(), Action.HAND_BACK, MONDAY_10, text=None) is Refusal.TEXT_MISSING


def test_what_is_offered_is_what_would_work():
    """The page's buttons: all at first; after the window no hand-back; after resolving only notes."""
    case = opened(urgency="hard")
    owner = case.ticket.owner

    assert refusals(case, owner, MONDAY_10) == dict.fromkeys(CARRIED)
    assert refusals(case, owner, shanghai(4, 12)) == dict.fromkeys(CARRIED) | {Action.HAND_BACK: Refusal.TOO_LATE}
    resolved = done(case, Action.RESOLVE)
    over = dict.fromkeys(CARRIED, Refusal.WRONG_STATUS) | {Action.NOTE: None}
    assert refusals(resolved, resolved.ticket.owner, MONDAY_10) == over


def test_the_top_cannot_escalate():
    """At the top there is no level above."""
    case = done(done(opened(), Action.ESCALATE), Action.ESCALATE)

    assert do(case, Action.ESCALATE, MONDAY_10) is Refusal.TOP_OF_LADDER
