"""Several tickets that merge, split and summon under any sequence of actors, clocks and directories (hypothesis,
stateful): what one ticket tells of another is so.
"""

from datetime import timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.routing.domain.aftermath import aftermath
from services.routing.domain.case import Case, Change, relatives
from services.routing.domain.doing import do, forms
from services.routing.domain.holding import change_hands, work_changes_hands
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.restamping import restamp
from services.routing.domain.ticking import tick, unreachable
from shared.contracts.commands import By, Details, NewTask
from shared.contracts.events import PostUnreachable, TicketCosigned, TicketEvent
from shared.contracts.queries import Form
from shared.contracts.ticket import Ticket, Voice
from shared.contracts.vocabulary import Action, Detail, Part, Refusal, Status, Urgency
from shared.directory import Town
from tests.acting import write
from tests.builders import CATEGORIES, MONDAY_10, a_submission
from tests.unit.routing.filled import fill, missing
from tests.unit.routing.laws import IN_WORK, PAUSED, check_case, check_change, seats
from tests.unit.routing.towns import directory_by_chance

MINUTES = st.one_of(st.integers(0, 90), st.integers(0, 60 * 24 * 3), st.integers(0, 60 * 24 * 45))
CHOICE = st.integers(0, 99)
HOWS = st.sampled_from(("wholly", "needed"))
RIGHT = st.sampled_from((1, 4, 5, 8))
"""Numbers with which ``fill`` fills a form rightly."""
MATTERS = st.lists(
    st.tuples(st.sampled_from(("D-U", "D-V")), st.sampled_from(sorted(CATEGORIES))), min_size=3, max_size=3
)
ANSWERING = {Part.OWNER, Part.HANDLER, Part.ABOVE}
ABOUT_SEVERAL = (Action.MERGE, Action.UNMERGE, Action.SPLIT, Action.WHISTLE, Action.ARRIVE, Action.RELEASE)


