"""Who sees what of a ticket. Pure; the rules are the preset's ``visibility`` (``shared.contracts.vocabulary``).

Personal data is in no view: it is not in the ticket. Where a person can be told from the rest (a flat's number in
the location note, a name in an officer's note) the public does not see it.
"""

from uuid import UUID

from services.intake.masking import mask_optional
from services.intake.shapes import EntryView, SeatView, TicketView
from shared.contracts.queries import TicketRecord, TimelineEntry
from shared.contracts.ticket import FreeText, PlaceRef, Seat, Ticket
from shared.contracts.vocabulary import EventType, Status, Visibility
from shared.ids import ticket_code

DELIVERIES = frozenset({EventType.NOTIFIED, EventType.NOTIFICATION_FAILED})
PUBLIC_TEXTS = frozenset({EventType.RESOLVED})
"""The result is for everybody; notes and reasons are between those who work on it and the reporter."""


def reporters_view(record: TicketRecord) -> TicketView:
    """All of it: for who reported it and for who works on it."""
    return _whole(record.ticket, record.timeline)


def submitted_view(ticket_id: UUID, place: PlaceRef | None) -> TicketView:
    """What a tracking token alone tells: it was handed in, and nobody has recorded more yet."""
    return TicketView(
        code=ticket_code(ticket_id), status=Status.SUBMITTED, place=place, level=None, owner=None, handler=None,
        category=None, kind=None, urgency=None, opened_at=None, accept_by=None, resolve_by=None, provisional=False,
        overdue=False, escalations=0, version=0, title=None, description=None, location_note=None, timeline=(),
    )  # fmt: skip


def public_view(record: TicketRecord) -> TicketView | None:
    """What anybody may see who knows the code; None where the matter is not shown at all."""
    match record.ticket.visibility:
        case Visibility.FULL | Visibility.TEXT:
            return _texts_only(record)
        case Visibility.STATUS:
            return _status_only(record)
        case Visibility.HIDDEN:
            return None


def _texts_only(record: TicketRecord) -> TicketView:
    view = _whole(record.ticket, record.timeline)
    timeline = tuple(
        entry.model_copy(update={"text": mask_optional(entry.text) if entry.type in PUBLIC_TEXTS else None})
        for entry in _public_entries(view)
    )
    masked = {"title": mask_optional(view.title), "description": mask_optional(view.description)}
    return view.model_copy(update={**masked, "location_note": None, "timeline": timeline})


def _status_only(record: TicketRecord) -> TicketView:
    view = _whole(record.ticket, record.timeline)
    nobody = {"actor_role": None, "text": None}
    nothing = dict.fromkeys(("owner", "handler", "place", "category", "title", "description", "location_note"))
    timeline = tuple(entry.model_copy(update=nobody) for entry in _public_entries(view))
    return view.model_copy(update={**nothing, "timeline": timeline})


def _public_entries(view: TicketView) -> list[EntryView]:
    return [entry for entry in view.timeline if entry.type not in DELIVERIES]


def _whole(ticket: Ticket, timeline: tuple[TimelineEntry, ...]) -> TicketView:
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
        opened_at=ticket.opened_at,
        accept_by=ticket.accept_by,
        resolve_by=ticket.resolve_by,
        provisional=ticket.provisional,
        overdue=ticket.overdue,
        escalations=ticket.escalations,
        version=ticket.version,
        title=ticket.title,
        description=_text(ticket.description),
        location_note=_text(ticket.location_note),
        timeline=tuple(_entry(entry) for entry in timeline),
    )


def _seat(seat: Seat | None) -> SeatView | None:
    return None if seat is None else SeatView(role=seat.role, post=seat.post, name=seat.name)


def _text(text: FreeText | None) -> str | None:
    return None if text is None else text.text


def _entry(entry: TimelineEntry) -> EntryView:
    return EntryView(**entry.model_dump(exclude={"version"}))
