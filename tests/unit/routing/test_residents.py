"""What residents do with a ticket, told as short stories on the pure domain."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.routing.domain.case import Case, Change
from services.routing.domain.doing import do, forms
from services.routing.domain.erasing import erase_words
from services.routing.domain.opening import open_case, stamp
from services.routing.domain.parts import standings
from services.routing.domain.ticking import tick
from shared.contracts.commands import By, Details
from shared.contracts.events import TicketEscalated
from shared.contracts.ticket import Pause, Voice
from shared.contracts.vocabulary import Action, EventType, Grade, Part, Raised, Reason, Refusal, Status, Urgency
from shared.directory import Town
from tests.acting import act, write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
REPORTER, NEIGHBOUR = By(resident=Part.REPORTER), By(resident=Part.NEIGHBOUR)
UNIT_HEAD, OFFICER = By(person="p-U-unit_head"), By(person="p-C-community_officer")
SOON = MONDAY_10 + timedelta(hours=1)


def opened(**differences: object) -> Case:
    return open_case(a_submission(**differences), TOWN, MONDAY_10, write).case


def tried(
    case: Case,
    action: Action,
    by: By,
    now: datetime = SOON,
    voice: Voice | None = None,
    text: str | None = None,
    town: Town = TOWN,
    **details: object,
) -> Change | Refusal:
    words = write(text) if text else None
    return do(case, action, standings(case, by, town, now), Details(text=text, **details), words, town, now, voice)


def done(case: Case, action: Action, by: By, *args: object, **more: object) -> Change:
    change = tried(case, action, by, *args, **more)  # type: ignore[arg-type]
    assert isinstance(change, Change), change
    return change


def household(number: int, place: str = "U") -> Voice:
    return Voice(household=f"{place}-{number}", place=place, ref=UUID(int=number))


def cosigned(case: Case, numbers: Sequence[int], *, confirmed: int = 0) -> Case:
    """By so many households, of which the unit head has confirmed the first."""
    for number in numbers:
        case = done(case, Action.COSIGN, NEIGHBOUR, voice=household(number)).case
    for number in numbers[:confirmed]:
        case = done(case, Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household=f"U-{number}").case
    return case


def stamped_anew(case: Case, **policy: object) -> Case:
    """As if that had been the policy when it was handed in."""
    edited = TOWN.directory.policy.model_copy(update=policy)
    return replace(case, policy=stamp(edited, case.policy.rules[case.ticket.matter], case.ticket.urgency))


def confirmed_by_five(case: Case) -> Change:
    """The last of them is the one that makes it enough."""
    return done(cosigned(case, range(1, 6), confirmed=4), Action.CONFIRM_HOUSEHOLD, UNIT_HEAD, household="U-5")


def resolved(case: Case, now: datetime = SOON) -> Case:
    change = act(case, Action.RESOLVE, case.ticket.owner, TOWN, now)
    assert isinstance(change, Change), change
    return change.case


def rejected(case: Case) -> Case:
    ticket = case.ticket.model_copy(update={"status": Status.REJECTED, "closed_at": SOON})
    return Case(ticket, case.policy, None)


def names(change: Change) -> list[EventType]:
    return [event.name for event in change.events]


def reasons(change: Change) -> list[Reason]:
    return [step.reason for event in change.events if isinstance(event, TicketEscalated) for step in event.steps]


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


class TestTheReporter:
    def test_comments_until_it_is_over_for_good(self):
        """With words, also afterwards; a co-signer as well; a neighbour who is no party does not."""
        case = cosigned(opened(), [1])
        cosigner = By(resident=Part.COSIGNER, household="U-1")

        for by in (REPORTER, cosigner):
            change = done(case, Action.COMMENT, by, text="晚上更黑")
            assert (names(change), change.events[0].text) == ([EventType.COMMENTED], write("晚上更黑"))
            assert change.case.due_at == case.due_at
            assert isinstance(tried(resolved(case), Action.COMMENT, by, text="还好"), Change)
        assert tried(case, Action.COMMENT, REPORTER) is Refusal.TEXT_MISSING
        assert tried(case, Action.COMMENT, NEIGHBOUR, text="我也") is Refusal.NOT_YOUR_PART
        stranger = By(resident=Part.COSIGNER, household="U-2")
        assert tried(case, Action.COMMENT, stranger, text="我也") is Refusal.NOT_YOURS
        gone = done(opened(), Action.WITHDRAW, REPORTER).case
        assert tried(gone, Action.COMMENT, REPORTER, text="还是") is Refusal.WRONG_STATUS

    def test_says_that_it_is_settled(self):
        """It is closed at once; before it is resolved there is nothing to confirm, and a co-signer cannot."""
        case = resolved(cosigned(opened(), [1]))
        change = done(case, Action.CONFIRM, REPORTER)

        assert (names(change), change.events[0].reason) == ([EventType.CLOSED], Reason.CONFIRMED)
        assert (change.case.ticket.status, change.case.due_at) == (Status.CLOSED, None)
        assert tried(opened(), Action.CONFIRM, REPORTER) is Refusal.WRONG_STATUS
        assert tried(case, Action.CONFIRM, By(resident=Part.COSIGNER, household="U-1")) is Refusal.NOT_YOUR_PART

    def test_withdraws(self):
        """While it is open and nobody else stands behind it; then no clock runs."""
        change = done(opened(), Action.WITHDRAW, REPORTER, text="自己修好了")

        assert names(change) == [EventType.WITHDRAWN]
        assert (change.case.ticket.status, change.case.due_at) == (Status.WITHDRAWN, None)
        assert isinstance(tried(cosigned(opened(), [1]), Action.WITHDRAW, REPORTER), Change)
        assert tried(cosigned(opened(), [1], confirmed=1), Action.WITHDRAW, REPORTER) is Refusal.COSIGNED
        assert tried(resolved(opened()), Action.WITHDRAW, REPORTER) is Refusal.WRONG_STATUS

    def test_each_rates_once(self):
        """The reporter and every co-signer, and again what was taken up anew; a dissent stays one."""
        case, cosigner = resolved(cosigned(opened(), [1, 2], confirmed=2)), By(resident=Part.COSIGNER, household="U-1")
        case = done(case, Action.RATE, REPORTER, grade=Grade.VERY_GOOD).case
        case = done(case, Action.RATE, cosigner, grade=Grade.BAD, text="还是暗").case

        assert case.ticket.grade is Grade.VERY_GOOD
        assert [voice.grade for voice in case.ticket.voices] == [Grade.BAD, None]
        assert tried(case, Action.RATE, REPORTER, grade=Grade.BAD) is Refusal.ALREADY
        assert tried(case, Action.RATE, cosigner, grade=Grade.GOOD) is Refusal.ALREADY
        assert tried(case, Action.RATE, By(resident=Part.COSIGNER, household="U-2")) is Refusal.INCOMPLETE
        assert tried(opened(), Action.RATE, REPORTER, grade=Grade.BAD) is Refusal.WRONG_STATUS
        again = resolved(done(case, Action.REOPEN, REPORTER, text="又坏了").case)
        assert isinstance(tried(again, Action.RATE, REPORTER, grade=Grade.FAIR), Change)


class TestReopening:
    def test_the_same_level_has_it_again_with_all_its_time(self):
        """Owner and work are the level's own, the limits count from the reopening, not from the opening."""
        first = opened()
        later = MONDAY_10 + timedelta(days=2)
        change = done(resolved(first), Action.REOPEN, REPORTER, later, text="又不亮了")

        ticket = change.case.ticket
        fresh = open_case(a_submission(submitted_at=later), TOWN, later, write).case
        assert names(change) == [EventType.REOPENED]
        assert (ticket.status, ticket.level, ticket.owner.post) == (Status.ASSIGNED, "unit", "K:property_manager")
        assert (ticket.accept_by, ticket.resolve_by) == (fresh.ticket.accept_by, fresh.ticket.resolve_by)
        assert change.case.due_at == ticket.accept_by
        assert ticket.owner.assignment > first.ticket.owner.assignment, "an old link works no more"
        assert (ticket.reopenings, ticket.resolved_at, ticket.closed_at) == (1, None, None)

    def test_the_second_time_climbs(self):
        """A level that has not settled it twice does not get it a third time."""
        once = done(resolved(opened()), Action.REOPEN, REPORTER, text="又不亮了").case
        cosigner = By(resident=Part.COSIGNER, household="U-1")
        change = done(resolved(cosigned(once, [1], confirmed=1)), Action.REOPEN, cosigner, text="还是不亮")

        assert names(change) == [EventType.REOPENED, EventType.ESCALATED]
        assert reasons(change) == [Reason.REOPENED_AGAIN]
        assert (change.case.ticket.level, change.case.ticket.handler.post) == ("community", "K:property_manager")

    def test_at_the_top_it_stays(self):
        """As often as it is reopened, with all its time again."""
        case = opened(category="conduct")
        case = tick(case, TOWN, case.due_at).case
        for count in (1, 2, 3):
            now = MONDAY_10 + timedelta(days=count)
            change = done(resolved(case, now), Action.REOPEN, REPORTER, now, text="没有解决")
            case = change.case
            assert names(change) == [EventType.REOPENED]
            assert (case.ticket.level, case.ticket.overdue) == ("subdistrict", False)
            assert case.due_at == case.ticket.accept_by > now

    def test_within_its_window(self):
        """Ten days after it was closed, with words."""
        closed = done(resolved(opened()), Action.CONFIRM, REPORTER).case

        assert isinstance(tried(closed, Action.REOPEN, REPORTER, SOON + timedelta(days=9), text="又坏了"), Change)
        assert tried(closed, Action.REOPEN, REPORTER, SOON + timedelta(days=12), text="又坏了") is Refusal.TOO_LATE
        assert tried(closed, Action.REOPEN, REPORTER) is Refusal.TEXT_MISSING
        assert tried(opened(), Action.REOPEN, REPORTER, text="又坏了") is Refusal.WRONG_STATUS

    def test_where_the_level_has_nobody_any_more(self):
        """It goes up at once, and says why."""
        town = a_town(vacant=frozenset({"K:property_manager"}))
        change = done(resolved(opened()), Action.REOPEN, REPORTER, text="又坏了", town=town)

        assert reasons(change) == [Reason.POST_VACANT]
        assert change.case.ticket.owner.post == "C:community_officer"

    def test_an_appeal_goes_one_level_up(self):
        """Once, with words; by who reported it."""
        change = done(rejected(opened()), Action.APPEAL, REPORTER, text="这是公共区域")

        assert names(change) == [EventType.APPEALED, EventType.ESCALATED]
        assert reasons(change) == [Reason.APPEALED]
        ticket = change.case.ticket
        assert (ticket.status, ticket.level, ticket.appealed) == (Status.ASSIGNED, "community", True)
        assert ticket.accept_by > SOON
        assert tried(rejected(change.case), Action.APPEAL, REPORTER, text="再次") is Refusal.TOO_OFTEN
        assert tried(rejected(opened()), Action.APPEAL, REPORTER) is Refusal.TEXT_MISSING
        cosigner = By(resident=Part.COSIGNER, household="U-1")
        assert tried(rejected(cosigned(opened(), [1])), Action.APPEAL, cosigner, text="不服") is Refusal.NOT_YOUR_PART

    def test_at_the_top_an_appeal_goes_to_the_top_again(self):
        """There is nobody above; it is looked at once more."""
        case = opened(category="conduct")
        case = rejected(tick(case, TOWN, case.due_at).case)
        change = done(case, Action.APPEAL, REPORTER, text="请再看一次")

        assert names(change) == [EventType.APPEALED]
        assert (change.case.ticket.level, change.case.ticket.status) == ("subdistrict", Status.ASSIGNED)