class SeveralTickets(RuleBasedStateMachine):
    """``told``: every event of each ticket; ``signed``: the households that co-signed each by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: dict[UUID, Case] = {}
        self.told: dict[UUID, list[TicketEvent]] = {}
        self.signed: dict[UUID, set[str]] = {}

    @initialize(number=st.integers(0, 99), minutes=st.integers(0, 60 * 24 * 330), matters=MATTERS)
    def open(self, number, minutes, matters) -> None:
        self.town = Town(directory_by_chance(number))
        self.now = MONDAY_10 + timedelta(minutes=minutes)
        for id, (door, category) in enumerate(matters, start=1):
            new = {"ticket_id": UUID(int=id), "reporter_ref": UUID(int=id), "submitted_at": self.now}
            submission = a_submission(door_code=door, category=category, **new)
            self.take(open_case(submission, self.town, self.now, write))

    @rule(minutes=MINUTES)
    def time_passes(self, minutes) -> None:
        """Every clock that is due rings, as in routing: once, and a task's with its parent at hand."""
        self.now += timedelta(minutes=minutes)
        for id in list(self.cases):
            case = self.cases[id]
            self.take(aftermath(case, tick(case, self.town, self.now), self.others(case), self.now))
            assert tick(self.cases[id], self.town, self.now).events == ()

    @rule(which=CHOICE, who=CHOICE, pick=CHOICE, number=RIGHT, how=HOWS)
    def somebody_acts(self, which, who, pick, number, how) -> None:
        """Any action of anybody's, as its form asks for it: it was said whether it would succeed."""
        case = self.case(which)
        somebody = self.anybody(case)
        by = somebody[who % len(somebody)]
        if found := self.forms(case, by):
            self.tries(case, by, found[pick % len(found)], number, how, pick)
        else:
            assert self.does(case, Action.NOTE, by, Details(text="说明")) is Refusal.NOT_YOURS

    @rule(which=CHOICE, pick=st.integers(0, 999), number=RIGHT, how=HOWS, several=st.booleans())
    def what_is_open_is_done(self, which, pick, number, how, several) -> None:
        """By whoever may; every other time what concerns several, where there is such a thing."""
        case = self.case(which)
        found = [(by, form) for by in self.anybody(case) for form in self.forms(case, by) if form.refused is None]
        rare = [(by, form) for by, form in found if several and form.action in ABOUT_SEVERAL]
        if choice := rare or found:
            by, form = choice[pick % len(choice)]
            self.tries(case, by, form, number, how, pick // len(choice))

    @rule(which=CHOICE, flat=CHOICE)
    def a_household_signs(self, which, flat) -> None:
        case, by = self.case(which), By(resident=Part.NEIGHBOUR)
        for form in self.forms(case, by) if case.ticket.parent is None else ():
            self.tries(case, by, form, 1, "needed", flat)

    def case(self, which: int) -> Case:
        return list(self.cases.values())[which % len(self.cases)]

    def anybody(self, case: Case) -> list[By]:
        """Everybody at work, and the residents; a task has none."""
        town, now = self.town, self.now
        people = sorted({person for post in town.directory.posts if (person := town.holder(post, now))})
        at_work = [By(person=person) for person in people]
        if case.ticket.parent:
            return at_work
        signed = [By(resident=Part.COSIGNER, household=voice.household) for voice in case.ticket.voices]
        through = [By(resident=Part.REPORTER, through=each.ticket_id) for each in case.ticket.also_reported]
        return [*at_work, By(resident=Part.REPORTER), By(resident=Part.NEIGHBOUR), *signed, *through]

    def forms(self, case: Case, by: By) -> tuple[Form, ...]:
        return forms(case, standings(case, by, self.town, self.now), self.town, self.now)

    def tries(self, case: Case, by: By, form: Form, number: int, how: str, other: int) -> None:
        details = self.filled(case, form, number, how, other)
        voice = Voice(household=f"flat {other % 7}", place="UV"[other % 2]) if form.action is Action.COSIGN else None
        outcome = self.does(case, form.action, by, details, voice)
        if form.refused:
            assert outcome == form.refused
            return
        assert form.posts or not {Detail.TO, Detail.POSTS, Detail.TASKS} & {*form.needs}, "open, with nobody to choose"
        if lacking := missing(form, details):
            assert outcome == lacking
        elif expected := self.in_the_way(case, by, form.action, details, voice):
            assert outcome is expected
        else:
            assert isinstance(outcome, Change), (form, details, outcome)

    def filled(self, case: Case, form: Form, number: int, how: str, other: int) -> Details:
        """Rightly, with another ticket, a part of the work, a household as they are there."""
        more: dict[str, object] = {}
        if Detail.TICKET in form.needs:
            more["ticket"] = self.case(other).ticket.code
        if Detail.TASKS in form.needs and form.posts:
            more["tasks"] = tuple(
                NewTask(text="分项", to=form.posts[each % len(form.posts)].post) for each in range(number % 4 + 1)
            )
        waiting = [voice.household for voice in case.ticket.voices if not voice.confirmed_at]
        if Detail.HOUSEHOLD in form.needs and waiting:
            more["household"] = waiting[other % len(waiting)]
        details = fill(form, how, number, None, self.now).details.model_copy(update={"ticket": None, "household": None})
        return details.model_copy(update=more)

    def in_the_way(self, case: Case, by: By, action: Action, details: Details, voice: Voice | None) -> Refusal | None:
        """What no form can know before it is filled in, or without another ticket."""
        ticket = case.ticket
        match action:
            case Action.MERGE:
                return self.unfit(ticket, self.named(details), by)
            case Action.UNMERGE:
                return Refusal.OTHER_TICKET if self.into(ticket).status is Status.MERGED else None
            case Action.COSIGN:
                there = {each.household for each in ticket.voices}
                return Refusal.ALREADY if voice and voice.household in there else None
            case Action.CONFIRM_HOUSEHOLD:
                [asked] = [each for each in ticket.voices if each.household == details.household]
                at_door = self.town.posts_at_door(asked.place, ticket.about_role)
                mine = by.person in {self.town.holder(post, self.now) for post in at_door}
                return None if mine else Refusal.NOT_YOUR_PART
        return None

    def unfit(self, one: Ticket, into: Ticket, by: By) -> Refusal | None:
        """The other is less urgent; both in one subdistrict, of no post, within nobody else's limit, as all here."""
        parts = {who.part for who in standings(self.cases[into.id], by, self.town, self.now)}
        whole = one.parent is None and into.parent is None
        reasons = (
            (one.id == into.id, Refusal.SAME_TICKET),
            (not parts & ANSWERING, Refusal.OTHER_TICKET),
            (not into.status.is_open, Refusal.OTHER_NOT_OPEN),
            (not whole, Refusal.OTHER_TICKET),
            ([*Urgency].index(into.urgency) > [*Urgency].index(one.urgency), Refusal.LESS_URGENT),
        )
        return next((reason for so, reason in reasons if so), None)

    def named(self, details: Details) -> Ticket:
        return next(case.ticket for case in self.cases.values() if case.ticket.code == details.ticket)

    def into(self, ticket: Ticket) -> Ticket:
        assert ticket.merged_into
        return self.cases[ticket.merged_into].ticket

    def does(
        self, case: Case, action: Action, by: By, details: Details, voice: Voice | None = None
    ) -> Change | Refusal:
        """With the cases at hand that routing locks for it."""
        found = standings(case, by, self.town, self.now)
        words = write(details.text) if details.text else None
        tasks = tuple(write(each.text) for each in details.tasks)
        others = self.others(case, details.ticket)
        outcome = do(case, action, found, details, words, self.town, self.now, voice, by=by, others=others, tasks=tasks)
        if isinstance(outcome, Change):
            self.take(outcome)
        return outcome

    def others(self, case: Case, named: str | None = None) -> tuple[Case, ...]:
        wanted = relatives(case.ticket) | {id for id, each in self.cases.items() if each.ticket.code == named}
        return tuple(self.cases[id] for id in wanted - {case.ticket.id})

    @rule(which=CHOICE, pick=CHOICE)
    def nobody_was_reached(self, which, pick) -> None:
        case = self.case(which)
        there = [*seats(case.ticket), *case.ticket.helpers]
        seat = there[pick % len(there)]
        news = PostUnreachable(at=self.now, ticket_id=case.ticket.id, post=seat.post, assignment=seat.assignment)
        self.take(aftermath(case, unreachable(case, news, self.town, self.now), self.others(case), self.now))

    @rule(number=st.integers(0, 999))
    def the_directory_changes(self, number) -> None:
        """Owners change hands; limits are set anew where the holidays are known by now."""
        self.town = Town(directory_by_chance(number))
        for id in list(self.cases):
            if self.cases[id].ticket.status in (*IN_WORK, *PAUSED):
                self.take(change_hands(self.cases[id], self.town, self.now))
                self.take(work_changes_hands(self.cases[id], self.town, self.now))
            self.take(restamp(self.cases[id], self.town, self.now))

    def take(self, change: Change) -> None:
        for each in (Change(change.case, change.events), *change.beside):
            id = each.case.ticket.id
            if id in self.cases:
                check_change(self.cases[id], each, self.now)
            check_case(each.case)
            self.cases[id] = each.case
            self.told.setdefault(id, []).extend(each.events)
            cosigned = (event.household for event in each.events if isinstance(event, TicketCosigned))
            self.signed.setdefault(id, set()).update(cosigned)

    @invariant()
    def each_chain_is_whole(self) -> None:
        for id, events in self.told.items():
            assert [event.ticket.version for event in events] == list(range(1, len(events) + 1))
            assert events[-1].ticket == self.cases[id].ticket
            assert {event.ticket.id for event in events} == {id}

    @invariant()
    def merged_and_absorbed_agree(self) -> None:
        for id, case in self.cases.items():
            ticket, way = case.ticket, [case.ticket.id]
            assert (ticket.merged_into is not None) == (ticket.status is Status.MERGED)
            assert all(self.cases[each].ticket.merged_into == id for each in ticket.absorbed)
            while into := self.cases[way[-1]].ticket.merged_into:
                assert way[-1] in self.cases[into].ticket.absorbed
                assert into not in way, "what goes on as something else comes to an end somewhere"
                way.append(into)

    @invariant()
    def everybody_who_spoke_up_is_heard_once(self) -> None:
        """A ticket has the voices and reporters of itself and of what it has absorbed, and no others."""
        for id, case in self.cases.items():
            ticket, inside = case.ticket, [self.cases[each].ticket for each in case.ticket.absorbed]
            heard = [voice.household for voice in ticket.voices]
            others = {voice.household for each in inside for voice in each.voices}
            assert sorted(heard) == sorted(self.signed[id] | others)
            reported = [report.ticket_id for report in ticket.also_reported]
            below = [report.ticket_id for each in inside for report in each.also_reported]
            assert sorted(reported) == sorted([each.id for each in inside] + below)

    @invariant()
    def tasks_and_parents_agree(self) -> None:
        """A task is over when its parent says so, and with its parent; none outlasts it."""
        for id, case in self.cases.items():
            for task in case.ticket.tasks:
                part = self.cases[task.ticket_id].ticket
                assert part.parent == id
                assert (task.ended_at is None) == part.status.is_open
                assert case.ticket.status.is_open or not part.status.is_open
            if parent := case.ticket.parent:
                assert id in [task.ticket_id for task in self.cases[parent].ticket.tasks]

    @invariant()
    def who_helps_helps_what_is_open(self) -> None:
        assert all(case.ticket.status.is_open or not case.ticket.helpers for case in self.cases.values())


SeveralTickets.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
TestSeveralTickets = SeveralTickets.TestCase
