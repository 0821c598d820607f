"""Who sees what: every field of every view, by the matter's visibility."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.intake.shapes.views import EntryView, PhotoView, TicketView
from services.intake.visibility import Audience, as_neighbour, left_view, public_view, submitted_view, view_for
from shared.contracts.queries import TicketRecord, TimelineEntry
from shared.contracts.ticket import Contact, Pause, Summons
from shared.contracts.vocabulary import Channel, EventType, Grade, Reason, Status, Visibility, Way
from tests.builders import MONDAY_10, a_town
from tests.records_of import SECRETS, a_record, a_ticket

WORK, REPORTER, COSIGNER = Audience.AT_WORK, Audience.REPORTER, Audience.COSIGNER
PUBLIC, WORDS, STATUS = Audience.PUBLIC, Audience.PUBLIC_WITHOUT_PHOTOS, Audience.PUBLIC_STATUS
EVERYBODY = set(Audience)
READERS = EVERYBODY - {STATUS}
INSIDERS = {WORK, REPORTER}
WORK_ALONE = {WORK}

WHO_SEES: dict[str, set[Audience]] = {
    **dict.fromkeys(("code", "status", "kind", "opened_at", "overdue", "version", "timeline"), EVERYBODY),
    **dict.fromkeys(("level", "owner", "handler", "place", "category", "urgency"), READERS),
    **dict.fromkeys(("accept_by", "resolve_by", "provisional", "escalations", "reopenings"), READERS),
    **dict.fromkeys(("supervised", "paused_until", "settled", "summoned", "merged_into"), READERS),
    **dict.fromkeys(("voices", "confirmed_voices", "grades", "title", "description"), READERS),
    **dict.fromkeys(("about_role", "location_note", "filed_by", "contacted_at", "called_back"), INSIDERS),
    **dict.fromkeys(("tasks", "parent", "external_ref", "outer_limit", "source", "policy", "anonymous"), WORK_ALONE),
    **dict.fromkeys(("pause", "handler_due_by", "summonses"), WORK_ALONE),
    "photos": {WORK, REPORTER, PUBLIC},
    "duty_phone": set(),
    "merged_status": set(),
}
"""Of every field of a ticket's view, who sees it: written by hand, not taken from the code."""

WHO_SEES_OF_A_NOTE: dict[str, set[Audience]] = {
    **dict.fromkeys(("at", "type"), EVERYBODY),
    **dict.fromkeys(("level", "from_level", "reason", "actor_role", "to_role"), READERS),
    **dict.fromkeys(("channel", "text", "photos", "other", "grade"), INSIDERS),
    **dict.fromkeys(("internal", "actor_post", "contact"), WORK_ALONE),
}
WHO_SEES_OF_A_RESULT = WHO_SEES_OF_A_NOTE | {"text": READERS, "photos": {WORK, REPORTER, PUBLIC}}


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


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("visibility", Visibility)
def test_every_field_is_for_whom_it_is(audience: Audience, visibility: Visibility) -> None:
    """Of a ticket with every field filled each audience sees what the table says, and nothing else; a new field has to
    be in the table."""
    view = view_for(audience, a_record(visibility=visibility), show)
    assert WHO_SEES.keys() == TicketView.model_fields.keys()
    assert shown(view) == {name for name, who in WHO_SEES.items() if audience in who}


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize(
    ("type", "expected"), [(EventType.NOTED, WHO_SEES_OF_A_NOTE), (EventType.RESOLVED, WHO_SEES_OF_A_RESULT)]
)
def test_every_field_of_an_entry_is_for_whom_it_is(
    audience: Audience, type: EventType, expected: dict[str, set[Audience]]
) -> None:
    """A note is between those at work and the reporter; a result's words go as far as the ticket's."""
    full = TimelineEntry(
        at=MONDAY_10, type=type, version=1, level="unit", from_level="unit", reason=Reason.ASKED, actor_role="r",
        to_role="r", channel=Channel.EMAIL, text="说明", photos=("photo-x",), other="CODE", grade=Grade.BAD,
        actor_post="K:r", contact=Contact(at=MONDAY_10, way=Way.PHONE, reached=False),
    )  # fmt: skip
    [entry] = view_for(audience, TicketRecord(ticket=a_ticket(), timeline=(full,)), show).timeline
    assert expected.keys() == EntryView.model_fields.keys()
    assert {name for name, value in entry if value} == {
        name for name, who in expected.items() if audience in who and name != "internal"
    }


