"""What concerns several tickets or posts, through HTTP alone: merged, summoned, split, and settled for everybody."""

import pytest
import requests

from tests.browsers import Browser, signed_in
from tests.journeys.steps import happened, mailed
from tests.system import PATIENCE, Filed, System, eventually

PEOPLE = {"manager": "liyuan-1-property-1", "community": "liyuan-officer-1"}


@pytest.fixture(scope="module")
def staff(system: System) -> dict[str, Browser]:
    return signed_in(system, PEOPLE)


def act(browser: Browser, code: str, action: str, **more: object) -> requests.Response:
    """Once the record has the ticket."""
    eventually(lambda: browser.ask("GET", f"/tickets/{code}/actions").status_code == 200)
    answer = browser.ask("POST", f"/tickets/{code}/actions/{action}", json=more)
    assert answer.status_code == 200, answer.text
    return answer


def resident(system: System, filed: Filed, action: str, **more: object) -> requests.Response:
    """By the reporter, with the code and the token of the receipt."""
    url, headers = f"{system.local.url}/api/v1/tickets/{filed.code}/actions/{action}", bearer(filed)
    return requests.post(url, json=more, headers=headers, timeout=PATIENCE)


def cosign(system: System, filed: Filed, by: Filed) -> requests.Response:
    """With the token of another ticket's reporter."""
    url, new = f"{system.local.url}/api/v1/tickets/{filed.code}/cosign", {"door_code": "LY1-01-2", "household": "301"}
    return requests.post(url, json=new, headers=bearer(by), timeout=PATIENCE)


def bearer(filed: Filed) -> dict[str, str]:
    return {"Authorization": f"Bearer {filed.token}"}


def filed(system: System, name: str) -> Filed:
    reporter = {"reporter": {"email": f"{name}@residents.example"}}
    new = system.file(description=f"楼道灯不亮，{name}", **reporter)
    system.wait_for(new, lambda seen: seen["owner"] is not None)
    return new


def test_two_reports_of_one_lamp(system: System, staff: dict[str, Browser]) -> None:
    """One goes on for both; posts are summoned, a part is split off, and both who reported hear that it is settled."""
    manager, community = staff["manager"], staff["community"]
    one, other = filed(system, "first"), filed(system, "second")
    act(manager, other.code, "merge", ticket=one.code)
    seen = system.wait_for(other, lambda seen: seen["status"] == "merged")
    assert (seen["merged_into"], seen["merged_status"]) == (one.code, "assigned")

    act(manager, one.code, "escalate", text="需要街道协调")
    act(community, one.code, "whistle", posts=["qingyuan:urban_management"], text="请到场会商")
    link = system.link(one, "qingyuan-urban-management")
    assert system.act(link, "arrive").status_code == 200
    act(community, one.code, "split", tasks=[{"text": "更换灯具", "to": "property_manager"}])
    task = act(community, one.code, "note", text="等灯具").json()["ticket"]["tasks"][0]["code"]
    early = community.ask("POST", f"/tickets/{one.code}/actions/resolve", json={})
    assert (early.status_code, early.json()["reason"]) == (409, "tasks_open")
    act(manager, task, "resolve", text="已更换")
    act(community, one.code, "release")
    assert system.act(link, "note", text="还在吗").json()["reason"] == "not_yours"
    act(community, one.code, "resolve", text="灯亮了")
    system.wait_for(one, lambda seen: seen["status"] == "resolved")
    for mine, grade in ((other, "good"), (one, "bad")):
        assert resident(system, mine, "rate", grade=grade).json()["ticket"]["code"] == one.code
        assert resident(system, mine, "rate", grade=grade).json()["reason"] == "already"
    assert cosign(system, one, other).json()["code"] == "not_your_part", "heard already"

    seen = system.wait_for(one, lambda seen: len(seen["grades"]) == 2)
    told = ["absorbed", "escalated", "accepted", "whistled", "arrived", "split", "noted", "task_ended", "released"]
    assert [each for each in happened(seen) if each in told] == told
    assert mailed(system, one, "first@residents.example", "办结")
    assert other.code in mailed(system, one, "second@residents.example", "办结")["text"]
    assert system.wait_for(other, lambda seen: seen["merged_status"] == "resolved")["status"] == "merged"
