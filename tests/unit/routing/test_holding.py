"""Whoever answers for a post is away, changes, is there no more: what becomes of the tickets."""

import pytest

from services.routing.domain.opening import open_case
from shared.chain import free_text
from shared.contracts.directory import Absence
from shared.contracts.vocabulary import Reason
from shared.directory import Town
from tests.builders import MONDAY_10, a_directory, a_submission


def write(text: str):
    return free_text(text, b"key")


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
