"""A complaint about a post, in every place where that post could hear of it or of who complains."""

from datetime import time

import pytest

from services.intake.scope import sees
from services.intake.shapes.views import PhotoView
from services.intake.visibility import public_view
from services.notify.domain.plan import Bot, Groups, Webhook, plan
from services.routing.domain.case import Case, Change
from services.routing.domain.doing import do, forms
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.ticking import tick
from shared.contracts.commands import By, Details
from shared.contracts.events import TicketEvent
from shared.contracts.queries import TicketRecord
from shared.contracts.ticket import Voice
from shared.contracts.vocabulary import Action, Part, Refusal, Visibility
from tests.acting import write
from tests.builders import MONDAY_10, POSTS, ROLES, a_submission, a_town

TOWN = a_town()
GROUPS = Groups(
    (Bot("everybody", "C", frozenset(ROLES)), Bot("others", "S", frozenset({"subdistrict_officer"}))),
    tuple(Webhook(role, "S", frozenset({role})) for role in ROLES),
)
LOW = ("unit_head", "property_manager", "grid_worker", "community_worker", "community_officer")


def _no_photo(photo: str) -> PhotoView:
    raise AssertionError(photo)


def told(role: str) -> tuple[Case, list[TicketEvent]]:
    """A complaint about the role that is co-signed, commented on, and climbs to the top."""
    change = open_case(a_submission(about_role=role, category="lighting"), TOWN, MONDAY_10, write)
    case, events = change.case, list(change.events)
    voice = Voice(household="h", place="U")
    residents = (
        (Action.COSIGN, Part.NEIGHBOUR, None, voice),
        (Action.COMMENT, Part.REPORTER, "他又骂人", None),
        (Action.COMMENT, Part.COSIGNER, "我也听见", None),
    )
    for action, part, words, new in residents:
        by = By(resident=part, household="h" if part is Part.COSIGNER else None)
        text = write(words) if words else None
        done = do(case, action, standings(case, by, TOWN, MONDAY_10), Details(text=words), text, TOWN, MONDAY_10, new)
        assert isinstance(done, Change), done
        case, events = done.case, [*events, *done.events]
    while case.ticket.level != "subdistrict":
        rung = tick(case, TOWN, case.due_at)
        case, events = rung.case, [*events, *rung.events]
    return case, events


@pytest.mark.parametrize("role", LOW)
def test_the_role_complained_of_hears_nothing(role: str) -> None:
    """It has no part in the ticket, sees nothing of it, is told nothing, and reads along in no group."""
    case, events = told(role)
    people = [f"p-{place}-{each}" for each, place in POSTS if each == role]
    assert people
    for event in events:
        now = event.at
        at_moment = Case(event.ticket, case.policy, case.due_at)
        for person in people:
            assert standings(at_moment, By(person=person), TOWN, now) == () if event.ticket.owner else True
            assert {form.refused for form in forms(at_moment, (), TOWN, now)} == {Refusal.NOT_YOURS}
            assert not sees(TOWN.posts_of(person, now), event.ticket, TOWN)
        for delivery in plan(event, TOWN, GROUPS, now, time(18)):
            assert delivery.recipient.role != role
            assert role not in {"everybody": ROLES, "others": ("subdistrict_officer",)}.get(delivery.target or "", ())
            assert delivery.target != role


@pytest.mark.parametrize("role", LOW)
def test_the_public_reads_no_word_of_it(role: str) -> None:
    """Kind and status alone, of whatever matter."""
    case, _ = told(role)
    assert case.ticket.visibility is Visibility.STATUS
    seen = public_view(TicketRecord(ticket=case.ticket, timeline=()), _no_photo)
    assert seen is not None
    assert (seen.description, seen.about_role, seen.place, seen.owner) == (None, None, None, None)
