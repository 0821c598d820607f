"""Who sees what of a ticket. Pure; the rules are the preset's ``visibility`` (``shared.contracts.vocabulary``).

Personal data is in no view: it is not in the ticket. Where a person can be told from the rest (a flat's number in
the location note, a name in an officer's note) the public does not see it.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar
from uuid import UUID

from services.intake.masking import mask_optional
from services.intake.shapes import EntryView, PhotoView, SeatView, TicketView
from shared.contracts.queries import TicketRecord, TimelineEntry
from shared.contracts.ticket import FreeText, PlaceRef, Seat, Ticket
from shared.contracts.vocabulary import EventType, Status, Urgency, Visibility
from shared.ids import ticket_code

DELIVERIES = frozenset({EventType.NOTIFIED, EventType.NOTIFICATION_FAILED})
PUBLIC_RESULTS = frozenset({EventType.RESOLVED})
"""The result is for everybody; notes and reasons are between those who work on it and the reporter."""

Entry = TypeVar("Entry", EntryView, TimelineEntry)

Show = Callable[[str], PhotoView]
"""A photo's links, by its id. They open it for whoever has them: only photos that the asker may see get any."""


def reporters_view(record: TicketRecord, show: Show) -> TicketView:
    """All of it: for who reported it and for who works on it."""
    return _whole(record.ticket, record.timeline, show)


def submitted_view(ticket_id: UUID, place: PlaceRef | None) -> TicketView:
    """What a tracking token alone tells: it was handed in, and nobody has recorded more yet."""
    return TicketView(
        code=ticket_code(ticket_id), status=Status.SUBMITTED, place=place, provisional=False, escalations=0
    )


def public_view(record: TicketRecord, show: Show) -> TicketView | None:
    """What anybody may see who knows the code; None where the matter is not shown at all."""
    match record.ticket.visibility:
        case Visibility.FULL:
            return _without_notes(record, show)
        case Visibility.TEXT:
            return _without_photos(_without_notes(record, show))
        case Visibility.STATUS:
            return _status_only(record)
        case Visibility.HIDDEN:
            return None


def left_view(record: TicketRecord, show: Show) -> TicketView:
    """What a post sees of a ticket that it has no more: the public's view; of what is not public, how it stands."""
    return public_view(record, show) or _status_only(record)


def _without_notes(record: TicketRecord, show: Show) -> TicketView:
    view = _whole(record.ticket, record.timeline, show)
    timeline = tuple(
        entry.model_copy(
            update={"text": mask_optional(entry.text)} if entry.type in PUBLIC_RESULTS else {"text": None, "photos": ()}
        )
        for entry in _public_entries(view.timeline)
    )
    masked = {"about_role": None, "title": mask_optional(view.title), "description": mask_optional(view.description)}
    return view.model_copy(update={**masked, "location_note": None, "timeline": timeline})


def _without_photos(view: TicketView) -> TicketView:
    timeline = tuple(entry.model_copy(update={"photos": ()}) for entry in view.timeline)
    return view.model_copy(update={"photos": None, "timeline": timeline})


def _status_only(record: TicketRecord) -> TicketView:
    """Kind and status, and what the public must know all the same: that it is overdue, that it is dangerous."""
    ticket = record.ticket
    return TicketView(
        code=ticket.code,
        status=ticket.status,
        kind=ticket.kind,
        urgency=ticket.urgency if ticket.urgency is Urgency.DANGER else None,
        opened_at=ticket.opened_at,
        overdue=ticket.overdue,
        version=ticket.version,
        timeline=tuple(EntryView(at=entry.at, type=entry.type) for entry in _public_entries(record.timeline)),
    )


def _public_entries(timeline: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in timeline if entry.type not in DELIVERIES]


def _whole(ticket: Ticket, timeline: tuple[TimelineEntry, ...], show: Show) -> TicketView:
    return TicketView(
        code=ticket.code,
        status=ticket.status,
        level=ticket.level,
        owner=_seat(ticket.owner),
        handler=_seat(ticket.handler),
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
        escalations=ticket.escalations,
        version=ticket.version,
        title=_text(ticket.title),
        description=_text(ticket.description),
        location_note=_text(ticket.location_note),
        photos=tuple(show(photo) for photo in ticket.photos),
        timeline=tuple(_entry(entry, show) for entry in timeline),
    )


def _seat(seat: Seat | None) -> SeatView | None:
    return None if seat is None else SeatView(role=seat.role, post=seat.post, name=seat.name)


def _text(text: FreeText | None) -> str | None:
    return None if text is None else text.text


def _entry(entry: TimelineEntry, show: Show) -> EntryView:
    photos = tuple(show(photo) for photo in entry.photos)
    return EntryView(**entry.model_dump(exclude={"version", "photos"}), photos=photos)
