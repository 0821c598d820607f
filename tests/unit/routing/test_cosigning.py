"""Households that stand behind a ticket, told as short stories on the pure domain."""

from datetime import timedelta

from services.routing.domain.case import Case, Change
from services.routing.domain.ticking import tick
from shared.contracts.commands import By
from shared.contracts.ticket import Pause
from shared.contracts.vocabulary import Action, EventType, Grade, Part, Raised, Reason, Refusal, Status, Urgency
from shared.directory import Town
from tests.acting import act
from tests.builders import MONDAY_10, a_town
from tests.unit.routing.neighbours import (
    NEIGHBOUR,
    OFFICER,
    REPORTER,
    SOON,
    TOWN,
    UNIT_HEAD,
    confirmed_by_five,
    cosigned,
    done,
    household,
    names,
    opened,
    reasons,
    resolved,
    stamped_anew,
    tried,
)


class TestCosigning:
    def test_a_household_has_one_voice(self):
        """It is heard once, changes no clock, and nobody who is a party already has another."""
        case = opened()
        change = done(case, Action.COSIGN, NEIGHBOUR, voice=household(1))

        assert names(change) == [EventType.COSIGNED]
        assert change.case.due_at == case.due_at
        assert tried(change.case, Action.COSIGN, NEIGHBOUR, voice=household(1)) is Refusal.ALREADY
        assert tried(case, Action.COSIGN, REPORTER, voice=household(2)) is Refusal.NOT_YOUR_PART
        assert tried(case, Action.COSIGN, OFFICER, voice=household(2)) is Refusal.NOT_YOUR_PART
        assert tried(case, Action.COSIGN, NEIGHBOUR) is Refusal.INCOMPLETE

    def test_nobody_confirms_himself(self):
        """What comes with a voice beside its household, place and reference is not taken."""
        voice = household(1).model_copy(update={"confirmed_at": SOON, "grade": Grade.GOOD})
        change = done(opened(), Action.COSIGN, NEIGHBOUR, voice=voice)

        assert change.case.ticket.voices == (household(1),)

    def test_enough_of_them_make_it_more_urgent_where_the_policy_says_so(self):
        """One band, with the limits of that band; the owner stays. What is urgent already climbs instead."""
        case = stamped_anew(opened(urgency=Urgency.HARD), cosign_raises=Raised.URGENCY)
        change = confirmed_by_five(case)
        [_, raised] = change.events
        assert (raised.name, raised.reason, raised.moved) == (EventType.RESTAMPED, Reason.COSIGNED, True)
        ticket = change.case.ticket
        assert (ticket.urgency, ticket.level, ticket.owner) == (Urgency.ORDINARY, "unit", case.ticket.owner)
        plain = opened(urgency=Urgency.ORDINARY)
        assert (ticket.accept_by, ticket.resolve_by) == (plain.ticket.accept_by, plain.ticket.resolve_by)
        assert change.case.due_at == plain.due_at
        assert change.case.budget == plain.budget

        urgent = confirmed_by_five(stamped_anew(opened(urgency=Urgency.URGENT), cosign_raises=Raised.URGENCY))
        assert (reasons(urgent), urgent.case.ticket.urgency) == ([Reason.COSIGNED], Urgency.URGENT)
        assert reasons(confirmed_by_five(opened(urgency=Urgency.HARD))) == [Reason.COSIGNED], "if nothing is said"

    def test_what_becomes_more_urgent_stands_still_no_longer(self):
        """It goes on with the time that was left, and has the limits of its new band."""
        case = stamped_anew(opened(urgency=Urgency.ORDINARY), cosign_raises=Raised.URGENCY)
        until = SOON + timedelta(days=9)
        seat = case.ticket.owner
        paused = act(case, Action.DELIBERATE, seat, TOWN, MONDAY_10, until=until).case
        change = confirmed_by_five(paused)
        assert names(change)[1:] == [EventType.RESUMED, EventType.RESTAMPED]
        ticket = change.case.ticket
        assert (ticket.status, ticket.pause, ticket.urgency) == (Status.ACCEPTED, None, Urgency.URGENT)
        assert change.case.due_at == ticket.resolve_by < paused.ticket.resolve_by

    def test_the_post_at_the_door_confirms(self):
        """The unit head of that door, and nobody else; once; and only a household that is there."""
        case = cosigned(opened(), [1])
        other_door = done(case, Action.COSIGN, NEIGHBOUR, voice=household(7, "V")).case
        change = done(case, Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household="U-1")

        assert names(change) == [EventType.HOUSEHOLD_CONFIRMED]
        assert change.case.ticket.confirmed_households == 1
        confirm = Action.CONFIRM_HOUSEHOLD
        assert tried(other_door, confirm, UNIT_HEAD, household="V-7") is Refusal.NOT_YOUR_PART
        assert tried(case, confirm, OFFICER, household="U-1") is Refusal.NOT_YOUR_PART
        assert tried(case, confirm, UNIT_HEAD, household="U-2") is Refusal.NO_SUCH_HOUSEHOLD
        assert tried(case, confirm, UNIT_HEAD) is Refusal.INCOMPLETE
        assert tried(change.case, confirm, UNIT_HEAD, household="U-1") is Refusal.NOTHING_TO_DO
        two = cosigned(case, [2])
        once = done(two, confirm, UNIT_HEAD, household="U-1").case
        assert tried(once, confirm, UNIT_HEAD, household="U-1") is Refusal.ALREADY

    def test_one_head_of_two_doors_confirms_at_both(self):
        """Whoever holds the posts at two doors confirms the households of either."""
        directory = TOWN.directory
        posts = tuple(
            post.model_copy(update={"person": "p-U-unit_head"}) if post.role == "unit_head" else post
            for post in directory.posts
        )
        town = Town(directory.model_copy(update={"posts": posts}))
        case = done(cosigned(opened(), [1]), Action.COSIGN, NEIGHBOUR, voice=household(7, "V")).case
        for number in ("V-7", "U-1"):
            case = done(case, Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household=number, town=town).case

        assert case.ticket.confirmed_households == 2

    def test_where_no_post_is_at_the_door(self):
        """The nearest post above confirms: else no voice of that door would ever count."""
        town = a_town(vacant=frozenset({"U:unit_head"}))
        case = cosigned(opened(), [1])

        manager = By(person="p-K-property_manager")
        change = done(case, Action.CONFIRM_HOUSEHOLD, manager, household="U-1", town=town)
        assert change.case.ticket.confirmed_households == 1

    def test_five_confirmed_households_raise_it_one_level(self):
        """The fifth raises it, with the reason; unconfirmed ones do not count, and further ones do nothing."""
        case = cosigned(opened(), range(9), confirmed=4)
        assert case.ticket.level == "unit"

        change = done(case, Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household="U-4")
        assert names(change) == [EventType.HOUSEHOLD_CONFIRMED, EventType.ESCALATED]
        assert reasons(change) == [Reason.COSIGNED]
        assert (change.case.ticket.level, change.case.ticket.owner.post) == ("community", "C:community_officer")
        more = change.case
        for number in range(5, 9):
            more = done(more, Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household=f"U-{number}").case
        more = cosigned(more, range(10, 14), confirmed=4)
        assert more.ticket.level == "community"
        assert more.ticket.confirmed_households == 13

    def test_they_end_a_pause(self):
        """What stands still is the level above's to look at: its clock runs, and the pause is over."""
        case, until = cosigned(opened(), range(5), confirmed=4), SOON + timedelta(days=20)
        pause = Pause(status=Status.SUSPENDED, asked_at=SOON, until=until, since=SOON)
        still = case.ticket.model_copy(update={"status": Status.SUSPENDED, "pause": pause})
        change = done(Case(still, case.policy, until), Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household="U-4")

        ticket = change.case.ticket
        assert (ticket.status, ticket.level, ticket.pause) == (Status.ASSIGNED, "community", None)
        assert change.case.due_at == ticket.accept_by < until

    def test_at_the_top_they_are_counted(self):
        """There is nowhere to climb: owner and clock stay."""
        case = cosigned(opened(category="conduct"), range(5), confirmed=4)
        case = tick(case, TOWN, case.due_at).case
        assert case.ticket.level == "subdistrict"

        change = done(case, Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, case.due_at - timedelta(minutes=1), household="U-4")
        assert names(change) == [EventType.HOUSEHOLD_CONFIRMED]
        assert (change.case.due_at, change.case.ticket.owner) == (case.due_at, case.ticket.owner)


