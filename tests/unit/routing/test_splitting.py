"""Parts of the work with owners of their own: the whole and its parts always agree, and splitting lets nobody off."""

from datetime import timedelta

import pytest

from services.routing.domain.aftermath import aftermath
from services.routing.domain.case import Case, Change, parent_of
from services.routing.domain.doing import do
from services.routing.domain.opening import open_case
from services.routing.domain.parts import standings
from services.routing.domain.ticking import tick
from shared.contracts.commands import By, Details, NewTask
from shared.contracts.events import TicketAssigned, TicketOverdue, TicketReminded, TicketSubmitted, TicketWithdrawn
from shared.contracts.vocabulary import Action, EventType, Part, Reason, Refusal, Source, Status, Visibility
from shared.directory import Town
from tests.acting import act_as, write
from tests.builders import MONDAY_10, a_submission, a_town

TOWN = a_town()
OFFICER = By(person="p-C-community_officer")
REPORTER = By(resident=Part.REPORTER)
TASKS = (NewTask(text="清理楼道", to="property_manager"), NewTask(text="上门劝导", to="C:grid_worker"))
LATER = MONDAY_10 + timedelta(hours=1)


class Whole:
    """A ticket at the community's officer, with all that becomes of it and its tasks."""

    def __init__(self, **differences: object) -> None:
        case = open_case(a_submission(**{"category": "conduct", **differences}), TOWN, MONDAY_10, write).case
        self.id, self.cases, self.events = case.ticket.id, {case.ticket.id: case}, []

    @property
    def case(self) -> Case:
        return self.cases[self.id]

    @property
    def tasks(self) -> list[Case]:
        return [self.cases[task.ticket_id] for task in self.case.ticket.tasks]

    def act(self, id, action: Action, by: By = OFFICER, text: str | None = None, **details) -> Change | Refusal:
        case, now = self.cases[id], LATER
        words = write(text) if text else None
        texts = tuple(write(each.text) for each in details.get("tasks", ()))
        others = tuple(each for each in self.cases.values() if each is not case)
        found = standings(case, by, TOWN, now, parent_of(case.ticket, others))
        return self.take(
            do(case, action, found, Details(text=text, **details), words, TOWN, now, by=by, others=others, tasks=texts)
        )

    def ring(self, id) -> Change:
        case = self.cases[id]
        change = aftermath(case, tick(case, TOWN, case.due_at), tuple(self.cases.values()), case.due_at)
        return self.take(change)

    def take(self, outcome):
        if isinstance(outcome, Change):
            for each in (outcome, *outcome.beside):
                self.cases[each.case.ticket.id] = each.case
            check(self)
        return outcome

    def split(self) -> None:
        assert isinstance(self.act(self.id, Action.SPLIT, tasks=TASKS), Change)


def check(whole: Whole) -> None:
    """The parent says of each task whether it is over; an ended parent has no open task; no task outlasts it."""
    for task in whole.case.ticket.tasks:
        case = whole.cases[task.ticket_id]
        assert case.ticket.parent == whole.id
        assert (task.ended_at is None) == case.ticket.status.is_open
        assert whole.case.ticket.status.is_open or not case.ticket.status.is_open
        assert (case.due_at is not None) == (case.ticket.status.is_open or case.ticket.status is Status.RESOLVED)


def test_each_part_has_an_owner_and_a_clock_within_the_wholes():
    """The words are the task's own; it is not public, has no reporter, and its time ends with the parent's."""
    whole = Whole(location_note="302室")
    whole.act(whole.id, Action.ACCEPT)
    owner, due_at = whole.case.ticket.owner, whole.case.due_at
    whole.split()

    assert [case.ticket.description.text for case in whole.tasks] == ["清理楼道", "上门劝导"]
    assert [case.ticket.owner.post for case in whole.tasks] == ["K:property_manager", "C:grid_worker"]
    assert (whole.case.ticket.owner, whole.case.due_at) == (owner, due_at), "the whole stays where it is"
    for case in whole.tasks:
        ticket = case.ticket
        assert (ticket.source, ticket.visibility, ticket.reporter_ref) == (Source.SYSTEM, Visibility.HIDDEN, None)
        assert (ticket.location_note, ticket.title) == (None, None)
        assert LATER < case.due_at <= ticket.resolve_by <= whole.case.ticket.resolve_by
    assert len({case.ticket.id for case in (whole.case, *whole.tasks)}) == 3


def test_who_splits_has_accepted():
    """As whoever assigns the work down: from then on the owner's time to settle the whole runs."""
    whole = Whole()
    change = whole.act(whole.id, Action.SPLIT, tasks=TASKS)
    assert [event.name for event in change.events] == [EventType.ACCEPTED, EventType.SPLIT]
    assert whole.case.due_at == whole.case.ticket.resolve_by
    assert whole.act(whole.id, Action.ACCEPT) is Refusal.WRONG_STATUS


def test_a_new_task_is_told_like_any_ticket():
    """Submitted and assigned, beside the parent's event."""
    whole = Whole()
    change = whole.act(whole.id, Action.SPLIT, tasks=TASKS)
    assert [[type(event) for event in each.events] for each in change.beside] == [[TicketSubmitted, TicketAssigned]] * 2
    again = Whole()
    again.id, again.cases = (
        whole.id,
        {whole.id: open_case(a_submission(ticket_id=whole.id, category="conduct"), TOWN, MONDAY_10, write).case},
    )
    repeated = again.act(again.id, Action.SPLIT, tasks=TASKS)
    assert [each.case.ticket.id for each in repeated.beside] == [each.case.ticket.id for each in change.beside]


