"""The shipped preset, row by row: who owns at the first rung, who is told besides, what the public page shows."""

from pathlib import Path

import pytest

from services.records.directory import REQUIRED_FILES, read
from services.routing.domain.ladder import assignable, matter_of
from services.routing.domain.opening import open_case
from shared.chain import free_text, seal, verify
from shared.contracts.vocabulary import Urgency, Visibility
from shared.directory import Town
from tests.builders import MONDAY_10, a_submission, a_town

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
TOWN = Town(read({name: (DEMO / name).read_text(encoding="utf-8") for name in REQUIRED_FILES}, 1))
MANAGED, UNMANAGED = "LY1-01-2", "XY2-01-1"
"""A door with a property manager, and one of the compound without (三无)."""


def opened(category: str, door: str = MANAGED, **more: object):
    command = a_submission(door_code=door, category=category, **more)
    return open_case(command, TOWN, MONDAY_10, lambda text: free_text(text, b"key")).case


def roles(codes: tuple[str, ...]) -> list[str]:
    return sorted(TOWN.post(code).role for code in codes)


@pytest.mark.parametrize(
    ("category", "level", "owner", "at_once", "digest", "visibility"),
    [
        ("lighting", "unit", "property_manager", [], ["unit_head"], Visibility.FULL),
        ("clutter", "unit", "grid_worker", ["unit_head"], [], Visibility.TEXT),
        ("leak", "unit", "unit_head", ["grid_worker"], [], Visibility.STATUS),
        ("elderly", "community", "community_worker", [], [], Visibility.HIDDEN),
        ("lift_retrofit", "community", "community_officer", ["property_manager", "unit_head"], [], Visibility.TEXT),
        ("about_property", "community", "community_officer", [], [], Visibility.STATUS),
        ("gas_leak", "unit", "property_manager", ["community_duty", "unit_head"], [], Visibility.STATUS),
        ("other", "unit", "grid_worker", [], [], Visibility.STATUS),
    ],
)
def test_the_preset(category, level, owner, at_once, digest, visibility):
    """A matter goes to the one whom the preset names, and those are told whom it names: nobody else."""
    ticket = opened(category).ticket

    assert (ticket.level, ticket.owner.role) == (level, owner)
    assert (roles(ticket.also_told), roles(ticket.in_digest)) == (at_once, digest)
    assert ticket.visibility is visibility


def test_repairs_without_a_property_manager_are_the_communitys():
    """三无小区: none at the unit rung, so the community owns."""
    ticket = opened("lighting", UNMANAGED).ticket

    assert (ticket.level, ticket.owner.role, ticket.escalations) == ("community", "community_officer", 1)


def test_a_category_says_whom_it_is_about():
    """Who names nobody is kept all the same from whom the category names first; a name given goes before it."""
    for category, given, about in (
        ("about_property", None, "property_manager"),
        ("about_staff", None, "unit_head"),
        ("about_staff", "community_officer", "community_officer"),
        ("lighting", None, None),
    ):
        ticket = opened(category, about_role=given).ticket
        assert ticket.about_role == about
        assert about not in (ticket.owner.role, *roles(ticket.also_told + ticket.in_digest))


def test_a_complaint_under_any_category_is_a_complaint():
    """Filed under lighting, it still goes above the post complained of, and shows kind and status only."""
    ticket = opened("lighting", about_role="property_manager").ticket

    assert (ticket.level, ticket.visibility) == ("community", Visibility.STATUS)
    assert "property_manager" not in (ticket.owner.role, *roles(ticket.also_told + ticket.in_digest))


def test_a_danger_stays_one():
    """Who smells gas and says it can wait, or reports a lamp that sparks as a danger, is treated as in danger."""
    for ticket in (opened("gas_leak", urgency="hard").ticket, opened("lighting", urgency="danger").ticket):
        assert (ticket.urgency, ticket.matter) == (Urgency.DANGER, "danger")
        assert roles(ticket.also_told) == ["community_duty", "unit_head"]


def test_the_grid_worker_brings_in_the_property_manager():
    """楼道堆物 is the grid worker's, who gives work to the property manager where needed; never to a volunteer."""
    case = opened("clutter")

    found = [post.role for post in assignable(case.ticket, matter_of(case.ticket, case.policy, TOWN), TOWN, MONDAY_10)]

    assert "property_manager" in found
    assert "unit_head" not in found


def test_changed_words_break_the_chain_and_erased_ones_do_not():
    """Of each text that is still there the digest must fit; a text may be gone, its digest not."""
    command = a_submission(title="灯", location_note="三层")
    event = open_case(command, a_town(), MONDAY_10, lambda text: free_text(text, b"key")).events[0]
    type, sealed = event.wire_type(), seal(event, "", b"key").data

    assert verify(type, sealed, b"key")
    for name in ("title", "description", "location_note"):
        words = sealed["ticket"][name]
        assert not verify(type, {**sealed, "ticket": {**sealed["ticket"], name: {**words, "text": "别的话"}}}, b"key")
        assert verify(type, {**sealed, "ticket": {**sealed["ticket"], name: {**words, "text": None}}}, b"key")


@pytest.mark.parametrize("strange", ["\ud800", 2**70], ids=["half a symbol", "a number that no JSON of ours holds"])
def test_a_row_edited_by_hand_into_something_strange_is_not_as_sealed(strange: object) -> None:
    """Whatever a hand has written into the ledger, the audit gets an answer and no error."""
    event = {"hash": "", "ticket": {"version": strange, "description": {"digest": "", "text": "words"}}}

    assert not verify("loumen.ticket.noted.v1", event, b"key")
