"""What is said of what residents do with a ticket, to those at work."""

from collections.abc import Iterator

from services.notify.writing.texts import Telling
from shared.contracts import events


def to_staff(telling: Telling) -> Iterator[str]:
    say, event = telling.say, telling.event
    match event:
        case events.TicketReopened():
            yield say("A resident says that it is not settled: it is open again.")
        case events.TicketAppealed():
            yield say("The resident does not accept that it was not taken up: please look at it anew.")
        case events.TicketCommented():
            yield say("A resident has added something.")
        case events.TicketHouseholdConfirmed():
            count = event.ticket.confirmed_households
            yield say("Households that have the same issue, confirmed: {count}.", count=count)
