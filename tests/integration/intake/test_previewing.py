"""What would become of a ticket, over HTTP: routing is asked, and its answer handed on."""

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.guard import COOKIE, digest
from services.routing.domain.opening import UnknownPlace
from services.routing.domain.preview import preview
from shared.contracts.accounts import EVERY_SCOPE, Identity
from shared.contracts.queries import PreviewWanted
from tests.builders import MONDAY_10, a_town
from tests.integration.intake.harness import Served
from tests.integration.intake.standin import StandIn

HEADERS = {"Cookie": f"{COOKIE}=s"}


@pytest.fixture
def staff(intake: Served, standin: StandIn) -> Served:
    end = datetime.now(UTC) + timedelta(hours=1)
    who = Identity(login="officer", person=None, admin=False, scopes=EVERY_SCOPE, session=True, ends_at=end)
    standin.answers["records.identity"] = lambda digest: who.model_dump(mode="json") if digest == SEEN else None
    standin.answers["routing.preview"] = routing
    return intake


SEEN = digest("s")


def routing(wanted: dict[str, object]) -> object:
    try:
        return preview(PreviewWanted.model_validate(wanted), a_town(), MONDAY_10).model_dump(mode="json")
    except UnknownPlace:
        return None


def test_staff_see_the_whole_ladder(staff: Served) -> None:
    """Each rung with owner, limits, who is told, and why it would come there."""
    asked = {"door_code": "D-U", "category": "lift", "at": MONDAY_10.isoformat()}
    answer = staff.client.get("/api/v1/policies/preview", params=asked, headers=HEADERS)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["urgency"], found["policy"]) == ("urgent", "beijing-2020@1")
    assert [rung["level"] for rung in found["rungs"]] == ["unit", "community", "subdistrict"]
    assert found["rungs"][0]["owner"] == {"post": "K:property_manager", "name": "丽园小区物业"}
    assert found["rungs"][1]["steps"] == [{"from_level": "unit", "level": "community", "reason": "accept_overdue"}]


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"door_code": "D-gone"}, 404, "unknown_door"),
        ({"door_code": "D-U", "at": "9999-12-31T23:59:59Z"}, 422, "invalid"),
        ({"door_code": "D-U", "at": "2026-03-02T10:00:00"}, 422, "invalid"),
        ({"door_code": "D-U", "category": "nope"}, 422, "invalid"),
        ({"door_code": "D-U", "urgency": "soon"}, 422, "invalid"),
        ({}, 422, "invalid"),
    ],
)
def test_what_cannot_be_previewed(staff: Served, asked: dict[str, str], status: int, code: str) -> None:
    """An unknown door, a moment without its zone or beyond all calendars: a problem, and no error of ours."""
    answer = staff.client.get("/api/v1/policies/preview", params=asked, headers=HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
