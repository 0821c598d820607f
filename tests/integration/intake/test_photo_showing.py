"""From an upload to those who may see it: named by a ticket or an action, shown by links."""

import os
import re
import time
from typing import Any
from uuid import uuid4

import pytest

from shared import ids
from shared.contracts.commands import Acted
from shared.contracts.queries import TicketRecord
from shared.contracts.vocabulary import Action, EventType, Visibility
from tests.integration.intake.harness import Served, a_setting, serving, tickets
from tests.integration.intake.photo_makers import a_jpeg, seen, upload
from tests.integration.intake.standin import StandIn
from tests.records_of import a_record, an_offer

PERSON, POST = "p-K-property_manager", "K:property_manager"


def uploaded(intake: Served, shade: int = 0) -> str:
    return str(upload(intake, a_jpeg(shade)).json()["id"])


def a_record_with(intake: Served, **differences: Any) -> TicketRecord:
    """A photo on the ticket, one on its note, one on its result."""
    record = a_record(photos=(uploaded(intake, 20),), **differences)
    on = {EventType.NOTED: (uploaded(intake, 40),), EventType.RESOLVED: (uploaded(intake, 60),)}
    timeline = tuple(
        entry.model_copy(update={"photos": () if entry.internal else on.get(entry.type, ())})
        for entry in record.timeline
    )
    return record.model_copy(update={"timeline": timeline})


def action_link(intake: Served, ticket_id: object) -> str:
    return ids.sign_action(intake.secret, ids.ActionToken(ticket_id=ticket_id, person=PERSON, post=POST, assignment=1))


def routing_does(standin: StandIn, record: TicketRecord, *actions: Action) -> None:
    standin.answers["routing.act"] = lambda **_: Acted(ticket=record.ticket).model_dump(mode="json")
    standin.answers["routing.offer"] = lambda **_: an_offer(record.ticket, *actions).model_dump(mode="json")
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")


def asked(standin: StandIn) -> list[dict[str, Any]]:
    return [kwargs["act"] for name, kwargs in standin.calls if name == "routing.act"]


def links_on(page: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'(?:href|src)="(/api/v1/photos/[^"]+)"', page)]


def in_view(view: dict[str, Any]) -> list[str]:
    return [
        photo["link"] for photos in (view["photos"], *(e["photos"] for e in view["timeline"])) for photo in photos or ()
    ]


@pytest.mark.parametrize(
    ("visibility", "shown"),
    [(Visibility.FULL, 2), (Visibility.TEXT, 0), (Visibility.STATUS, 0), (Visibility.HIDDEN, 0)],
)
def test_a_photo_is_seen_by_who_may_see_the_ticket(
    visibility: Visibility, shown: int, intake: Served, standin: StandIn
) -> None:
    """The reporter and the post at work see all three; anybody the resident's and the result's, of a matter shown
    in full, and of no other a single id. Every link on a page and in a view opens."""
    record = a_record_with(intake, visibility=visibility)
    routing_does(standin, record, Action.ACCEPT)
    code, id = record.ticket.code, record.ticket.id
    tracking = ids.sign_tracking(intake.secret, ids.TrackingToken(ticket_id=id, door_code="D-U"))
    mine = intake.client.get(f"/api/v1/tickets/{code}", headers={"Authorization": f"Bearer {tracking}"}).json()
    pages = (f"/t/{code}?token={tracking}", f"/a/{action_link(intake, id)}")
    links = [in_view(mine), *(links_on(intake.client.get(page).text) for page in pages)]
    assert [len(each) for each in links] == [3, 6, 6]
    public, page = intake.client.get(f"/api/v1/tickets/{code}"), intake.client.get(f"/t/{code}")
    if visibility is not Visibility.HIDDEN:
        links += [in_view(public.json()), links_on(page.text)]
        assert [len(each) for each in links[3:]] == [shown, 2 * shown]
    for entry in record.timeline if shown == 0 else ():
        assert all(photo not in public.text + page.text for photo in (*entry.photos, *record.ticket.photos))
    assert {seen(intake, {"link": link}).size for each in links for link in each} == {(64, 32)}


def test_a_link_opens_its_own_photo_for_a_while(intake: Served) -> None:
    """None, another photo's, another ticket's token: 403; an old one: 410; a photo that is gone: 404."""
    photo, other = uploaded(intake), upload(intake, a_jpeg(30)).json()
    path = f"/api/v1/photos/{photo}"
    tracking = ids.sign_tracking(intake.secret, ids.TrackingToken(ticket_id=uuid4(), door_code="D-U"))
    foreign = other["link"].partition("?token=")[2]
    made_up = f"{int(time.time()) + 9999}.{foreign.partition('.')[2]}"
    for token in ("", foreign, tracking, made_up, "%00", "..", "x" * 5000, "\u9999"):
        for size in ("", "/thumbnail"):
            answer = intake.client.get(path + size, params={"token": token})
            assert (answer.status_code, answer.json()["code"]) == (403, "link_forged")
    old = ids.sign_photo(intake.secret, photo, int(time.time()) - 1)
    assert intake.client.get(path, params={"token": old}).status_code == 410
    for gone in ("0" * 64, "..%2f..%2fkeys%2fsecret"):
        token = ids.sign_photo(intake.secret, gone, int(time.time()) + 60)
        assert intake.client.get(f"/api/v1/photos/{gone}", params={"token": token}).status_code in (403, 404)


