"""The sentences of a message: why you, what happened, until when. Plain words: old people read them."""

from collections.abc import Iterator

from services.notify.domain.whom import SEATED, Purpose
from services.notify.writing import at_work, by_residents, of_several
from services.notify.writing.texts import Telling, clean, in_script, level_name, moment, written
from shared.contracts import events
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason, Urgency
from shared.i18n import Speaker


def lines(telling: Telling) -> list[str]:
    """Why you, what happened, until when: one sentence a line."""
    match telling.purpose:
        case Purpose.REPLACED:
            return list(_to_replaced(telling))
        case Purpose.RELEASED:
            return [telling.say("Your help with it is no longer needed. Thank you.")]
        case Purpose.REPORTER | Purpose.ALSO_REPORTED | Purpose.COSIGNER:
            return [*_danger(telling), *_goes_on(telling), *_to_reporter(telling)]
        case _:
            return [*_danger(telling), *_to_staff(telling)]


def exactly(telling: Telling) -> list[str]:
    """What only those who must act read, in a letter: where exactly, and whom it is about."""
    say, ticket = telling.say, telling.ticket
    if telling.purpose not in SEATED or telling.in_group:
        return []
    note = ticket.location_note.text if ticket.location_note else None
    role = telling.town.role(ticket.about_role) if ticket.about_role else None
    found = []
    if note:
        found.append(say("Where exactly: {note}", note=clean(note)))
    if role:
        found.append(say("The complaint is about: {role}", role=say.name(role.name, role.name_en)))
    return found


def _danger(telling: Telling) -> Iterator[str]:
    if telling.ticket.urgency is Urgency.DANGER and telling.ticket.status.is_open:
        yield telling.say("Danger to life: call 119 (fire), 110 (police) or 120 (ambulance) first.")


def _goes_on(telling: Telling) -> Iterator[str]:
    """To who reported what was merged into it: the code and the words are another's."""
    if telling.purpose is Purpose.ALSO_REPORTED:
        yield telling.say("What you reported goes on as part of issue {code}.", code=telling.ticket.code)


def _to_staff(telling: Telling) -> Iterator[str]:
    say, ticket = telling.say, telling.ticket
    if telling.purpose is Purpose.DOOR:
        yield say("A household at your door has co-signed. Please sign in and confirm it, if it lives there.")
        return
    owner, handler = _name(ticket.owner, say), _name(ticket.handler or ticket.owner, say)
    if telling.in_group:
        yield say("Responsible: {owner}.", owner=owner)
    elif telling.purpose is Purpose.OWNER:
        yield say("You are responsible for this issue as {post}.", post=owner)
    elif telling.purpose is Purpose.ASKED:
        yield say("{owner} asks for your consent.", owner=owner)
    elif telling.purpose is Purpose.HANDLER:
        yield say("You do the work as {post}; {owner} is responsible.", post=handler, owner=owner)
    elif telling.purpose is Purpose.SUMMONED:
        yield say("{owner} asks you to come and help, and stays responsible.", owner=owner)
    else:
        yield say("For your information: {owner} is responsible. You need not do anything.", owner=owner)
    yield from _what_happened(telling)
    if telling.purpose in (Purpose.OWNER, Purpose.HANDLER) or telling.in_group:
        yield from _until(telling)
    if text := written(telling):
        yield say("Note: {text}", text=text)


def _what_happened(telling: Telling) -> Iterator[str]:
    say, event = telling.say, telling.event
    match event:
        case events.TicketEscalated():
            yield climbed(event, telling)
        case events.TicketReminded(reason=reason) if reason.is_new_holder:
            if not telling.in_group:
                yield say("You answer for this post now, and the issue is open with it.")
        case events.TicketReminded(reason=reason) if reason not in (Reason.ASKED_FOR, Reason.TASK_OVERDUE):
            yield from _late(event.reason, telling)
        case events.TicketOverdue():
            yield from _late(event.reason, telling)
            yield say("The public page shows it as overdue.")
        case events.TicketRestamped(reason=Reason.COSIGNED):
            urgency = say.word(event.ticket.urgency)
            yield say("Enough households co-signed: it counts as “{urgency}” now.", urgency=urgency)
        case events.TicketRestamped():
            yield say("Its limits have moved: {reason}.", reason=say.word(event.reason))
        case events.TicketHandedBack():
            yield say("It was handed back to you. Please choose who should do it.")
        case events.TicketAssigned(reason=Reason.ASSIGNED_DOWN) if telling.in_group:
            yield say("Given to: {handler}.", handler=_name(event.ticket.handler, say))
        case _:
            yield from at_work.to_staff(telling)
            yield from of_several.to_staff(telling)
            yield from by_residents.to_staff(telling)


