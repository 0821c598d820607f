"""Who sees what of a ticket: one line of ``SHOWN`` for each audience. Pure.

What the public sees follows from the matter (the preset's ``visibility``). Personal data is in no view: it is not in
the ticket. Where a person can be told from the rest (a flat's number in the location note, a name in an officer's note)
the public does not see it.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final
from uuid import UUID

from services.intake.masking import mask_optional
from services.intake.shapes.views import ContactView, EntryView, TicketView
from services.intake.whole import Show, whole_view
from shared.contracts.queries import TicketRecord, TimelineEntry
from shared.contracts.ticket import PlaceRef, Ticket
from shared.contracts.vocabulary import EventType, Status, Urgency, Visibility
from shared.ids import ticket_code


class Audience(Enum):
    """For whom a view is. Of the public's three the matter decides."""

    AT_WORK = auto()
    REPORTER = auto()
    COSIGNER = auto()
    PUBLIC = auto()
    PUBLIC_WITHOUT_PHOTOS = auto()
    PUBLIC_STATUS = auto()


PUBLIC: Final[Mapping[Visibility, Audience]] = {
    Visibility.FULL: Audience.PUBLIC,
    Visibility.TEXT: Audience.PUBLIC_WITHOUT_PHOTOS,
    Visibility.STATUS: Audience.PUBLIC_STATUS,
}
"""Of a hidden matter the public sees nothing."""

STATUS_FIELDS: Final = frozenset({"code", "status", "kind", "opened_at", "overdue", "version", "timeline"})
TEXT_FIELDS: Final = STATUS_FIELDS | {
    "level", "owner", "handler", "place", "category", "urgency", "accept_by", "resolve_by", "provisional", "supervised",
    "paused_until", "settled", "escalations", "reopenings", "voices", "confirmed_voices", "grades", "summoned",
    "merged_into", "title", "description",
}  # fmt: skip
REPORTER_FIELDS: Final = TEXT_FIELDS | {
    "about_role", "location_note", "photos", "filed_by", "contacted_at", "called_back",
}  # fmt: skip
WORK_FIELDS: Final = REPORTER_FIELDS | {
    "pause", "handler_due_by", "summonses", "tasks", "parent", "source", "policy", "anonymous", "external_ref",
    "outer_limit",
}  # fmt: skip
SHOWN: Final[Mapping[Audience, frozenset[str]]] = {
    Audience.AT_WORK: WORK_FIELDS,
    Audience.REPORTER: REPORTER_FIELDS,
    Audience.COSIGNER: TEXT_FIELDS,
    Audience.PUBLIC: TEXT_FIELDS | {"photos"},
    Audience.PUBLIC_WITHOUT_PHOTOS: TEXT_FIELDS,
    Audience.PUBLIC_STATUS: STATUS_FIELDS,
}
"""The fields of ``TicketView``; ``duty_phone`` and ``merged_status`` are put in afterwards."""

ENTRY_FIELDS: Final = frozenset({"at", "type", "level", "from_level", "reason", "actor_role", "to_role"})
SHOWN_OF_ENTRY: Final[Mapping[Audience, frozenset[str]]] = {
    Audience.AT_WORK: ENTRY_FIELDS
    | {"channel", "text", "photos", "internal", "other", "grade", "actor_post", "contact"},
    Audience.REPORTER: ENTRY_FIELDS | {"channel", "text", "photos", "other", "grade"},
    Audience.COSIGNER: ENTRY_FIELDS,
    Audience.PUBLIC: ENTRY_FIELDS,
    Audience.PUBLIC_WITHOUT_PHOTOS: ENTRY_FIELDS,
    Audience.PUBLIC_STATUS: frozenset({"at", "type"}),
}
"""The fields of ``EntryView``; of a result see ``_entry``."""