def test_the_whole_is_settled_after_its_parts():
    """Refused while a task is open; each end is told to the parent, the last one opens the way."""
    whole = Whole()
    whole.split()
    for number, case in enumerate(whole.tasks, start=1):
        assert whole.act(whole.id, Action.RESOLVE, text="灯亮了") is Refusal.TASKS_OPEN
        holder = By(person=f"p-{case.ticket.owner.post.replace(':', '-')}")
        assert isinstance(whole.act(case.ticket.id, Action.RESOLVE, holder, text="好了"), Change)
        assert sum(task.ended_at is not None for task in whole.case.ticket.tasks) == number
    assert isinstance(whole.act(whole.id, Action.RESOLVE, text="灯亮了"), Change)


def test_a_late_task_stays_and_its_parents_owner_hears_of_it():
    """It never climbs: it is marked late, and who answers for the whole is reminded, each time anew."""
    whole = Whole()
    whole.split()
    [task, _] = whole.tasks
    for kind in (TicketOverdue, TicketReminded):
        change = whole.ring(task.ticket.id)
        assert [type(event) for event in change.events] == [kind]
        [beside] = change.beside
        [event] = beside.events
        assert (type(event), event.reason, event.ticket.id) == (TicketReminded, Reason.TASK_OVERDUE, whole.id)
        assert beside.case.due_at == whole.case.due_at
    late = whole.cases[task.ticket.id].ticket
    assert (late.level, late.owner, late.overdue) == (task.ticket.level, task.ticket.owner, True)
    manager = By(person="p-K-property_manager")
    assert whole.act(task.ticket.id, Action.ESCALATE, manager, "请上级处理") is Refusal.TOP_OF_LADDER


def test_without_the_whole_its_parts_are_pointless():
    """Withdrawn with all its tasks that are open; one that had ended stays as it ended."""
    whole = Whole(anonymous=False)
    whole.split()
    [first, second] = whole.tasks
    whole.act(first.ticket.id, Action.RESOLVE, By(person="p-K-property_manager"), text="好了")
    change = whole.act(whole.id, Action.WITHDRAW, REPORTER)
    assert isinstance(change, Change)
    assert [[type(event) for event in each.events] for each in change.beside] == [[TicketWithdrawn]]
    assert [case.ticket.status for case in whole.tasks] == [Status.RESOLVED, Status.WITHDRAWN]
    assert whole.cases[second.ticket.id].due_at is None


def test_who_answers_for_the_whole_is_above_its_parts():
    """So that he can ask how one stands; the task's owner is not above the whole."""
    whole = Whole()
    whole.split()
    [task, _] = whole.tasks
    assert Part.ABOVE in [who.part for who in standings(task, OFFICER, TOWN, LATER, whole.case)]
    assert Part.ABOVE not in [who.part for who in standings(whole.case, By(person="p-K-property_manager"), TOWN, LATER)]


def test_that_is_who_owns_the_whole_now_whoever_owns_such_matters():
    """Transferred sideways, its new owner can withdraw what he has split off; who owned it before cannot."""
    whole, manager, worker = Whole(category="lighting"), By(person="p-K-property_manager"), By(person="p-C-grid_worker")
    assert isinstance(whole.act(whole.id, Action.TRANSFER, manager, "归口不同", to="grid_worker"), Change)
    assert isinstance(
        whole.act(whole.id, Action.SPLIT, worker, tasks=(NewTask(text="查", to="urban_management"),)), Change
    )
    [task] = whole.tasks
    assert whole.act(task.ticket.id, Action.WITHDRAW, manager) is Refusal.NOT_YOURS
    assert isinstance(whole.act(task.ticket.id, Action.WITHDRAW, worker), Change)


def test_a_task_that_is_not_needed_is_withdrawn_by_who_answers_for_the_whole():
    """So that nobody can keep the whole open for ever; what is no task is its reporter's to withdraw."""
    whole = Whole()
    whole.split()
    for case in whole.tasks:
        assert isinstance(whole.act(case.ticket.id, Action.WITHDRAW), Change)
    assert isinstance(whole.act(whole.id, Action.RESOLVE, text="灯亮了"), Change)
    whole = Whole()
    subdistrict = By(person="p-S-subdistrict_officer")
    assert whole.act(whole.id, Action.WITHDRAW, subdistrict) is Refusal.NOT_YOUR_PART


@pytest.mark.parametrize("to", ["C:community_officer", "S:subdistrict_officer", "nobody"])
def test_a_part_goes_to_whom_one_may_give_work(to):
    """Not to oneself, not upwards, not to nobody: and none of the others is made."""
    whole = Whole()
    assert whole.act(whole.id, Action.SPLIT, tasks=(*TASKS, NewTask(text="其他", to=to))) is Refusal.NO_SUCH_POST


def test_a_task_is_not_split_again():
    """One whole, one row of parts."""
    whole = Whole()
    whole.split()
    manager = By(person="p-K-property_manager")
    [task, _] = whole.tasks
    assert whole.act(task.ticket.id, Action.SPLIT, manager, tasks=TASKS) is Refusal.IS_TASK


def test_a_task_is_stamped_anew_as_a_task():
    """Its whole time stays its own level's; and there is nothing to do where the policy is the one it has."""
    whole = Whole()
    whole.split()
    [task, _] = whole.tasks
    assert act_as(Part.ABOVE, task, Action.RESTAMP, TOWN, LATER) is Refusal.NOTHING_TO_DO
    policy = TOWN.directory.policy.model_copy(update={"version": "2"})
    change = act_as(Part.ABOVE, task, Action.RESTAMP, Town(TOWN.directory.model_copy(update={"policy": policy})), LATER)
    assert change.case.policy.version == "2"
    assert change.case.ticket.resolve_by == task.ticket.resolve_by, "only the version is another"
