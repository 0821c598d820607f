"""The cases that neighbourhoods tell of, each from the message to the rating."""

import pytest
import requests

from tests.journeys.neighbourhood import Neighbourhood, story
from tests.journeys.steps import mailed
from tests.system import PATIENCE, System, eventually, steps

DOOR = "LY1-01-2"
HEAD, PROPERTY = "liyuan-1-01-2-head", "liyuan-1-property-1"
COMMUNITY, SUBDISTRICT = "liyuan-officer-1", "qingyuan-officer-1"
GRID = "liyuan-grid-1"


@pytest.fixture(scope="module")
def town(system: System) -> Neighbourhood:
    return Neighbourhood(system)


def test_a_loose_screw(town: Neighbourhood) -> None:
    """小广场上的健身器材螺丝松了: the property manager calls, tightens it the same day, and the resident is content.
    It never leaves the door: 小事不出社区."""
    filed = town.files(DOOR, "小广场上的健身器材螺丝松了", "fitness")
    town.does(PROPERTY, filed, "accept")
    town.does(PROPERTY, filed, "contact", way="phone", reached=True, text="下午去拧")
    town.does(PROPERTY, filed, "resolve", text="螺丝已拧紧", settled=True)
    assert town.resident_does(filed, "rate", grade="very_good")["grades"] == [{"grade": "very_good", "households": 1}]
    town.resident_does(filed, "confirm")

    seen = town.until_status(filed, "closed")
    assert (seen["level"], seen["escalations"], seen["settled"]) == ("unit", 0, True)
    assert story(seen) == ["submitted", "assigned", "accepted", "contacted", "resolved", "rated", "closed"]


def test_an_ebike_in_the_stairwell(town: Neighbourhood) -> None:
    """楼道里是谁家的电动自行车: the grid worker notes for the colleagues alone, gives the work to the property manager,
    takes it back, settles it; the resident who asks how it stands is heard."""
    filed = town.files(DOOR, "楼道里是谁家的电动自行车，充电线拉到了三层", "ebike")
    owner = town.until(filed, lambda seen: seen["owner"])["owner"]
    assert owner["role"] == "grid_worker"
    town.does(GRID, filed, "accept")
    town.does(GRID, filed, "note", text="三层东户的车，先别在群里说", internal=True)
    town.does(GRID, filed, "assign", to="property_manager", text="请把车移到充电棚")
    assert town.resident_asks(filed, "remind").status_code == 200
    assert town.resident_asks(filed, "remind").json()["reason"] == "too_soon"
    town.does(GRID, filed, "take_back", text="物业今天没有人手")
    assert town.asks(PROPERTY, filed, "resolve", text="已移走").status_code in (403, 409)
    town.does(GRID, filed, "resolve", text="车主自己移走了", settled=True)

    seen = town.until_status(filed, "resolved")
    assert "三层东户" not in str(seen)
    assert story(seen)[2:] == ["accepted", "assigned", "reminded", "taken_back", "resolved"]
    town.resident_does(filed, "rate", grade="good")


def test_a_leak_between_neighbours(town: Neighbourhood) -> None:
    """楼上漏水泡了楼顶: the unit head mediates; it drips again, and again: the second time the community takes it."""
    filed = town.files(DOOR, "楼上漏水泡了楼顶", "leak")
    town.does(HEAD, filed, "accept")
    town.does(HEAD, filed, "contact", way="visit", reached=True)
    town.does(HEAD, filed, "resolve", text="楼上已关阀门", settled=False)
    first = town.resident_does(filed, "reopen", text="又滴水了")
    assert (first["level"], first["reopenings"]) == ("unit", 1)
    town.does(HEAD, filed, "resolve", text="换了软管", settled=True)
    second = town.resident_does(filed, "reopen", text="还是滴")
    assert (second["level"], second["reopenings"]) == ("community", 2)
    town.does(COMMUNITY, filed, "resolve", text="两家签了调解书，做了防水", settled=True)
    town.does(COMMUNITY, filed, "call_back", way="phone", reached=True, settled=True, grade="fair")
    town.resident_does(filed, "confirm")

    seen = town.until_status(filed, "closed")
    assert steps(seen) == [("unit", "community", "reopened_again")]
    public = requests.get(f"{town.system.local.url}/api/v1/tickets/{filed.code}", timeout=PATIENCE).json()
    assert public["status"] == "closed"
    assert "漏水" not in str(public)


def test_a_step_of_thirty_centimetres(town: Neighbourhood) -> None:
    """大门到马路有 30 厘米台阶: five households of the door say "mine too", the unit head confirms them, and that is
    enough for the subdistrict; it splits the work, and is done when its parts are."""
    filed = town.files(DOOR, "大门到马路有 30 厘米台阶，轮椅下不来", "accessibility")
    assert town.until(filed, lambda seen: seen["owner"])["level"] == "community"
    voices = [town.cosigns(filed, DOOR, flat) for flat in ("101", "102", "201", "202", "301")]
    town.confirms_all(HEAD, filed, 5)
    seen = town.until(filed, lambda seen: seen["level"] == "subdistrict")
    assert (seen["voices"], seen["confirmed_voices"], steps(seen)[-1][2]) == (5, 5, "cosigned")

    town.does(SUBDISTRICT, filed, "accept")
    tasks = [{"text": "做坡道", "to": "property_manager"}, {"text": "量尺寸、立告示", "to": "community_officer"}]
    split = town.does(SUBDISTRICT, filed, "split", tasks=tasks)["tasks"]
    assert len(split) == 2
    assert town.may(SUBDISTRICT, filed)["resolve"] == "tasks_open"
    for task, person in zip(split, (PROPERTY, COMMUNITY), strict=True):
        browser, actions = town.browser(person), f"/tickets/{task['code']}/actions"
        eventually(lambda: browser.ask("GET", actions).ok)  # noqa: B023  until records has heard of the new ticket
        answer = browser.ask("POST", f"{actions}/resolve", json={"text": "好了"})
        assert answer.status_code == 200, answer.text
    town.until(filed, lambda seen: story(seen).count("task_ended") == 2)
    town.does(SUBDISTRICT, filed, "resolve", text="坡道已通", settled=True)
    town.until_status(filed, "resolved")
    town.resident_does(filed, "rate", grade="good")
    grades = town.resident_does(voices[0], "rate", grade="bad", text="坡太陡")["grades"]
    assert grades == [{"grade": "good", "households": 1}, {"grade": "bad", "households": 1}]


