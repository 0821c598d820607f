"""The one sentence under any sequence of actions, clocks, news and directories (hypothesis, stateful).

Examples and steps are chosen so that the file runs in half a minute; where ``CI`` is set hypothesis repeats the
same examples each time.
"""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.routing.domain.actions import ACTIONS
from services.routing.domain.case import Case, Change, too_late, work_time_of
from services.routing.domain.doing import RESIDENTS, do, forms, refusal
from services.routing.domain.holding import change_hands, holder_of, work_changes_hands
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.restamping import restamp
from services.routing.domain.ticking import tick, unreachable
from shared.contracts.commands import By, Details
from shared.contracts.events import PostUnreachable, TicketClosed, TicketEscalated, TicketOverdue, TicketReminded
from shared.contracts.queries import Form
from shared.contracts.ticket import Seat, Voice
from shared.contracts.vocabulary import Action, Grade, Part, Refusal, Status, Urgency
from shared.directory import Town
from tests.acting import seat_of, standing, write
from tests.builders import CATEGORIES, MONDAY_10, ROLES, a_submission
from tests.unit.routing.filled import HOWS, WRONG, fill, missing
from tests.unit.routing.laws import IN_WORK, OVER, PAUSED, at_top, check_case, check_change, check_owner, seats
from tests.unit.routing.towns import POST_CODES, directory_by_chance, without

MINUTES = st.one_of(st.integers(0, 90), st.integers(0, 60 * 24 * 3), st.integers(0, 60 * 24 * 45))
"""From moments to weeks, so that runs cross holidays, make-up days and the year's end."""

PARTS = st.sampled_from((Part.OWNER, Part.OWNER, Part.HANDLER, Part.ABOVE, Part.AT_DOOR, Part.SUMMONER))

STARTS = st.integers(0, 60 * 24 * 330).map(lambda minutes: MONDAY_10 + timedelta(minutes=minutes))