class TestAnUnconfirmedHousehold:
    def test_weighs_nothing(self):
        """Whoever claims to live at a door reopens, rates and reminds once the post there has confirmed it."""
        over = done(resolved(cosigned(opened(), [1])), Action.CONFIRM, REPORTER).case
        cosigner = By(resident=Part.COSIGNER, household="U-1")

        asked = ((Action.REOPEN, {"text": "又坏了"}), (Action.RATE, {"grade": Grade.VERY_BAD}))
        assert [tried(over, action, cosigner, **more) for action, more in asked] == [Refusal.UNCONFIRMED] * 2
        assert tried(cosigned(opened(), [1]), Action.REMIND, cosigner) is Refusal.UNCONFIRMED
        known = done(over, Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household="U-1").case
        assert all(isinstance(tried(known, action, cosigner, **more), Change) for action, more in asked)
        assert isinstance(tried(cosigned(opened(), [1], confirmed=1), Action.REMIND, cosigner), Change)

    def test_the_fifth_that_is_confirmed_when_it_is_over_raises_nothing(self):
        """What has ended stays with who settled it."""
        change = done(
            resolved(cosigned(opened(), range(5), confirmed=4)), Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household="U-4"
        )
        assert names(change) == [EventType.HOUSEHOLD_CONFIRMED]
