"""Before and after: photos on their way through the whole system."""

from typing import Any

import requests

from tests.integration.intake.photo_makers import a_jpeg, with_metadata
from tests.journeys.steps import entry
from tests.system import PATIENCE, Filed, System

PROPERTY = "liyuan-1-property-1"


def uploaded(system: System, raw: bytes) -> str:
    answer = requests.post(f"{system.local.url}/api/v1/photos", files={"photo": ("a.jpg", raw)}, timeout=PATIENCE)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def public(system: System, filed: Filed) -> dict[str, Any]:
    answer = requests.get(f"{system.local.url}/api/v1/tickets/{filed.code}", timeout=PATIENCE)
    answer.raise_for_status()
    return dict(answer.json())


def ids_of(photos: list[dict[str, str]]) -> list[str]:
    return [photo["id"] for photo in photos]


def opens(system: System, photo: dict[str, str]) -> bool:
    return all(
        requests.get(system.local.url + photo[size], timeout=PATIENCE).headers["Content-Type"] == "image/jpeg"
        for size in ("link", "thumbnail")
    )


def test_before_and_after(system: System) -> None:
    """The resident's photo and the property manager's are on record, and shown to everybody: it is a lamp."""
    before, seen, after = (uploaded(system, raw) for raw in (with_metadata(6), a_jpeg(40), a_jpeg(80)))
    filed = system.file(photos=[before])
    link = system.link(filed, PROPERTY)
    assert system.act(link, "note", text="确实不亮", photos=[seen]).status_code == 200
    assert system.act(link, "resolve", text="灯换好了", photos=[after]).status_code == 200

    ticket = system.wait_for(filed, lambda ticket: ticket["status"] == "resolved")
    assert [ids_of(photos) for photos in (ticket["photos"], entry(ticket, "resolved")["photos"])] == [[before], [after]]
    assert ids_of(entry(ticket, "noted")["photos"]) == [seen]
    assert ids_of(entry(ticket, "accepted")["photos"]) == []
    everybody = public(system, filed)
    assert (ids_of(everybody["photos"]), ids_of(entry(everybody, "noted")["photos"])) == ([before], [])
    assert all(opens(system, photo) for photo in (*everybody["photos"], *entry(everybody, "resolved")["photos"]))


def test_between_neighbours_nobody_else_sees_photos(system: System) -> None:
    """A leak is a matter between neighbours: the reporter sees the photo, the public none."""
    photo = uploaded(system, a_jpeg(60))
    filed = system.file(description="楼上漏水泡了楼顶", category="leak", photos=[photo])

    ticket = system.wait_for(filed, lambda ticket: ticket["owner"] is not None)
    assert ids_of(ticket["photos"]) == [photo]
    everybody = public(system, filed)
    assert everybody["photos"] is None
    assert photo not in str(everybody)
