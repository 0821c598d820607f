"""Five rungs by data alone, in a running system: 区—街道—社区—小区—楼栋."""

from itertools import pairwise
from pathlib import Path

import requests

from tests.journeys.steps import MONDAY, at, happened, mailed, move_to, now
from tests.system import Filed, System, steps

DIRECTORY = Path(__file__).parents[2] / "deploy" / "demo-five"
RUNGS = ("building", "compound", "community", "subdistrict", "district")
DOOR = "FHE-03"


def test_nobody_cares_until_the_district_is_overdue(system: System) -> None:
    """Left alone a leak climbs all five rungs, whose posts are told in turn; the district is overdue and reminded."""
    move_to(system, MONDAY, 10)
    filed = system.file(DOOR, "楼上漏水泡了我家屋顶", category="leak")
    mailed(system, filed, "fenghua-e-03-head-1")

    above = ("fenghua-e-grid-1", "fenghua-officer-1", "example-1-officer-1", "example-officer-1")
    for level, person in zip(RUNGS[1:], above, strict=True):
        let_limit_pass(system, filed)
        system.wait_for(filed, lambda seen, level=level: seen["level"] == level)  # type: ignore[misc]
        mailed(system, filed, person)
    let_limit_pass(system, filed)
    system.wait_for(filed, lambda seen: seen["overdue"])
    mailed(system, filed, "example-officer-1", "超期")
    move_to(system, MONDAY, 9, 1)
    ticket = system.wait_for(filed, lambda seen: "reminded" in happened(seen))

    mailed(system, filed, "example-officer-1", "催办")
    assert steps(ticket) == [(below, level, "accept_overdue") for below, level in pairwise(RUNGS)]
    assert (ticket["level"], ticket["owner"]["name"], ticket["place"]["name"]) == ("district", "示例区", "风华东苑3栋")


def test_settled_in_the_compound(system: System) -> None:
    """A repair is the property manager's; page and mail name the rungs of this directory."""
    filed = system.file(DOOR, "大堂的灯不亮")
    link = system.link(filed, "fenghua-e-property-1")
    assert system.act(link, "accept").status_code == 200

    page = requests.get(f"{system.local.url}/a/{link}", timeout=10).text

    assert "风华东苑3栋" in page
    assert "<span>小区</span>" in page
    assert system.act(link, "resolve", text="换了灯泡").status_code == 200
    ticket = system.wait_for(filed, lambda seen: seen["status"] == "resolved")
    assert (ticket["level"], steps(ticket)) == ("compound", [])


def test_a_complaint_about_the_building_head(system: System) -> None:
    """It starts at the compound, with the reason on record, and the head never hears of it."""
    filed = system.file(DOOR, "楼栋长调解时偏袒一方", category="leak", about_role="building_head")

    mailed(system, filed, "fenghua-e-grid-1")
    ticket = system.wait_for(filed, lambda seen: seen["version"] > 1)
    assert steps(ticket) == [("building", "compound", "about_own_post")]
    assert not [mail for mail in system.messages(ticket=filed.code) if "head" in mail["to"]]


def let_limit_pass(system: System, filed: Filed) -> None:
    """Until a minute after the owner should have accepted."""
    left = at(system.ticket(filed)["accept_by"]) - now(system)
    system.forward(seconds=left.total_seconds() + 60)
