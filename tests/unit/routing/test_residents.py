"""What residents do with a ticket, told as short stories on the pure domain."""

from services.routing.domain.case import Change
from services.routing.domain.doing import forms
from services.routing.domain.erasing import erase_words
from services.routing.domain.parts import standings
from shared.contracts.commands import By
from shared.contracts.ticket import Actor
from shared.contracts.vocabulary import Action, EventType, Grade, Part, Reason, Refusal, Status
from shared.directory import Town
from tests.acting import write
from tests.unit.routing.neighbours import (
    NEIGHBOUR,
    OFFICER,
    REPORTER,
    SOON,
    TOWN,
    UNIT_HEAD,
    cosigned,
    done,
    names,
    opened,
    resolved,
    tried,
)


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


class TestFiledByAPost:
    def test_nobody_judges_his_own_work(self):
        """Where the post that filed it, or its holder, has done the work: no word of how good it was by that token."""
        head, manager = (Actor(post=post, role=post[2:]) for post in ("U:unit_head", "K:property_manager"))
        for filed_by in (manager, head):
            case = resolved(opened(filed_by=filed_by))
            own = filed_by == manager
            said = (tried(case, Action.CONFIRM, REPORTER), tried(case, Action.RATE, REPORTER, grade=Grade.VERY_GOOD))
            assert [each is Refusal.OWN_WORK for each in said] == [own, own]
            assert isinstance(tried(case, Action.REOPEN, REPORTER, text="没修好"), Change), "what is not done is said"
        posts = tuple(
            post.model_copy(update={"person": "p-U-unit_head"}) if post.role == "property_manager" else post
            for post in TOWN.directory.posts
        )
        town = Town(TOWN.directory.model_copy(update={"posts": posts}))
        case = resolved(opened(filed_by=head))
        assert tried(case, Action.CONFIRM, REPORTER, town=town) is Refusal.OWN_WORK, "one person at two posts"


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

    def test_a_household_s_words_are_its_own(self):
        """What it adds names it, without a name; it erases them once the ticket is over, and the ticket's own stay."""
        case, household = cosigned(opened(), [1], confirmed=1), By(resident=Part.COSIGNER, household="U-1")
        said = done(case, Action.COMMENT, household, text="我家也黑").events
        assert [event.household for event in (*said, *done(case, Action.COMMENT, REPORTER, text="黑").events)] == [
            "U-1",
            None,
        ]
        assert done(resolved(case), Action.REOPEN, household, text="又坏了").events[0].household == "U-1"
        assert erase_words(case, SOON, "U-1") is None
        [erased] = erase_words(resolved(case), SOON, "U-1").events
        assert (erased.household, erased.ticket.description.text) == ("U-1", case.ticket.description.text)


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