def test_who_must_consent_sees_what_was_asked() -> None:
    """Before the clock stands still those at work see until when it is to; the public sees no pause."""
    asked = Pause(status=Status.SUSPENDED, asked_at=MONDAY_10, until=MONDAY_10 + timedelta(days=9))
    record = a_record(status=Status.ACCEPTED, pause=asked)
    pause = view_for(WORK, record, show).pause
    assert pause is not None
    assert (pause.status, pause.asked_at, pause.until, pause.since) == ("suspended", MONDAY_10, asked.until, None)
    assert {view_for(each, record, show).paused_until for each in Audience} == {None}


def test_those_at_work_see_whom_they_may_expect() -> None:
    """Every summons, also one released, with when it was, when the post came, and when it might go."""
    seat = a_ticket().owner
    assert seat is not None
    came, left = MONDAY_10 + timedelta(hours=1), MONDAY_10 + timedelta(hours=2)
    record = a_record(summoned=(Summons(seat=seat, arrived_at=came, released_at=left), Summons(seat=seat)))
    view = view_for(WORK, record, show)
    assert [(each.summoned_at, each.arrived_at, each.released_at) for each in view.summonses or ()] == [
        (MONDAY_10, came, left),
        (MONDAY_10, None, None),
    ]
    assert [each.post for each in view.summoned or ()] == [seat.post]


def test_what_is_internal_stays_with_those_at_work() -> None:
    """Nobody else sees that there was such a note."""
    seen = {
        each: SECRETS["internal"] in " ".join(leaves(view_for(each, a_record(), show).model_dump(mode="json")))
        for each in Audience
    }
    assert {each for each, found in seen.items() if found} == {WORK}
    assert len(view_for(REPORTER, a_record(), show).timeline) == 6


@pytest.mark.parametrize("audience", Audience)
def test_nobody_sees_personal_data(audience: Audience) -> None:
    """No reference to reporter or co-signer, no household, no person who holds a post, in any view."""
    record = a_record()
    for text in leaves(view_for(audience, record, show).model_dump(mode="json")):
        assert str(record.ticket.reporter_ref) not in text
        assert str(record.ticket.voices[0].ref) not in text
        assert SECRETS["person"] not in text
        assert SECRETS["household"] not in text


@pytest.mark.parametrize("visibility", [Visibility.TEXT, Visibility.FULL])
def test_a_public_matter_shows_words_and_result(visibility: Visibility) -> None:
    """Description and result, masked; never where exactly, notes, or whom we told."""
    view = public_view(a_record(visibility=visibility), show)
    assert view is not None
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
    assert photos_in(view_for(REPORTER, a_record(), show)) == ["photo-1", "photo-note", "photo-result"]
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


@pytest.mark.parametrize(
    ("visibility", "audience"),
    [
        (Visibility.FULL, Audience.COSIGNER),
        (Visibility.TEXT, Audience.COSIGNER),
        (Visibility.STATUS, Audience.PUBLIC_STATUS),
        (Visibility.HIDDEN, Audience.PUBLIC_STATUS),
    ],
)
def test_to_co_sign_opens_no_words(visibility: Visibility, audience: Audience) -> None:
    """A neighbour reads what anybody reads: else whom it is about would co-sign it."""
    assert as_neighbour(a_ticket(visibility=visibility)) is audience
