"""Two tickets about the same become one, and two again: nobody who spoke up is lost or counted twice."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.case import Case, Change
from services.routing.domain.doing import do, forms
from services.routing.domain.merging import MOST_ABSORBED
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.ticking import tick
from shared.contracts.commands import By, Details
from shared.contracts.events import TicketAbsorbed, TicketEscalated, TicketMerged, TicketRelinquished, TicketUnmerged
from shared.contracts.queries import Form
from shared.contracts.ticket import Report, Voice
from shared.contracts.vocabulary import Action, Grade, Part, Refusal, Status, Urgency
from shared.directory import Town
from shared.ids import resident_ref
from tests.acting import write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
MANAGER = By(person="p-K-property_manager")
OFFICER = By(person="p-C-community_officer")
SUBDISTRICT = By(person="p-S-subdistrict_officer")
REPORTER = By(resident=Part.REPORTER)


def opened(**differences: object) -> Case:
    return open_case(a_submission(reporter_ref=uuid4(), **differences), TOWN, MONDAY_10, write).case


def with_voices(case: Case, *households: str, confirmed_at: datetime | None = None) -> Case:
    voices = tuple(Voice(household=each, place="U", confirmed_at=confirmed_at) for each in households)
    return Case(case.ticket.model_copy(update={"voices": voices}), case.policy, case.due_at)


def act(case: Case, action: Action, *others: Case, by: By = MANAGER, **details: object) -> Change | Refusal:
    found, words = standings(case, by, TOWN, MONDAY_10), write(details["text"]) if "text" in details else None
    return do(case, action, found, Details(**details), words, TOWN, MONDAY_10, by=by, others=others)


def offered(case: Case, by: By) -> tuple[Form, ...]:
    return forms(case, standings(case, by, TOWN, MONDAY_10), TOWN, MONDAY_10)


def merged(case: Case, into: Case, by: By = MANAGER) -> tuple[Case, Case]:
    change = act(case, Action.MERGE, into, by=by, ticket=into.ticket.code)
    assert isinstance(change, Change), change
    [beside] = change.beside
    return change.case, beside.case


def unmerged(case: Case, into: Case) -> tuple[Case, Case]:
    change = act(case, Action.UNMERGE, into)
    assert isinstance(change, Change), change
    [beside] = change.beside
    return change.case, beside.case


def households(case: Case) -> set[str]:
    found = [voice.household for voice in case.ticket.voices]
    assert len(found) == len(set(found)), "one voice a household"
    return set(found)


def test_one_goes_on_for_both():
    """The merged one owes nothing more and has no clock; the other has both reporters and its own clock."""
    one, other = opened(), opened()
    change = act(one, Action.MERGE, other, ticket=other.ticket.code)

    [beside] = change.beside
    assert [type(event) for event in (*change.events, *beside.events)] == [TicketMerged, TicketAbsorbed]
    assert (change.case.ticket.status, change.case.due_at) == (Status.MERGED, None)
    assert change.case.ticket.merged_into == other.ticket.id
    assert tick(change.case, TOWN, one.due_at).events == ()
    assert beside.case.due_at == other.due_at
    assert beside.case.ticket.absorbed == (one.ticket.id,)
    assert beside.case.ticket.also_reported == (Report(ticket_id=one.ticket.id, ref=one.ticket.reporter_ref),)


def test_who_left_no_address_acts_all_the_same():
    """An anonymous report is one of those that go on: under the reference that its own receipt stands for."""
    one, other = open_case(a_submission(anonymous=True), TOWN, MONDAY_10, write).case, opened()
    ref = resident_ref(one.ticket.id, None)
    assert merged(one, other)[1].ticket.also_reported == (Report(ticket_id=one.ticket.id, ref=ref),)


def reporter_of(case: Case) -> By:
    return By(resident=Part.REPORTER, through=case.ticket.id)


def resolved(case: Case) -> Case:
    change = act(case, Action.RESOLVE, text="修好了")
    assert isinstance(change, Change), change
    return change.case


def test_whoever_reported_what_was_merged_acts_on_what_goes_on():
    """However often it was merged: comments, confirms, reopens, as its own reporter; nobody withdraws what is several
    people's."""
    first, second = merged(opened(), opened())
    second, third = merged(second, opened())
    over = resolved(third)
    for by in (reporter_of(first), reporter_of(second)):
        assert isinstance(act(third, Action.COMMENT, by=by, text="晚上更黑"), Change)
        assert act(third, Action.WITHDRAW, by=by) is Refusal.COSIGNED
        assert isinstance(act(over, Action.CONFIRM, by=by), Change)
        assert isinstance(act(over, Action.REOPEN, by=by, text="又不亮了"), Change)
        assert [form.refused for form in offered(over, by) if form.action is Action.RATE] == [None]


def test_whose_ticket_stands_for_itself_again_has_no_part_in_the_other():
    """Nor has anybody through a ticket that was never merged into it."""
    one, other = merged(opened(), opened())
    _, apart = unmerged(one, other)
    assert act(apart, Action.COMMENT, by=reporter_of(one), text="还在吗") is Refusal.NOT_YOURS
    assert act(other, Action.COMMENT, by=reporter_of(opened()), text="还在吗") is Refusal.NOT_YOURS


