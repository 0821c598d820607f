"""The sentences about what concerns several tickets or posts: merged, split, summoned."""

from collections.abc import Iterator

from services.notify.writing.texts import Telling, in_script
from shared.contracts import events
from shared.contracts.vocabulary import Reason
from shared.ids import ticket_code


def to_staff(telling: Telling) -> Iterator[str]:
    say, event = telling.say, telling.event
    match event:
        case events.TicketAssigned() if event.ticket.parent:
            yield say("It is a part of issue {code}.", code=ticket_code(event.ticket.parent))
        case events.TicketTaskEnded():
            post = telling.town.post(event.task.post)
            name = in_script(telling.town.post_name(post), say) if post else event.task.post
            yield say("The part of {post} is over: {code}.", post=name, code=event.task.code)
        case events.TicketReminded(reason=Reason.TASK_OVERDUE):
            yield say("A part of the work that was split off is late. Please see to it.")
        case events.TicketWhistled():
            yield say("Summoned: {posts}.", posts=say(", ").join(in_script(seat.name, say) for seat in event.seats))
        case events.TicketArrived():
            yield say("{post} has arrived.", post=in_script(event.seat.name, say))
        case events.TicketAbsorbed():
            yield say("Issue {code}, about the same, was merged into it.", code=event.other_code)
        case events.TicketRelinquished():
            yield say("Issue {code}, which had been merged into it, stands for itself again.", code=event.other_code)
        case events.TicketUnmerged():
            yield say("It had been merged into another issue, and stands for itself again.")
