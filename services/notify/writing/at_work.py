"""What is said of what those at work do with a ticket besides carrying it up the ladder."""

from collections.abc import Iterator

from services.notify.writing.texts import Telling, in_script, moment, written
from shared.contracts import events
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import Reason


def to_staff(telling: Telling) -> Iterator[str]:
    """What happened, to whoever has to know at work."""
    say, event = telling.say, telling.event
    match event:
        case events.TicketSuspensionAsked():
            yield say("It is to be suspended until {moment}.", moment=_review(telling))
        case events.TicketSuspensionDeclined():
            yield say("The level above does not consent to suspend it. The time runs on.")
        case events.TicketSuspended():
            yield say("It is suspended until {moment}. Until then no time runs.", moment=_review(telling))
        case events.TicketDeliberated():
            yield say("It is in deliberation until {moment}. Until then no time runs.", moment=_review(telling))
        case events.TicketResumed():
            yield say("The work goes on, and the time runs again.")
        case events.TicketSupervised():
            yield say("The level above watches how it goes.")
        case events.TicketReminded(reason=Reason.ASKED_FOR):
            yield say("Somebody has asked how it stands. Please see to it.")
        case events.TicketTakenBack(reason=Reason.HANDLER_VACANT):
            yield say(
                "Nobody holds the post of {post} any more: the work is yours again.",
                post=_name(event.replaced, telling),
            )
        case events.TicketTransferred():
            yield say("It was transferred from {post}.", post=_name(event.replaced, telling))


def to_replaced(telling: Telling) -> Iterator[str]:
    """To a handler whose work ended with that."""
    say, owner = telling.say, telling.ticket.owner
    match telling.event:
        case events.TicketTakenBack() if owner:
            yield say("{owner} does the work from now on.", owner=_name(owner, telling))
        case events.TicketRejected():
            yield say("It was not taken up.")
    if not telling.in_group:
        yield say("You need not do anything more.")


def to_reporter(telling: Telling) -> Iterator[str]:
    """What became of their issue, and why."""
    say, event = telling.say, telling.event
    match event:
        case events.TicketSuspended():
            yield say("Your issue is suspended. We look at it again on {moment}.", moment=_review(telling))
        case events.TicketDeliberated():
            yield say("Your issue is being talked over with those concerned, until {moment}.", moment=_review(telling))
        case events.TicketResumed():
            yield say("The work on your issue goes on.")
            if event.ticket.resolve_by and event.ticket.resolve_by > event.at:
                yield say("It should be settled by {moment}.", moment=moment(event.ticket.resolve_by, telling))
        case events.TicketTransferred() if event.ticket.owner:
            yield say("{owner} is responsible for it now.", owner=_name(event.ticket.owner, telling))
        case events.TicketRejected():
            yield say("Your issue was not taken up. If you do not agree, you can appeal once.")
        case _:
            return
    if text := written(telling):
        yield say("Why: {text}", text=text)


def _review(telling: Telling) -> str:
    pause = telling.ticket.pause
    return moment(pause.until, telling) if pause else ""


def _name(seat: Seat, telling: Telling) -> str:
    return in_script(seat.name, telling.say)