def _late(reason: Reason, telling: Telling) -> Iterator[str]:
    """Which limit has passed, or that somebody could not be reached: then all the time is left."""
    say, ticket = telling.say, telling.ticket
    match reason:
        case Reason.UNREACHABLE:
            yield say("Not everybody responsible could be reached. Please make sure that somebody is working on it.")
            return
        case Reason.HANDLER_OVERDUE if telling.purpose is Purpose.HANDLER:
            yield say("The time that you were given for the work is up.")
        case Reason.HANDLER_OVERDUE:
            yield say("The time that {handler} was given for the work is up.", handler=_name(ticket.handler, say))
        case Reason.ACCEPT_OVERDUE:
            yield say("The time to accept it is up.")
        case _:
            yield say("The time to settle it is up.")
    if not telling.in_group:
        yield from _please(reason, telling)


def _please(reason: Reason, telling: Telling) -> Iterator[str]:
    """What is asked of whom: an owner who has time left is not told that it is up."""
    match reason, telling.purpose:
        case Reason.HANDLER_OVERDUE, Purpose.OWNER:
            yield telling.say("Please ask them how it stands, or give the work to another.")
        case Reason.ACCEPT_OVERDUE, Purpose.OWNER:
            yield telling.say("Please accept it now.")
        case Reason.HANDLER_OVERDUE | Reason.RESOLVE_OVERDUE, Purpose.OWNER | Purpose.HANDLER:
            yield telling.say("Please settle it now.")


def _to_replaced(telling: Telling) -> Iterator[str]:
    handler = _name(telling.ticket.handler, telling.say)
    if isinstance(telling.event, events.TicketMerged):
        yield telling.say("It goes on as part of issue {code}. You need not do anything more.", code=telling.event.into)
    elif isinstance(telling.event, events.TicketWithdrawn) and telling.ticket.parent:
        yield telling.say("It is not needed any more. You need not do anything.")
    elif isinstance(telling.event, events.TicketWithdrawn):
        yield telling.say("Who reported it has withdrawn it. You need not do anything more.")
    elif not isinstance(telling.event, events.TicketAssigned):
        yield from at_work.to_replaced(telling)
    elif telling.in_group:
        yield telling.say("Given to: {handler}.", handler=handler)
    else:
        yield telling.say("The work was given to {handler}. You need not do anything more.", handler=handler)


def _name(seat: Seat | None, say: Speaker) -> str:
    return in_script(seat.name, say) if seat else ""


def climbed(event: events.TicketEscalated, telling: Telling) -> str:
    """From where to where, and each step's reason once."""
    say = telling.say
    reasons = dict.fromkeys(say.word(step.reason) for step in event.steps)
    return say(
        "It moved up from {below} to {above}: {reasons}.",
        below=level_name(event.steps[0].from_level, telling),
        above=level_name(event.steps[-1].level, telling),
        reasons=say(", ").join(reasons),
    )


def _until(telling: Telling) -> Iterator[str]:
    """The limits that have not passed."""
    say, ticket, now = telling.say, telling.ticket, telling.event.at
    if ticket.owner is None or (ticket.pause and ticket.pause.since):
        return
    unsure = say(" (provisional)") if ticket.provisional else ""
    is_handler = telling.purpose is Purpose.HANDLER and ticket.handler
    if ticket.accept_by and ticket.accept_by > now and not ticket.owner.accepted_at and not is_handler:
        yield say("Please accept by {moment}.", moment=moment(ticket.accept_by, telling) + unsure)
    by = ticket.handler.due_by if is_handler and ticket.handler and ticket.handler.due_by else ticket.resolve_by
    if by and by > now:
        yield say("Please settle by {moment}.", moment=moment(by, telling) + unsure)


def _to_reporter(telling: Telling) -> Iterator[str]:
    say, ticket, event = telling.say, telling.ticket, telling.event
    owner = _name(ticket.owner, say)
    match event:
        case events.TicketAccepted():
            yield say("{owner} has taken on your issue.", owner=owner)
            if ticket.resolve_by and ticket.resolve_by > event.at:
                yield say("It should be settled by {moment}.", moment=moment(ticket.resolve_by, telling))
        case events.TicketEscalated():
            yield climbed(event, telling)
            yield say("{owner} is responsible for it now.", owner=owner)
        case events.TicketMerged():
            yield say("Others have reported the same. Yours goes on as part of issue {code}.", code=event.into)
            yield say("You will hear how that one is going.")
        case events.TicketUnmerged():
            yield say("It had been merged into another issue, and stands for itself again.")
            yield say("{owner} is responsible for it now.", owner=owner)
        case events.TicketResolved():
            yield say("{post} says that it is settled.", post=_name(_seat_of(event), say))
            again = telling.town.policy_for(ticket.category).reopen_within
            yield say(
                "If it is not, it can be reopened until {amount} {unit} after it is closed: please tell the community.",
                amount=again.amount,
                unit=say.word(again.unit),
            )
            if text := written(telling):
                yield say("What was done: {text}", text=text)
        case _:
            yield from at_work.to_reporter(telling)


def _seat_of(event: events.TicketEvent) -> Seat | None:
    """Whose doing it was: the handler's, or else the owner's."""
    owner, handler = event.ticket.owner, event.ticket.handler
    return handler if handler and event.actor and event.actor.post == handler.post else owner
