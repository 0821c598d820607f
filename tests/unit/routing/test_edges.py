"""Stories that the properties told first: each was a bug once."""

from datetime import timedelta
from fractions import Fraction

from services.routing.domain.case import Case, Change
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick, unreachable
from shared.contracts.commands import By
from shared.contracts.directory import Limit, Rung
from shared.contracts.events import PostUnreachable
from shared.contracts.vocabulary import Action, EventType, Reason, Refusal, Status, Unit, Urgency
from shared.directory import Town
from tests.acting import act, seat_of, write
from tests.builders import MONDAY_10, a_directory, a_policy, a_submission, a_town

TOWN = a_town()


def opened(town=TOWN, **differences) -> Case:
    return open_case(a_submission(**differences), town, MONDAY_10, write).case


def done(case: Case, action: Action, now=MONDAY_10, *, who="owner", to=None, town=TOWN) -> Case:
    change = act(case, action, getattr(case.ticket, who), town, now, "说明", to=to)
    assert isinstance(change, Change), change
    return change.case


def with_policy(**changed) -> Town:
    return Town(a_directory().model_copy(update={"policy": a_policy().model_copy(update=changed)}))


def test_a_link_of_an_earlier_assignment_stays_dead():
    """Handed back and assigned once more, the work has a new number: the first link does not come to life again."""
    case = done(done(opened(), Action.ESCALATE), Action.ASSIGN, to="property_manager")
    first = case.ticket.handler

    case = done(done(case, Action.HAND_BACK, who="handler"), Action.ASSIGN, to="property_manager")

    assert case.ticket.handler.assignment > first.assignment
    assert (
        seat_of(
            case,
            By(person="p-K-property_manager", post=first.post, assignment=first.assignment),
            TOWN,
            MONDAY_10,
        )
        is None
    )


def test_a_ticket_outlives_its_door():
    """The directory drops the unit: the ticket climbs from the nearest place that is left."""
    gone = Town(a_directory(2).model_copy(update={"places": tuple(p for p in a_directory().places if p.code != "U")}))
    case = opened()

    case = tick(case, gone, case.due_at).case

    assert case.ticket.owner.post == "C:community_officer"
    assert done(case, Action.ASSIGN, case.ticket.owner.since, to="property_manager", town=gone)


def test_accepting_when_the_time_is_over_buys_none():
    """The clock had rung unnoticed: an accept in that moment is said, and the ticket climbs all the same."""
    case = opened()
    late = case.ticket.resolve_by + timedelta(seconds=1)

    accepted = done(case, Action.ACCEPT, late)

    assert not accepted.ticket.overdue
    assert tick(accepted, TOWN, late).events[0].steps[0].reason is Reason.RESOLVE_OVERDUE


def test_the_top_accepting_too_late_is_marked_by_an_event():
    """The public mark comes by an event that says why, never by the way."""
    case = done(done(opened(), Action.ESCALATE), Action.ESCALATE)
    late = case.ticket.resolve_by + timedelta(seconds=1)

    marked = tick(done(case, Action.ACCEPT, late), TOWN, late)

    assert [event.name for event in marked.events] == [EventType.OVERDUE]


def test_an_unreachable_top_is_reminded_and_keeps_its_time():
    """Nobody was reached at the top: no limit has passed, so there is a reminder and no public mark."""
    case = done(done(opened(), Action.ESCALATE), Action.ESCALATE)
    owner = case.ticket.owner
    news = PostUnreachable(at=MONDAY_10, ticket_id=case.ticket.id, post=owner.post, assignment=owner.assignment)

    change = unreachable(case, news, TOWN, MONDAY_10)

    assert [(event.name, event.reason) for event in change.events] == [(EventType.REMINDED, Reason.UNREACHABLE)]
    assert (change.case.ticket.overdue, change.case.due_at) == (False, case.due_at)


def test_a_complaint_about_one_of_two_at_the_top_goes_to_the_other():
    """Where the top has two roles, the one complained of does not judge itself; alone it must."""
    rules = a_policy().rules
    top = {"subdistrict": ("subdistrict_officer", "urban_management")}
    rule = rules["facilities"].model_copy(update={"owners": {**rules["facilities"].owners, **top}})
    directory = with_policy(rules={**rules, "facilities": rule}).directory
    alone = [
        each.model_copy(update={"person": None}) if each.role == "urban_management" else each
        for each in directory.posts
    ]

    about = {"about_role": "subdistrict_officer"}
    assert opened(Town(directory), **about).ticket.owner.role == "urban_management"
    assert opened(Town(directory.model_copy(update={"posts": tuple(alone)})), **about).ticket.owner.role == (
        "subdistrict_officer"
    )


def test_a_rung_without_a_share_of_its_own_still_opens():
    """A ladder may give its lowest rung no share: the ticket opens there all the same."""
    ladder = [("unit", Fraction(0)), ("community", Fraction(1, 2)), ("subdistrict", Fraction(1, 2))]
    town = with_policy(ladder=tuple(Rung(level=level, share=share) for level, share in ladder))

    assert opened(town).ticket.status is Status.ASSIGNED


def test_a_handler_never_has_longer_than_the_owner():
    """One day in all: the unit's ends at midnight, the community's at 18:00, and the handler's limit follows."""
    budgets = dict.fromkeys(Urgency, Limit(amount=1, unit=Unit.CALENDAR_DAYS))
    town = with_policy(budgets=budgets, handler_share=Fraction(1))
    case = done(opened(town, category="leak"), Action.ASSIGN, to="property_manager", town=town)
    assert case.ticket.handler.due_by == case.ticket.resolve_by

    climbed = done(case, Action.ESCALATE, town=town).ticket

    assert climbed.resolve_by < case.ticket.resolve_by
    assert climbed.handler.due_by == climbed.resolve_by


def test_who_has_handed_it_back_cannot_do_so_again():
    """Until the level above accepts, the former owner works on; a second hand-back would say nothing new."""
    case = done(opened(), Action.HAND_BACK)

    again = act(case, Action.HAND_BACK, case.ticket.handler, TOWN, MONDAY_10, "说明")

    assert again is Refusal.WRONG_STATUS