def test_a_photo_is_served_as_nothing_else(intake: Served) -> None:
    """A JPEG that no browser takes for a page, kept by the asker's browser alone."""
    answer = intake.client.get(upload(intake, a_jpeg()).json()["link"])
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"].startswith("private")


def test_a_ticket_names_photos_that_are_there(intake: Served, uri: str) -> None:
    """Each once, in their order; a repeat is the same ticket."""
    first, second = uploaded(intake, 20), uploaded(intake, 40)
    answers = [intake.submit(key="k", photos=[second, first, second]) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert [ticket["photos"] for ticket in tickets(uri)] == [[second, first]] * 2


def test_an_unknown_photo_is_named(intake: Served, standin: StandIn, uri: str) -> None:
    """422 for a ticket and for an action, with the position; nothing is said to anybody."""
    photos = [uploaded(intake), "0" * 64]
    action = {"action": "note", "text": "看过了", "photos": photos}
    for answer in (
        intake.submit(photos=photos),
        intake.client.post(f"/api/v1/actions/{action_link(intake, uuid4())}", json=action),
    ):
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["photos.1"])
    for odd in (["../../etc/passwd"], ["A" * 64], [7], "0" * 64, ["0" * 64] * 10):
        assert intake.submit(photos=odd).status_code == 422
    assert tickets(uri) == []
    assert not asked(standin)


def test_an_action_tells_routing_its_photos(intake: Served, standin: StandIn) -> None:
    """Before and after belong to the actions that tell of them."""
    record, photo = a_record(), uploaded(intake)
    routing_does(standin, record, Action.RESOLVE)
    body = {"action": "resolve", "text": "灯已换好", "photos": [photo]}
    answer = intake.client.post(f"/api/v1/actions/{action_link(intake, record.ticket.id)}", json=body)
    assert answer.status_code == 200, answer.text
    assert [act["details"]["photos"] for act in asked(standin)] == [[photo]]


def test_the_form_takes_photos_along(intake: Served, standin: StandIn) -> None:
    """Files of the form are made anew and named by the action; a double tap is one action; an empty choice is none."""
    record = a_record()
    routing_does(standin, record, Action.RESOLVE)
    path = f"/a/{action_link(intake, record.ticket.id)}"
    form = {"action": "resolve", "action_id": str(uuid4()), "text": "灯已换好"}
    files = [("photos", ("a.jpg", a_jpeg(20), "image/jpeg")), ("photos", ("b.jpg", a_jpeg(40), "image/jpeg"))]
    answers = [intake.client.post(path, data=form, files=each) for each in (files, files, [("photos", ("", b""))])]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    expected = [uploaded(intake, 20), uploaded(intake, 40)]
    assert [act["details"]["photos"] for act in asked(standin)] == [expected, expected, []]
    assert {act["details"]["text"] for act in asked(standin)} == {"灯已换好"}


def test_a_form_with_a_bad_photo_does_nothing(intake: Served, standin: StandIn) -> None:
    """A page that names it, and routing is not asked; ten photos are too many; a forged link is not even read."""
    routing_does(standin, a_record(), Action.RESOLVE)
    path, form = f"/a/{action_link(intake, uuid4())}", {"action": "resolve"}
    good, bad = ("photos", ("a.jpg", a_jpeg())), ("photos", ("b.jpg", b"<svg/>", "image/jpeg"))
    for files, field in (([good, bad], "photos.1"), ([good] * 10, "photos")):
        answer = intake.client.post(path, data=form, files=files)
        assert answer.status_code == 422
        assert f"{field}: " in answer.text
    assert intake.client.post(path, data={"action": "dance"}, files=[good]).status_code == 422
    assert intake.client.post("/a/forged", data=form, files=[good]).status_code == 403
    assert not asked(standin)


def test_what_nothing_names_is_swept_and_nothing_else(intake: Served, uri: str) -> None:
    """After its time; a photo of a ticket stays for ever, however old."""
    with serving(a_setting(intake.settings.home, uri, photo_sweep_seconds=0.1)) as served:
        served.until("/readyz", 200)
        named, orphan, fresh = (upload(served, a_jpeg(shade)).json() for shade in (101, 102, 103))
        assert served.submit(photos=[named["id"]]).status_code == 201
        for path in (served.settings.home / "photos").rglob("*.jpg"):
            if fresh["id"] not in path.name:
                os.utime(path, (1, 1))
        served.until(orphan["link"], 404)
        served.until(orphan["thumbnail"], 404)
        for view in (named, fresh):
            assert seen(served, view).size == (64, 32)
            assert seen(served, view, "thumbnail").size == (64, 32)
    tickets(uri)