def test_each_who_reported_rates_once():
    """Beside the other's reporter; what is taken up anew is rated anew; what is taken apart takes its grade along."""
    one, other = merged(with_voices(opened(), "h1", confirmed_at=MONDAY_10), opened())
    graded = resolved(other)
    household = By(resident=Part.COSIGNER, household="h1")
    for by, grade in ((reporter_of(one), Grade.BAD), (REPORTER, Grade.GOOD), (household, Grade.FAIR)):
        change = act(graded, Action.RATE, by=by, grade=grade)
        assert isinstance(change, Change), change
        graded = change.case
        assert act(graded, Action.RATE, by=by, grade=grade) is Refusal.ALREADY
    assert (graded.ticket.grade, graded.ticket.others_grades) == (Grade.GOOD, (Grade.BAD, Grade.FAIR))

    again = act(graded, Action.REOPEN, by=reporter_of(one), text="又不亮了")
    assert isinstance(act(resolved(again.case), Action.RATE, by=reporter_of(one), grade=Grade.GOOD), Change)
    assert unmerged(one, graded)[1].ticket.others_grades == ()


def test_it_stands_for_itself_again():
    """Unmerged it is with its former owner, who has a new seat and new limits; the other has given up what came."""
    one, other = merged(with_voices(opened(), "h1"), with_voices(opened(), "h2"))
    change = act(one, Action.UNMERGE, other)

    [beside] = change.beside
    assert [type(event) for event in (*change.events, *beside.events)] == [TicketUnmerged, TicketRelinquished]
    ticket = change.case.ticket
    assert (ticket.status, ticket.merged_into, ticket.closed_at) == (Status.ASSIGNED, None, None)
    assert (ticket.owner.post, ticket.handler) == ("K:property_manager", ticket.owner)
    assert ticket.owner.assignment > one.ticket.owner.assignment
    assert change.case.due_at == ticket.accept_by > MONDAY_10
    assert (households(change.case), households(beside.case)) == ({"h1"}, {"h2"})
    assert (beside.case.ticket.absorbed, beside.case.ticket.also_reported) == ((), ())


def test_the_time_in_between_was_the_others():
    """After days as part of another it has its whole share again, as if it had been reported now."""
    one, other = merged(opened(), opened())
    later = MONDAY_10 + timedelta(days=3)
    change = do(
        one, Action.UNMERGE, standings(one, MANAGER, TOWN, later), Details(), None, TOWN, later, others=(other,)
    )
    fresh = open_case(a_submission(submitted_at=later), TOWN, later, write).case.ticket
    ticket = change.case.ticket
    assert (ticket.accept_by, ticket.resolve_by) == (fresh.accept_by, fresh.resolve_by)


@pytest.mark.parametrize("how", ["vacant", "gone"])
def test_where_nobody_is_at_its_former_post_it_does_not_go_down(how):
    """Whoever owns such matters at its level has it, or else above: never again a level that it has left."""
    climbed = act(opened(), Action.ESCALATE, text="要社区协调").case
    one, other = merged(climbed, opened(), by=OFFICER)
    posts = [post for post in TOWN.directory.posts if post.code != "C:community_officer"]
    if how == "vacant":
        [officer] = [post for post in TOWN.directory.posts if post.code == "C:community_officer"]
        posts.append(officer.model_copy(update={"person": None, "deputy": None}))
    town, top = Town(TOWN.directory.model_copy(update={"posts": tuple(posts)})), By(person="p-S-subdistrict_officer")
    found = standings(one, top, town, MONDAY_10)
    change = do(one, Action.UNMERGE, found, Details(), None, town, MONDAY_10, by=top, others=(other,))
    ticket = change.case.ticket
    assert (ticket.level, ticket.owner.post) == ("subdistrict", "S:subdistrict_officer")


@pytest.mark.parametrize(
    ("gone", "owner"),
    [
        pytest.param(("K:property_manager",), "C:community_officer", id="a level without anybody is passed over"),
        pytest.param(("C:community_officer",), "S:subdistrict_officer", id="what has climbed does not fall"),
    ],
)
def test_a_former_owner_that_is_gone_lets_no_level_fall(gone, owner):
    """Where the directory has dropped the owner's post meanwhile, and its level has no other: one up, as any climb."""
    category = "conduct" if gone[0].startswith("C") else "lighting"
    one, other = merged(opened(category=category), opened(), by=OFFICER)
    posts = tuple(post for post in TOWN.directory.posts if post.code not in gone)
    town = Town(TOWN.directory.model_copy(update={"posts": posts}))
    found = standings(one, SUBDISTRICT, town, MONDAY_10)
    change = do(one, Action.UNMERGE, found, Details(), None, town, MONDAY_10, by=SUBDISTRICT, others=(other,))
    assert isinstance(change, Change), change
    assert [type(event) for event in change.events] == [TicketUnmerged, TicketEscalated]
    assert change.events[-1].steps[0].from_level == one.ticket.level
    assert change.case.ticket.owner.post == owner