def test_the_way_to_school(town: Neighbourhood) -> None:
    """上学路拥堵: the community asks the subdistrict, which whistles for city management and an organisation; each
    comes, and only the one who whistled lets them go."""
    filed = town.files("LY1-02-1", "早上七点半上学路拥堵，接送的车停了三排", "traffic")
    town.does(GRID, filed, "escalate", text="要交通部门")
    town.does(COMMUNITY, filed, "escalate", text="社区协调不了城管")
    town.does(SUBDISTRICT, filed, "accept")
    posts = ["qingyuan:urban_management", "liyuan:social_organisation"]
    whistled = town.does(SUBDISTRICT, filed, "whistle", posts=posts, text="每天 7:15 到校门口")
    assert [each["post"] for each in whistled["summoned"]] == posts
    for person in ("qingyuan-urban-management", "liyuan-organisation"):
        town.does(person, filed, "arrive")
    assert town.asks("qingyuan-urban-management", filed, "release").status_code == 403
    town.does(SUBDISTRICT, filed, "release")
    town.does(SUBDISTRICT, filed, "resolve", text="划了即停即走区，志愿者值岗", settled=True)
    town.resident_does(filed, "rate", grade="very_good")
    town.resident_does(filed, "confirm")

    seen = town.until_status(filed, "closed")
    assert (seen["level"], seen["summoned"]) == ("subdistrict", [])
    assert story(seen).count("arrived") == 2


def test_a_bare_lawn(town: Neighbourhood) -> None:
    """草坪斑秃: nobody sows in winter. The level above consents to wait, and on the review date the work goes on by
    itself with the time that was left."""
    filed = town.files("LY1-03-1", "楼前草坪斑秃，一下雨全是泥", "grounds")
    before = town.does(PROPERTY, filed, "accept")
    until = town.in_days(30)
    asked = town.does(PROPERTY, filed, "suspend", text="等到返青再补种", until=until)
    assert (asked["status"], asked["paused_until"]) == ("accepted", None)
    assert "等到返青再补种" in mailed(town.system, filed, COMMUNITY, "挂账")["text"], "decided by the reason"
    assert town.asks(PROPERTY, filed, "consent").status_code == 403
    assert town.does(COMMUNITY, filed, "consent")["status"] == "suspended"
    town.until_status(filed, "suspended")
    town.days_pass(20)
    town.does(PROPERTY, filed, "note", text="已订草籽")
    assert town.until(filed, lambda seen: story(seen)[-1] == "noted")["status"] == "suspended"
    town.let_pass(until)
    resumed = town.until_status(filed, "accepted")
    assert resumed["resolve_by"] > until > before["resolve_by"]
    town.does(PROPERTY, filed, "resolve", text="已补种", settled=True)
    town.does(COMMUNITY, filed, "call_back", way="phone", reached=True, settled=True, grade="good")
    town.days_pass(4)
    assert town.until_status(filed, "closed")["escalations"] == 0


def test_a_lift_for_an_old_house(town: Neighbourhood) -> None:
    """老楼加装电梯: two say the same, and it becomes one matter; put to those concerned, it stands still a while;
    refused once, appealed, supervised from above, and in the end all rate it."""
    filed = town.files("LY1-04-1", "六层没有电梯，老人下不了楼，想加装电梯", "lift_retrofit")
    other = town.files("LY1-04-1", "我们单元能不能装电梯", "lift_retrofit")
    merged = town.does(COMMUNITY, other, "merge", ticket=filed.code)
    assert (merged["status"], merged["merged_into"]) == ("merged", filed.code)
    rejected = town.does(COMMUNITY, filed, "reject", text="一层不同意")
    assert rejected["status"] == "rejected"
    appealed = town.resident_does(filed, "appeal", text="可以补偿一层")
    assert (appealed["status"], appealed["level"]) == ("assigned", "subdistrict")
    town.does(SUBDISTRICT, filed, "accept")
    town.does(SUBDISTRICT, filed, "assign", to="community_worker", text="逐户听意见")
    until = town.in_days(25)
    assert town.does(SUBDISTRICT, filed, "deliberate", until=until)["status"] == "deliberating"
    town.days_pass(10)
    assert town.does(SUBDISTRICT, filed, "resume", text="全票同意")["status"] == "accepted"
    town.does(SUBDISTRICT, filed, "resolve", text="电梯已交付", settled=True)
    town.resident_does(filed, "rate", grade="very_good")
    town.resident_does(filed, "confirm")

    assert town.until_status(filed, "closed")["settled"] is True
    assert town.system.ticket(other)["merged_into"] == filed.code
