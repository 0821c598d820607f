"""Who sees what: every field of every view, by the matter's visibility."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from services.intake.shapes import PhotoView, TicketView
from services.intake.visibility import left_view, public_view, reporters_view, submitted_view
from shared.contracts.vocabulary import EventType, Status, Visibility
from tests.builders import a_town
from tests.records_of import SECRETS, a_record

STATUS_FIELDS = {"code", "status", "kind", "opened_at", "overdue", "version", "timeline"}
TEXT_FIELDS = STATUS_FIELDS | {
    "level", "owner", "handler", "place", "category", "urgency", "accept_by", "resolve_by", "provisional",
    "escalations", "title", "description",
}  # fmt: skip


def leaves(value: Any) -> Iterator[str]:
    """Every text in a view, at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, str):
        yield value


def show(photo: str) -> PhotoView:
    return PhotoView(id=photo, link=f"/{photo}", thumbnail=f"/{photo}/small")


def photos_in(view: TicketView) -> list[str]:
    entries = [photo.id for entry in view.timeline for photo in entry.photos]
    return [photo.id for photo in view.photos or ()] + entries


def shown(view: TicketView) -> set[str]:
    return {name for name, value in view if value is not None}


def test_the_reporter_sees_every_field() -> None:
    """All texts, all entries: nothing of the view is empty but the phone, which is for danger to life."""
    view = reporters_view(a_record(), show)
    assert shown(view) == set(TicketView.model_fields) - {"duty_phone"}
    texts = " ".join(leaves(view.model_dump(mode="json")))
    assert all(SECRETS[name] in texts for name in ("title", "description", "location_note", "note", "result"))
    assert len(view.timeline) == 6


@pytest.mark.parametrize("visibility", list(Visibility))
def test_nobody_sees_personal_data(visibility: Visibility) -> None:
    """No reference to the reporter, no person who holds a post, in any view."""
    record = a_record(visibility=visibility)
    for view in (reporters_view(record, show), public_view(record, show)):
        for text in leaves(view.model_dump(mode="json")) if view else ():
            assert str(record.ticket.reporter_ref) not in text
            assert SECRETS["person"] not in text


@pytest.mark.parametrize("visibility", [Visibility.TEXT, Visibility.FULL])
def test_a_public_matter_shows_words_and_result(visibility: Visibility) -> None:
    """Description and result, masked; never where exactly, notes, or whom we told."""
    view = public_view(a_record(visibility=visibility), show)
    assert view is not None
    assert shown(view) == TEXT_FIELDS | ({"photos"} if visibility is Visibility.FULL else set())
    texts = " ".join(leaves(view.model_dump(mode="json")))
    assert SECRETS["description"] in texts
    assert SECRETS["result"] in texts
    assert "138" not in texts
    assert SECRETS["location_note"] not in texts
    assert SECRETS["note"] not in texts
    assert EventType.NOTIFIED not in [entry.type for entry in view.timeline]


def test_of_a_private_matter_the_public_sees_kind_and_status() -> None:
    """No words, no place, no category, no names: not even who did what."""
    view = public_view(a_record(visibility=Visibility.STATUS), show)
    assert view is not None
    assert shown(view) == STATUS_FIELDS
    for entry in view.timeline:
        assert {name for name, value in entry if value} == {"at", "type"}
    texts = " ".join(leaves(view.model_dump(mode="json")))
    for secret in (*SECRETS.values(), "丽园", "property_manager", "leak"):
        assert secret not in texts


def test_a_hidden_matter_is_not_there() -> None:
    """For the public there is no such ticket."""
    assert public_view(a_record(visibility=Visibility.HIDDEN), show) is None


def test_who_has_the_ticket_no_more_sees_what_the_public_sees() -> None:
    """An old link opens nothing that is not public; of a matter that is not shown at all, how it stands."""
    for visibility in (Visibility.FULL, Visibility.TEXT, Visibility.STATUS):
        record = a_record(visibility=visibility)
        assert left_view(record, show) == public_view(record, show)

    hidden = a_record(visibility=Visibility.HIDDEN)
    assert left_view(hidden, show).model_copy(update={"timeline": ()}) == TicketView(
        code=hidden.ticket.code,
        status=hidden.ticket.status,
        kind=hidden.ticket.kind,
        opened_at=hidden.ticket.opened_at,
        version=hidden.ticket.version,
    )


def test_photos_are_for_whom_they_are() -> None:
    """The reporter sees all; the public, of a matter shown in full, the resident's and the result's; else none."""
    assert photos_in(reporters_view(a_record(), show)) == ["photo-1", "photo-note", "photo-result"]
    public = {visibility: public_view(a_record(visibility=visibility), show) for visibility in Visibility}
    assert {visibility: photos_in(view) for visibility, view in public.items() if view} == {
        Visibility.FULL: ["photo-1", "photo-result"],
        Visibility.TEXT: [],
        Visibility.STATUS: [],
    }


def test_before_it_is_recorded_a_ticket_is_submitted() -> None:
    """The token alone: the code, the place and the status."""
    view = submitted_view(uuid4(), a_town().place_ref("U"))
    assert view.status is Status.SUBMITTED
    assert view.place is not None
    assert view.timeline == ()