class OneTicket(RuleBasedStateMachine):
    """A ticket from its opening on; ``case`` is it, ``now`` the clock, ``town`` the directory in force."""

    def __init__(self) -> None:
        super().__init__()
        self.case: Case
        self.past: list[Seat] = []

    @initialize(
        number=st.integers(0, 99),
        door=st.sampled_from(("D-U", "D-V")),
        start=STARTS,
        delay=MINUTES,
        category=st.sampled_from((*CATEGORIES, "gone")),
        about=st.sampled_from((None, None, None, "mayor", *ROLES)),
        urgency=st.sampled_from((None, *Urgency)),
        outer=st.one_of(st.none(), st.none(), st.integers(-60 * 24, 60 * 24 * 40)),
    )
    def opens(self, number, door, start, delay, category, about, urgency, outer) -> None:
        """A ticket opens at once, or after it waited in the queue; a repeat opens it just so."""
        self.town = Town(directory_by_chance(number))
        self.now = start + timedelta(minutes=delay)
        submission = a_submission(
            door_code=door,
            category=category,
            about_role=about,
            urgency=urgency,
            submitted_at=start,
            outer_limit=None if outer is None else start + timedelta(minutes=outer),
        )
        change = open_case(submission, self.town, self.now, write)
        assert change == open_case(submission, self.town, self.now, write)
        late = too_late(change.case.ticket, self.now)
        assert [event.ticket.version for event in change.events] == ([1, 2, 3] if late else [1, 2])
        assert change.case.ticket.overdue == late
        self.case = change.case
        self.remember()

    @rule(minutes=MINUTES)
    def waits(self, minutes) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.case.due_at is not None)
    @rule(late=st.sampled_from((-1, 0, 1)))
    def waits_for_the_clock(self, late) -> None:
        """To the moment when it rings, a second before, a second after."""
        self.now = max(self.now, self.case.due_at + timedelta(seconds=late))

    @rule()
    def rings(self) -> None:
        """What is due happens; the same moment rings nothing again."""
        change = tick(self.case, self.town, self.now)
        assert bool(change.events) == (self.case.due_at is not None and self.case.due_at <= self.now)
        self.take(change)
        assert tick(self.case, self.town, self.now).events == ()

    @rule(
        action=st.sampled_from(sorted(ACTIONS)),
        part=PARTS,
        how=HOWS,
        number=st.integers(0, 7),
        to=st.sampled_from((None, None, None, "nobody", *ROLES, *POST_CODES)),
    )
    def acts(self, action, part, how, number, to) -> None:
        """What was offered succeeds, what was not is refused and changes nothing."""
        if who := standing(self.case, part, self.town, self.now):
            found = {form.action: form for form in forms(self.case, (who,), self.town, self.now)}
            form = found.get(action, Form(action=action, refused=Refusal.NOT_YOUR_PART))
            self.attempts(who, form, how, number, to)

    @rule(part=PARTS, how=st.sampled_from(("wholly", "needed")), pick=st.integers(0, 30), number=st.integers(0, 7))
    def does_what_is_open(self, part, how, pick, number) -> None:
        """One of what is offered, as the form asks for it."""
        if who := standing(self.case, part, self.town, self.now):
            found = [form for form in forms(self.case, (who,), self.town, self.now) if form.refused is None]
            if found:
                self.attempts(who, found[pick % len(found)], how, number, None)

    def attempts(self, who, form, how, number, to) -> None:
        if who.seat:
            self.checks_the_link(who.seat)
        action, why_not = form.action, refusal(self.case, form.action, who, self.town, self.now)
        assert form.refused == why_not
        filled = fill(form, how, number, to, self.now)
        before = self.case.ticket.model_dump_json()
        words = write(filled.details.text) if filled.details.text else None
        outcome = do(self.case, action, (who,), filled.details, words, self.town, self.now)
        assert self.case.ticket.model_dump_json() == before
        if expected := why_not or missing(form, filled.details):
            assert outcome == expected
        elif isinstance(outcome, Change):
            assert outcome.events
            self.take(outcome)
        else:
            assert outcome in WRONG
            assert not filled.rightly

    def checks_the_link(self, seat) -> None:
        """An action link works for whoever holds the post now, and for nobody else."""
        post = self.town.post(seat.post)
        link = By(person="somebody else", post=seat.post, assignment=seat.assignment)
        assert seat_of(self.case, link, self.town, self.now) is None
        if post and (holder := self.town.holder(post, self.now)):
            assert seat_of(self.case, link.model_copy(update={"person": holder}), self.town, self.now) == seat
            assert seat_of(self.case, By(person=holder), self.town, self.now) in self.case.ticket.seats

    @rule(
        action=st.sampled_from(sorted(each for each, rule in ACTIONS.items() if RESIDENTS.intersection(rule.parts))),
        part=st.sampled_from(sorted(RESIDENTS)),
        number=st.integers(0, 6),
        text=st.sampled_from((None, "说明")),
        grade=st.sampled_from((None, *Grade)),
    )
    def residents_act(self, action, part, number, text, grade) -> None:
        """Whoever they are, with whatever comes with it; what is refused changes nothing."""
        voice, household = None, None
        if part is not Part.REPORTER:
            voice = Voice(household=f"flat {number}", place=("U", "V")[number % 2])
            household = voice.household
        by = By(resident=part, household=household)
        words = write(text) if text else None
        details = Details(text=text, grade=grade)
        who = standings(self.case, by, self.town, self.now)
        outcome = do(self.case, action, who, details, words, self.town, self.now, voice)
        if isinstance(outcome, Change):
            self.take(outcome)

    @rule(number=st.integers(0, 6), post=st.sampled_from(POST_CODES))
    def a_household_is_confirmed(self, number, post) -> None:
        """By whoever holds some post; what is confirmed once is confirmed."""
        held = self.town.post(post)
        holder = self.town.holder(held, self.now) if held else None
        if holder is None:
            return
        confirmed = self.case.ticket.confirmed_households
        details = Details(household=f"flat {number}")
        who = standings(self.case, By(person=holder), self.town, self.now)
        outcome = do(self.case, Action.CONFIRM_HOUSEHOLD, who, details, None, self.town, self.now)
        if isinstance(outcome, Change):
            climbed = any(isinstance(event, TicketEscalated) for event in outcome.events)
            assert not climbed or confirmed + 1 == self.case.policy.cosign_threshold
            self.take(outcome)

    @rule(data=st.data())
    def news_of_a_post(self, data) -> None:
        """Nobody was reached at a post: of now, of an earlier assignment, or of one that never was."""
        named = [(seat.post, seat.assignment) for seat in (*seats(self.case.ticket), *self.past)]
        post, assignment = data.draw(st.sampled_from([*named, ("K:property_manager", 99)]))
        news = PostUnreachable(at=self.now, ticket_id=self.case.ticket.id, post=post, assignment=assignment)
        change = unreachable(self.case, news, self.town, self.now)
        if (post, assignment) not in [(seat.post, seat.assignment) for seat in seats(self.case.ticket)]:
            assert change.events == ()
        if not too_late(self.case.ticket, self.now):
            assert not any(isinstance(event, TicketOverdue) for event in change.events), "no limit has passed"
        self.take(change)

    @rule(number=st.integers(100, 999))
    def the_directory_changes(self, number) -> None:
        """A new version moves nothing that runs."""
        self.town = Town(directory_by_chance(number))

    @precondition(lambda self: hasattr(self, "case") and self.case.ticket.status in (*IN_WORK, *PAUSED))
    @rule(away=st.booleans())
    def the_owner_changes_hands(self, away) -> None:
        """Nobody stays the owner of what nobody has accepted, unless there is nobody else; what runs goes on."""
        if away and (post := self.town.post(self.case.ticket.owner.post)):
            self.town = without(self.town, post, self.now)
        before = self.case
        self.take(change_hands(before, self.town, self.now))
        if holder_of(before.ticket.owner, self.town, self.now):
            assert (self.case.due_at, self.case.ticket.owner) == (before.due_at, before.ticket.owner)
        elif self.case == before and before.ticket.status is Status.ASSIGNED:
            assert at_top(before.ticket, before.policy)

    @precondition(lambda self: hasattr(self, "case") and self.case.ticket.status in (*IN_WORK, *PAUSED))
    @rule()
    def the_handler_changes_hands(self) -> None:
        """Nobody works whose post is gone, and the owner stays who it was."""
        before = self.case
        self.take(work_changes_hands(before, self.town, self.now))
        assert self.case.ticket.owner == before.ticket.owner
        for seat in self.case.ticket.seats[1:]:
            assert (post := self.town.post(seat.post)) and self.town.staffed(post)

    @precondition(lambda self: hasattr(self, "case"))
    @rule()
    def the_holidays_are_known(self) -> None:
        """The limits are set anew by the calendars in force; a second look finds nothing."""
        self.take(restamp(self.case, self.town, self.now))
        assert restamp(self.case, self.town, self.now) == Change(self.case)

    @invariant()
    def the_one_sentence(self) -> None:
        if hasattr(self, "case"):
            check_case(self.case)

    def teardown(self) -> None:
        """Left alone from here on, the ticket closes, or reaches the top and is reminded each working day."""
        if hasattr(self, "case"):
            self.is_left_alone()

    def is_left_alone(self) -> None:
        rung = 0
        while self.case.due_at is not None and not self.case.ticket.overdue:
            self.now = max(self.now, self.case.due_at)
            self.rings()
            rung += 1
            assert rung <= 2 * len(self.case.policy.ladder) + 2
        if self.case.due_at is None:
            assert self.case.ticket.status in OVER
            return
        assert at_top(self.case.ticket, self.case.policy)
        for _ in range(3):
            start = work_time_of(self.case.ticket.owner, self.town).next_start(self.now)
            self.now = max(self.now, self.case.due_at)
            change = tick(self.case, self.town, self.now)
            assert [type(event) for event in change.events] == [TicketReminded]
            self.take(change)
            assert self.case.due_at > self.now >= min(start, self.now)

    def take(self, change: Change) -> None:
        check_change(self.case, change, self.now)
        before, self.case = self.case, change.case
        if before.ticket.status is Status.WITHDRAWN:
            assert change.events == ()
        if before.ticket.status is not self.case.ticket.status is Status.CLOSED:
            assert isinstance(change.events[-1], TicketClosed)
        self.remember()

    def remember(self) -> None:
        """No assignment's number is ever given to another: its action link would work again."""
        for seat in seats(self.case.ticket):
            known = {each.assignment: each for each in self.past}.get(seat.assignment)
            assert known is None or (known.post, known.since) == (seat.post, seat.since)
            if known is None:
                if seat == self.case.ticket.owner:
                    check_owner(self.case, self.town, self.now)
                assert seat.assignment > max((each.assignment for each in self.past), default=0)
                self.past.append(seat)


OneTicket.TestCase.settings = settings(max_examples=600, stateful_step_count=40)
TestOneTicket = OneTicket.TestCase
