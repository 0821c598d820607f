"""From an order of the hotline to what intake says: its derived id, its place, the outer limit. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.intake import submission
from services.intake.addresses import addresses_of
from services.intake.masking import mask
from services.intake.shapes.hotline import HotlineOrder
from services.intake.shapes.tickets import NewTicket
from services.intake.submission import Wrong
from shared import ids
from shared.contracts.commands import RecordReporter, SubmitTicket
from shared.contracts.directory import Place
from shared.contracts.vocabulary import Source
from shared.directory import Town


@dataclass(frozen=True)
class Fitting:
    """An order that fits the directory."""

    ticket_id: UUID
    order: HotlineOrder
    new: NewTicket
    place: Place
    place_name: str


def fit(secret: bytes, order: HotlineOrder, town: Town, default_place: Place | None) -> Fitting | list[Wrong]:
    """The order with its place and its category, or what the directory in force does not know of it."""
    place = _place(order, town, default_place)
    category = _category(order.category, town)
    if isinstance(place, Wrong):
        return [place, *([] if category else [submission.NO_CATEGORY])]
    new = NewTicket(
        door_code=place.code,
        description=order.description,
        kind=order.kind,
        category=category or order.category,
        urgency=order.urgency,
        title=order.title,
        location_note=order.address,
        anonymous=order.anonymous,
        reporter=order.reporter,
        source=Source.HOTLINE,
        external_ref=order.external_ref,
        about_role=order.about_role,
    )
    if wrong := submission.check_matter(new, town):
        return wrong
    return Fitting(order_id(secret, order.external_ref), order, new, place, town.full_name(place.code))


def order_id(secret: bytes, external_ref: str) -> UUID:
    """By the hotline's number alone: the same order is the same ticket, whatever else is written in it now."""
    return ids.ticket_id(secret, external_ref, f"{Source.HOTLINE}:", b"")


def _place(order: HotlineOrder, town: Town, default: Place | None) -> Place | Wrong:
    """Codes are meant as they are; an address that names no place, or several, leaves it to the default."""
    if order.door_code is not None:
        return town.door(order.door_code) or submission.NO_DOOR
    if order.place is not None:
        return town.place(order.place) or submission.NO_PLACE
    found = addresses_of(town).find(order.address) if order.address else []
    if len(found) == 1:
        return found[0]
    if default is not None:
        return default
    if order.address is None:
        return Wrong("address", "Say where: a door code, the code of a place, or an address.")
    if found:
        return Wrong("address", "The address names several places of the directory.")
    return Wrong("address", "The address names no place of the directory.")


def _category(code: str, town: Town) -> str | None:
    """Ours, or the one that is the only one with that code in another system."""
    if town.category(code):
        return code
    found = [each.code for each in town.directory.categories if each.external_code == code]
    return found[0] if len(found) == 1 else None


def commands(fitting: Fitting, submitted_at: datetime, language: str) -> tuple[RecordReporter | None, SubmitTicket]:
    """What a resident's issue would be said as, but at a place, and within the hotline's limit."""
    reporter, submit = submission.commands(fitting.new, fitting.ticket_id, submitted_at, language)
    deadline = fitting.order.deadline
    more = {"door_code": "", "place": fitting.place.code, "outer_limit": deadline and deadline.astimezone(UTC)}
    return reporter, submit.model_copy(update=more)


def differs(order: HotlineOrder, deadline: datetime | None, description: str | None) -> tuple[str, ...]:
    """What a repeat says otherwise than the order that is here (its words masked; None where they were erased). Nothing
    is changed by it, no running clock is moved."""
    other = {
        "description": description is not None and description != mask(order.description),
        "deadline": deadline != order.deadline,
    }
    return tuple(field for field, differs in other.items() if differs)
