"""Whoever answers for a post is away, changes, is there no more: what becomes of the tickets."""

from datetime import timedelta

import pytest

from services.routing.domain.case import Case, Change
from services.routing.domain.holding import change_hands, work_changes_hands
from services.routing.domain.opening import open_case
from shared.contracts.directory import Absence
from shared.contracts.vocabulary import Action, EventType, Reason, Status
from shared.directory import Town
from tests.acting import act, write
from tests.builders import MONDAY_10, a_directory, a_submission, a_town


@pytest.mark.parametrize(
    ("deputy", "owner", "reasons"), [("p-C-community_officer", "K", []), (None, "C", [Reason.ABSENT])]
)
def test_a_level_whose_people_are_away_is_passed_over(deputy, owner, reasons):
    """While its person is away the deputy's post owns; without one the next level does, and the step says why."""
    directory, away = a_directory(), MONDAY_10.date()
    posts = [
        post.model_copy(update={"deputy": deputy}) if post.code == "K:property_manager" else post
        for post in directory.posts
    ]
    absence = Absence(person="p-K-property_manager", first_day=away, last_day=away)
    town = Town(directory.model_copy(update={"posts": tuple(posts), "absences": (absence,)}))
    change = open_case(a_submission(), town, MONDAY_10, write)

    assert change.case.ticket.owner.post.startswith(f"{owner}:")
    steps = getattr(change.events[-1], "steps", ())
    assert [step.reason for step in steps] == reasons


def test_at_the_top_a_ticket_waits_for_who_is_away():
    """There is nobody above: the post whose people are away just now owns, and none is lost."""
    directory, away = a_directory(), MONDAY_10.date()
    absences = tuple(Absence(person=person.code, first_day=away, last_day=away) for person in directory.people)
    change = open_case(a_submission(), Town(directory.model_copy(update={"absences": absences})), MONDAY_10, write)
    assert change.case.ticket.owner.post == "S:subdistrict_officer"
    assert [step.reason for step in change.events[-1].steps] == [Reason.ABSENT] * 2


def with_posts(*gone: str, **people: str | None) -> Town:
    """The town without the posts ``gone``; ``people`` says who else holds the post of a role."""
    directory = a_directory(2)
    posts = [
        post.model_copy(update={"person": people[post.role]} if post.role in people else {})
        for post in directory.posts
        if post.code not in gone
    ]
    return Town(directory.model_copy(update={"posts": tuple(posts)}))


def absent(*people: str) -> Town:
    day = MONDAY_10.date()
    absences = tuple(Absence(person=each, first_day=day, last_day=day) for each in people)
    return Town(a_directory(2).model_copy(update={"absences": absences}))


def opened(**about: object) -> Case:
    """With the property manager, or of care: with the community worker, who has an officer beside."""
    return open_case(a_submission(**about), a_town(), MONDAY_10, write).case


def accepted(case: Case) -> Case:
    change = act(case, Action.ACCEPT, case.ticket.owner, a_town(), MONDAY_10)
    assert isinstance(change, Change)
    return change.case


def test_a_new_holder_is_told_and_has_the_time_that_is_left():
    """Nothing of the ticket changes but that it says so."""
    case = accepted(opened())
    change = change_hands(case, with_posts(property_manager="another"), MONDAY_10)

    assert [(event.name, event.reason) for event in change.events] == [(EventType.REMINDED, Reason.NEW_HOLDER)]
    assert change.case.due_at == case.due_at
    assert change.case.ticket == case.ticket.model_copy(update={"version": case.ticket.version + 1})


@pytest.mark.parametrize("take", [lambda case: case, accepted], ids=["waiting", "accepted"])
@pytest.mark.parametrize(
    "town", [with_posts(property_manager=None), with_posts("K:property_manager")], ids=["vacant", "removed"]
)
def test_a_post_that_fell_vacant_keeps_no_ticket(take, town):
    """It climbs with the reason, accepted or not, and whoever owns now does the work: nobody else is left for it."""
    change = change_hands(take(opened()), town, MONDAY_10)

    assert [step.reason for step in change.events[0].steps] == [Reason.POST_VACANT]
    assert (change.case.ticket.owner.post, change.case.ticket.status) == ("C:community_officer", Status.ASSIGNED)
    assert change.case.ticket.handler == change.case.ticket.owner
    assert change.case.due_at == change.case.ticket.accept_by


def test_who_is_away_keeps_what_was_accepted():
    """What waits for an accept is passed on; what was accepted stays, and its clock runs."""
    town = absent("p-K-property_manager")
    waiting, in_work = opened(), accepted(opened())

    assert [step.reason for step in change_hands(waiting, town, MONDAY_10).events[0].steps] == [Reason.ABSENT]
    assert change_hands(in_work, town, MONDAY_10) == Change(in_work)