class TestErasing:
    def test_words_and_photos_go_once_it_is_over(self):
        """Not while it is open; then they are gone, what was sealed stays sealed, and a repeat changes nothing."""
        case = opened(title="灯", location_note="302", photos=("a" * 64,))
        assert erase_words(case, SOON) is None

        over = resolved(case)
        change = erase_words(over, SOON)
        ticket = change.case.ticket
        assert names(change) == [EventType.ERASED]
        assert [text.text for text in (ticket.title, ticket.description, ticket.location_note)] == [None] * 3
        assert ticket.description.digest == case.ticket.description.digest
        assert (ticket.photos, change.case.due_at) == ((), over.due_at)
        assert erase_words(change.case, SOON).events == ()


class TestTheOneComplainedOf:
    def test_has_no_part_in_it(self):
        """A unit head complained of neither sees nor confirms; the others at work do."""
        case = cosigned(opened(about_role="unit_head"), [1])

        assert standings(case, UNIT_HEAD, TOWN, SOON) == ()
        assert [who.part for who in standings(case, OFFICER, TOWN, SOON)] == [Part.OWNER]


class TestForms:
    def test_a_resident_is_offered_what_residents_do(self):
        """Each action of residents, open or why not; none of those at work."""
        case = opened()
        found = {each.action: each.refused for each in forms(case, standings(case, REPORTER, TOWN, SOON), TOWN, SOON)}

        assert found[Action.COMMENT] is None
        assert found[Action.WITHDRAW] is None
        assert found[Action.REOPEN] is Refusal.WRONG_STATUS
        assert Action.ACCEPT not in found
        assert Action.CONFIRM_HOUSEHOLD not in found