def test_a_confirmed_household_stays_confirmed():
    """Where a household spoke up in both, its voice counts as soon as it was confirmed in one of them."""
    one, other = with_voices(opened(), "h1"), with_voices(opened(), "h1")
    [voice] = one.ticket.voices
    confirmed = one.ticket.model_copy(update={"voices": (voice.model_copy(update={"confirmed_at": MONDAY_10}),)})
    _, into = merged(Case(confirmed, one.policy, one.due_at), other)
    assert [each.confirmed_at for each in into.ticket.voices] == [MONDAY_10]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        pytest.param(
            {"about_role": "grid_worker"},
            {},
            Refusal.OTHER_ABOUT,
            id="a complaint would be read by the one complained of",
        ),
        pytest.param({"urgency": Urgency.DANGER}, {}, Refusal.LESS_URGENT, id="a danger to life would lose its clock"),
        pytest.param({"urgency": Urgency.URGENT}, {}, Refusal.LESS_URGENT, id="what has a day would have a week"),
        pytest.param({}, {"urgency": Urgency.HARD}, Refusal.LESS_URGENT, id="what has a week would have two"),
        pytest.param(
            {"outer_limit": MONDAY_10.replace(day=4)}, {}, Refusal.LATER_LIMIT, id="others want it settled by then"
        ),
    ],
)
def test_what_would_be_lost_is_not_merged(one, other, reason):
    """Refused where the other ticket cannot stand for this one, and said why; the other way round it may."""
    one, other = opened(**one), opened(**other)
    assert act(one, Action.MERGE, other, by=OFFICER, ticket=other.ticket.code) is reason


def test_a_ticket_takes_in_no_more_than_can_travel_with_it():
    """As of voices: beyond that a report stands for itself."""
    one, other = opened(), opened()
    many = {"absorbed": tuple(uuid4() for _ in range(MOST_ABSORBED))}
    full = Case(other.ticket.model_copy(update=many), other.policy, other.due_at)
    assert act(one, Action.MERGE, full, ticket=full.ticket.code) is Refusal.OTHER_TICKET
    reports = tuple(Report(ticket_id=uuid4(), ref=uuid4()) for _ in range(MOST_ABSORBED))
    full = Case(other.ticket.model_copy(update={"also_reported": reports}), other.policy, other.due_at)
    assert act(one, Action.MERGE, full, ticket=full.ticket.code) is Refusal.OTHER_TICKET


def test_only_what_is_open_and_one_s_own_is_merged_into():
    """Not itself, not one that is over, not one that nobody knows, not one in which one has no part: of that nothing
    more is told."""
    one, other, foreign = opened(), opened(), opened(door_code="D-V")
    assert act(one, Action.MERGE, ticket=one.ticket.code) is Refusal.SAME_TICKET
    assert act(one, Action.MERGE, ticket=other.ticket.code) is Refusal.OTHER_TICKET
    assert act(one, Action.MERGE, foreign, ticket=foreign.ticket.code) is Refusal.OTHER_TICKET
    assert isinstance(act(one, Action.MERGE, foreign, by=OFFICER, ticket=foreign.ticket.code), Change)
    over, _ = merged(other, opened())
    assert act(one, Action.MERGE, over, ticket=over.ticket.code) is Refusal.OTHER_NOT_OPEN


def test_what_has_gone_on_is_told_apart_from_the_end():
    """While the other has itself been merged it gives nothing up: first that one stands for itself again."""
    first, second = merged(with_voices(opened(), "h1"), opened())
    second, third = merged(second, opened())
    assert act(first, Action.UNMERGE, second) is Refusal.OTHER_TICKET
    assert {report.ticket_id for report in third.ticket.also_reported} == {first.ticket.id, second.ticket.id}
    second, third = unmerged(second, third)
    assert (households(second), households(third)) == ({"h1"}, set())
    first, second = unmerged(first, second)
    assert (households(first), households(second)) == ({"h1"}, set())


HOUSEHOLDS = st.sets(st.sampled_from("abcde"))


@given(own=HOUSEHOLDS, theirs=st.lists(HOUSEHOLDS, min_size=1, max_size=4), order=st.randoms(use_true_random=False))
def test_no_voice_is_lost_or_counted_twice(own, theirs, order):
    """However many are merged and taken apart again in any order, the survivor has the voices of just those in it."""
    into = with_voices(opened(), *own)
    inside = []
    for voices in theirs:
        one, into = merged(with_voices(opened(), *voices), into)
        inside.append((one, voices))
        assert households(into) == own.union(*(each for _, each in inside))
    order.shuffle(inside)
    while inside:
        one, voices = inside.pop()
        one, into = unmerged(one, into)
        assert households(one) == voices
        assert households(into) == own.union(*(each for _, each in inside))
        assert {report.ticket_id for report in into.ticket.also_reported} == {each.ticket.id for each, _ in inside}
