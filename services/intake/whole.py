"""Everything that any view of a ticket could show. Who sees which of it: ``visibility``. Pure."""

from collections import Counter
from collections.abc import Callable

from services.intake.shapes.views import (
    ContactView,
    GradeCount,
    PauseView,
    PhotoView,
    SeatView,
    SummonsView,
    TaskView,
    TicketView,
)
from shared.contracts.ticket import FreeText, Seat, Summons, Ticket
from shared.contracts.vocabulary import Grade
from shared.ids import ticket_code

Show = Callable[[str], PhotoView]
"""A photo's links, by its id. They open it for whoever has them: only photos that the asker may see get any."""


def whole_view(ticket: Ticket, show: Show | None) -> TicketView:
    """Without a timeline; without photos where nothing shows them."""
    grades = Counter(each for each in (ticket.grade, *ticket.others_grades) if each)
    return TicketView(
        code=ticket.code,
        status=ticket.status,
        level=ticket.level,
        owner=_seat(ticket.owner),
        handler=_seat(ticket.handler),
        handler_due_by=ticket.handler.due_by if ticket.handler else None,
        place=ticket.place,
        category=ticket.category,
        kind=ticket.kind,
        urgency=ticket.urgency,
        about_role=ticket.about_role,
        opened_at=ticket.opened_at,
        accept_by=ticket.accept_by,
        resolve_by=ticket.resolve_by,
        provisional=ticket.provisional,
        overdue=ticket.overdue,
        supervised=ticket.supervised,
        pause=PauseView(**ticket.pause.model_dump(exclude={"left_seconds"})) if ticket.pause else None,
        paused_until=ticket.pause.until if ticket.pause and ticket.pause.since else None,
        settled=ticket.settled,
        contacted_at=ticket.contacted_at,
        called_back=ContactView(**ticket.called_back.model_dump()) if ticket.called_back else None,
        escalations=ticket.escalations,
        reopenings=ticket.reopenings,
        voices=len(ticket.voices),
        confirmed_voices=sum(voice.confirmed_at is not None for voice in ticket.voices),
        grades=tuple(GradeCount(grade=grade, households=grades[grade]) for grade in Grade if grades[grade]),
        summoned=tuple(view for seat in ticket.helpers if (view := _seat(seat))),
        summonses=tuple(_summons(each) for each in ticket.summoned),
        tasks=tuple(TaskView(**task.model_dump(include={"code", "post", "ended_at"})) for task in ticket.tasks),
        parent=ticket_code(ticket.parent) if ticket.parent else None,
        merged_into=ticket_code(ticket.merged_into) if ticket.merged_into else None,
        filed_by=ticket.filed_by.role if ticket.filed_by else None,
        source=ticket.source,
        policy=ticket.policy,
        anonymous=ticket.anonymous,
        external_ref=ticket.external_ref,
        outer_limit=ticket.outer_limit,
        version=ticket.version,
        title=_text(ticket.title),
        description=_text(ticket.description),
        location_note=_text(ticket.location_note),
        photos=tuple(show(photo) for photo in ticket.photos) if show else None,
    )


def _seat(seat: Seat | None) -> SeatView | None:
    return None if seat is None else SeatView(role=seat.role, post=seat.post, name=seat.name)


def _summons(summons: Summons) -> SummonsView:
    seat = summons.seat
    return SummonsView(
        role=seat.role,
        post=seat.post,
        name=seat.name,
        summoned_at=seat.since,
        arrived_at=summons.arrived_at,
        released_at=summons.released_at,
    )


def _text(text: FreeText | None) -> str | None:
    return None if text is None else text.text
