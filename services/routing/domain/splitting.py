"""Parts of the work become tickets of their own (拆分), each with an owner; the whole stays with the parent's owner.

A task's whole time is its own level's, and ends where the parent's does. It never climbs: when it is late, the
parent's owner is told, who answers for all of it.
"""

from datetime import datetime
from fractions import Fraction
from uuid import uuid5

from services.routing.domain.case import Case, Change, Doing, Standing, happen, too_late
from services.routing.domain.climbing import overdue
from services.routing.domain.effects import below, named, nobody_below
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import matter_of
from shared.contracts.directory import Policy, Post
from shared.contracts.events import TicketAssigned, TicketSplit, TicketSubmitted
from shared.contracts.ticket import FreeText, Task, Ticket
from shared.contracts.vocabulary import Refusal, Source, Status, Visibility
from shared.directory import Town
from shared.ids import ticket_code

MOST_TASKS = 100
"""They travel with every event of their parent."""


def cannot_split(case: Case, who: Standing, town: Town, now: datetime) -> Refusal | None:
    return Refusal.IS_TASK if case.ticket.parent else nobody_below(case, who, town, now)


def split(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    """A task for each text, to the post named with it: one of those that the owner may give work to."""
    ticket, posts = case.ticket, tuple(below(case, town, now))
    owners = [post for asked in doing.details.tasks if (post := named(asked.to, posts))]
    if len(owners) < len(doing.tasks):
        return Refusal.NO_SUCH_POST
    if len(ticket.tasks) + len(owners) > MOST_TASKS:
        return Refusal.TOO_OFTEN
    opened = [
        _open(case, number, post, text, town, now)
        for number, (post, text) in enumerate(zip(owners, doing.tasks, strict=True))
    ]
    tasks = tuple(
        Task(ticket_id=each.case.ticket.id, code=each.case.ticket.code, post=post.code)
        for each, post in zip(opened, owners, strict=True)
    )
    changes = {"tasks": (*ticket.tasks, *tasks)}
    done = happen(TicketSplit, case, now, due_at=case.due_at, by=doing, changes=changes, tasks=tasks)
    return done.together_with(*opened)


def _open(parent: Case, number: int, post: Post, text: FreeText, town: Town, now: datetime) -> Change:
    task = _task(parent.ticket, number, text, now)
    case = Case(task, whole_time(parent.policy, task.level), None)
    submitted = happen(TicketSubmitted, case, now, due_at=now)
    matter = matter_of(task, case.policy, town)
    owner, given, due_at = give_to(submitted.case, post, task.level, matter, town, now)
    changes = {**given, "handler": owner, "also_told": (), "in_digest": ()}
    opened = submitted.then(happen(TicketAssigned, submitted.case, now, due_at=due_at, changes=changes))
    return opened.then(overdue(opened.case, town, now)) if too_late(task, now) else opened


def _task(parent: Ticket, number: int, text: FreeText, now: datetime) -> Ticket:
    """Without the parent's words: they can be erased there alone. Its id follows from the event that makes it."""
    id = uuid5(parent.id, f"task/{parent.version}/{number}")
    return Ticket(
        id=id,
        code=ticket_code(id),
        version=0,
        status=Status.SUBMITTED,
        level=parent.level,
        place=parent.place,
        category=parent.category,
        matter=parent.matter,
        kind=parent.kind,
        urgency=parent.urgency,
        visibility=Visibility.HIDDEN,
        title=None,
        description=text,
        location_note=None,
        anonymous=False,
        reporter_ref=None,
        about_role=parent.about_role,
        photos=(),
        source=Source.SYSTEM,
        external_ref=None,
        policy=parent.policy,
        opened_at=now,
        outer_limit=parent.resolve_by,
        parent=parent.id,
    )


def whole_time(policy: Policy, level: str) -> Policy:
    """As a task has it: no other level has a share in it."""
    shares = {level: Fraction(1)}
    ladder = (rung.model_copy(update={"share": shares.get(rung.level, Fraction(0))}) for rung in policy.ladder)
    return policy.model_copy(update={"ladder": tuple(ladder)})