def test_the_work_that_was_given_down_goes_on():
    """The owner's post falls vacant: whom it gave the work to works on under the new owner."""
    case = opened(about_role="property_manager")
    change = act(case, Action.ASSIGN, case.ticket.owner, a_town(), MONDAY_10, to="grid_worker")
    passed = change_hands(change.case, with_posts(community_officer=None), MONDAY_10)

    assert passed.case.ticket.owner.post == "S:subdistrict_officer"
    assert passed.case.ticket.handler.post == "C:grid_worker"


def paused(case: Case) -> Case:
    """In deliberation for a week."""
    week = MONDAY_10 + timedelta(days=7)
    change = act(case, Action.DELIBERATE, case.ticket.owner, a_town(), MONDAY_10, until=week)
    assert isinstance(change, Change)
    return change.case


def test_a_pause_does_not_outlast_its_owner():
    """Whose post fell vacant in a pause keeps nothing: the level above has it at once, with the time that stood still.
    Who is merely away keeps the pause."""
    later = MONDAY_10 + timedelta(days=3)
    waited = paused(opened())
    passed = change_hands(waited, with_posts(property_manager=None), later).case
    ticket = passed.ticket

    assert (ticket.status, ticket.owner.post, ticket.pause) == (Status.ASSIGNED, "C:community_officer", None)
    assert passed.due_at == ticket.accept_by > later
    assert ticket.limits_from - MONDAY_10 == timedelta(days=3)
    assert change_hands(waited, absent("p-K-property_manager"), MONDAY_10) == Change(waited)


def given_down() -> Case:
    """The community's officer has given the work to the grid worker."""
    case = opened(about_role="property_manager")
    change = act(case, Action.ASSIGN, case.ticket.owner, a_town(), MONDAY_10, to="grid_worker")
    assert isinstance(change, Change)
    return change.case


def test_a_new_holder_of_the_handlers_post_is_told():
    """Nothing of the ticket changes but that it says so; where the owner does the work nobody is told."""
    case, town = given_down(), with_posts(grid_worker="another")
    change = work_changes_hands(case, town, MONDAY_10)

    assert [(event.name, event.reason) for event in change.events] == [(EventType.REMINDED, Reason.HANDLER_NEW_HOLDER)]
    assert change.case.due_at == case.due_at
    assert change.case.ticket == case.ticket.model_copy(update={"version": case.ticket.version + 1})
    assert work_changes_hands(opened(), town, MONDAY_10).events == ()


@pytest.mark.parametrize("still", [lambda case: case, paused], ids=["in work", "in a pause"])
@pytest.mark.parametrize("town", [with_posts(grid_worker=None), with_posts("C:grid_worker")], ids=["vacant", "removed"])
def test_a_handlers_post_that_fell_vacant_does_no_work(still, town):
    """It is the owner's again, whose own limit runs, or in a pause the review date; who is merely away goes on."""
    case = still(given_down())
    change = work_changes_hands(case, town, MONDAY_10)

    [event] = change.events
    assert (event.name, event.reason, event.replaced) == (
        EventType.TAKEN_BACK,
        Reason.HANDLER_VACANT,
        case.ticket.handler,
    )
    assert change.case.ticket.handler == change.case.ticket.owner == case.ticket.owner
    assert change.case.due_at == (case.ticket.pause.until if case.ticket.pause else case.ticket.resolve_by)
    assert work_changes_hands(case, absent("p-C-grid_worker"), MONDAY_10) == Change(case)


def test_another_post_of_the_same_level_comes_before_the_level_above():
    """Where the matter has a second choice at the level, that one gets it, and nothing climbs."""
    directory = a_directory()
    rule = directory.policy.rules["facilities"]
    owners = rule.owners | {"unit": ("property_manager", "grid_worker")}
    policy = directory.policy.model_copy(
        update={"rules": directory.policy.rules | {"facilities": rule.model_copy(update={"owners": owners})}}
    )
    town = Town(directory.model_copy(update={"policy": policy}))
    case = open_case(a_submission(), town, MONDAY_10, write).case
    posts = tuple(post for post in directory.posts if post.code != "K:property_manager")
    without_manager = Town(town.directory.model_copy(update={"posts": posts}))
    change = change_hands(case, without_manager, MONDAY_10)

    assert [(event.name, event.reason) for event in change.events] == [(EventType.ASSIGNED, Reason.POST_VACANT)]
    assert (change.case.ticket.owner.post, change.case.ticket.level) == ("C:grid_worker", "unit")


def test_at_the_top_with_nobody_else_a_ticket_stays():
    """There is nobody to pass it on to, and no public mark: no limit has passed."""
    everybody = [person.code for person in a_directory().people]
    case = open_case(a_submission(), absent(*everybody), MONDAY_10, write).case
    assert change_hands(case, absent(*everybody), MONDAY_10) == Change(case)