INSIDERS: Final = (Audience.AT_WORK, Audience.REPORTER)
"""Who reads words as they are kept (contact data is masked on the way in, for others once more), and whom we told."""
DELIVERIES: Final = frozenset({EventType.NOTIFIED, EventType.NOTIFICATION_FAILED})
PUBLIC_RESULTS: Final = frozenset({EventType.RESOLVED})
"""The result is for everybody; notes and reasons are between those who work on it and the reporter."""


def view_for(audience: Audience, record: TicketRecord, show: Show) -> TicketView:
    """What the audience may see: every other field is as if it were not there."""
    whole = whole_view(record.ticket, show if "photos" in SHOWN[audience] else None)
    shown = SHOWN[audience] - {"timeline"}
    values = {name: getattr(whole, name) for name in shown}
    if audience not in INSIDERS:
        values |= {name: mask_optional(values[name]) for name in ("title", "description") if name in shown}
    if audience is Audience.PUBLIC_STATUS and whole.urgency is Urgency.DANGER:
        values["urgency"] = whole.urgency  # what the public must know all the same
    entries = (each for each in record.timeline if _is_shown(each, audience))
    return TicketView(**values, timeline=tuple(_entry(each, audience, show) for each in entries))


def words_are_public(ticket: Ticket) -> bool:
    """Whether anybody may read what it is about: then neighbours can stand behind it."""
    return "description" in SHOWN[PUBLIC.get(ticket.visibility, Audience.PUBLIC_STATUS)]


def as_neighbour(ticket: Ticket) -> Audience:
    """A co-signer, or a post at a co-signer's door: of a matter whose words are not public they see no more of it."""
    return Audience.COSIGNER if words_are_public(ticket) else Audience.PUBLIC_STATUS


def public_view(record: TicketRecord, show: Show) -> TicketView | None:
    """What anybody may see who knows the code; None where the matter is not shown at all."""
    audience = PUBLIC.get(record.ticket.visibility)
    return view_for(audience, record, show) if audience else None


def public_result(record: TicketRecord, show: Show) -> str | None:
    """What anybody may read of how it was settled; None while it is not, and where no words are public."""
    view = public_view(record, show)
    if view is None or view.status not in (Status.RESOLVED, Status.CLOSED):
        return None
    return next((entry.text for entry in reversed(view.timeline) if entry.type in PUBLIC_RESULTS), None)


def left_view(record: TicketRecord, show: Show) -> TicketView:
    """What a post sees of a ticket that it has no more: the public's view; of what is not public, how it stands."""
    return view_for(PUBLIC.get(record.ticket.visibility, Audience.PUBLIC_STATUS), record, show)


def submitted_view(ticket_id: UUID, place: PlaceRef | None) -> TicketView:
    """What a tracking token alone tells: it was handed in, and nobody has recorded more yet."""
    return TicketView(
        code=ticket_code(ticket_id), status=Status.SUBMITTED, place=place, provisional=False, escalations=0
    )


def _is_shown(entry: TimelineEntry, audience: Audience) -> bool:
    if entry.internal:
        return audience is Audience.AT_WORK
    return audience in INSIDERS or entry.type not in DELIVERIES


def _entry(entry: TimelineEntry, audience: Audience, show: Show) -> EntryView:
    """A result's words are for whoever sees the ticket's, its photos for whoever sees the ticket's photos."""
    shown, result = SHOWN_OF_ENTRY[audience], entry.type in PUBLIC_RESULTS
    values = {name: getattr(entry, name) for name in shown - {"text", "photos", "contact"}}
    if "contact" in shown and entry.contact:
        values["contact"] = ContactView(**entry.contact.model_dump())
    if "text" in shown:
        values["text"] = entry.text
    elif result and "description" in SHOWN[audience]:
        values["text"] = mask_optional(entry.text)
    if "photos" in shown or (result and "photos" in SHOWN[audience]):
        values["photos"] = tuple(show(photo) for photo in entry.photos)
    return EntryView(**values)
