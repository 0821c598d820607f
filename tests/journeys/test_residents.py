"""Residents and what they do with an issue that is there, through HTTP alone."""

from uuid import uuid4

import pytest
import requests

from tests.browsers import Browser, signed_in
from tests.journeys.residents import act, call, cosign, done, read_and_erased, recorded, resolve
from tests.journeys.steps import entry, happened, mailed
from tests.system import PATIENCE, Filed, System, eventually, steps

PEOPLE = {
    "head": "liyuan-1-01-2-head",
    "officer": "liyuan-officer-1",
}


@pytest.fixture(scope="module")
def staff(system: System) -> dict[str, Browser]:
    """Each of ``PEOPLE``, signed in."""
    return signed_in(system, PEOPLE)


def confirm_household(head: Browser, filed: Filed) -> None:
    """The unit head finds the one that waits, and confirms it."""
    page = f"/tickets/{filed.code}/actions"
    households = eventually(lambda: head.ask("GET", page).json()["households"])
    answer = head.ask("POST", f"{page}/confirm_household", json={"household": households[0]["household"]})
    assert answer.status_code == 200, answer.text


def test_neighbours_raise_it(system: System, staff: dict[str, Browser]) -> None:
    """Five households of the door co-sign, the unit head confirms each by its flat, and the fifth raises it a level."""
    filed = recorded(system, description="单元门关不上")
    similar = f"{system.local.url}/api/v1/similar?door_code=LY1-01-2&text=单元门关不上&category=lighting"
    assert filed.code in [each["code"] for each in requests.get(similar, timeout=PATIENCE).json()["tickets"]]
    flats = ["101", "102室", "２０１", "1单元202", "301号"]
    answers = [cosign(system, filed, flat) for flat in flats]
    assert [answer.status_code for answer in answers] == [201] * 5
    again = cosign(system, filed, "102")
    assert (again.status_code, again.json()["reason"]) == (409, "already")
    assert not any(flat in str(answer.json()) for flat in ("102室", "1单元202") for answer in answers)
    page = f"/tickets/{filed.code}/actions"
    assert staff["officer"].ask("GET", page).json()["households"] == []
    found = eventually(
        lambda: [each for each in staff["head"].ask("GET", page).json()["households"] if each["flat"]][4:] and True
    )
    assert found
    households = staff["head"].ask("GET", page).json()["households"]
    assert [each["flat"] for each in households] == flats
    assert set(read_and_erased(system, filed)) == {("reporter_shown", "session")}
    assert [each["confirmed_at"] for each in households] == [None] * 5
    for each in households:
        answer = staff["head"].ask("POST", f"{page}/confirm_household", json={"household": each["household"]})
        assert answer.status_code == 200, answer.text
    climbed = system.wait_for(filed, lambda seen: seen["level"] == "community")
    assert steps(climbed)[-1] == ("unit", "community", "cosigned")
    assert (climbed["voices"], climbed["confirmed_voices"]) == (5, 5)
    assert act(system, filed, "withdraw").json()["reason"] == "cosigned"


def test_who_may_co_sign(system: System) -> None:
    """From a door near by, with a flat; what nobody sees nobody co-signs."""
    filed = recorded(system)
    wrong = cosign(system, filed, "室", door="NO-SUCH").json()
    assert {each["field"] for each in wrong["errors"]} == {"door_code", "household"}
    assert cosign(system, filed, "101", door="XY1-01-2").json()["code"] == "far_door"
    care = recorded(system, description="对门老人两天没出门", category="elderly")
    assert cosign(system, care, "101").status_code == 404
    about = recorded(system, description="物业骂人", about_role="property_manager")
    assert cosign(system, about, "101").json()["code"] == "not_shared", "or whom it is about would read it so"


def test_nobody_gets_the_token_of_another_household(system: System) -> None:
    """Whoever has co-signed and says it again for another flat is refused: that household's data are its own."""
    filed, action_id = recorded(system), str(uuid4())
    assert cosign(system, filed, "501", reporter={"name": "邻居甲"}).status_code == 201
    assert cosign(system, filed, "502", action_id=action_id).status_code == 201
    foreign = cosign(system, filed, "501", action_id=action_id)
    assert (foreign.status_code, foreign.json()["reason"]) == (409, "already")


def test_a_co_signer_follows_and_rates(system: System, staff: dict[str, Browser]) -> None:
    """By a token of its own: told what the reporter is, it comments, and rates once its household is confirmed; it sees
    what a neighbour sees."""
    filed = recorded(system, location_note="302门口", reporter={"email": "reporter.one@home.example"})
    action_id = str(uuid4())
    signed = [
        cosign(system, filed, "401", action_id=action_id, reporter={"email": "neighbour.two@home.example"})
        for _ in range(2)
    ]
    assert signed[0].json()["tracking_token"] == signed[1].json()["tracking_token"]
    mine = Filed(filed.code, signed[0].json()["tracking_token"], signed[0].json())
    assert system.ticket(mine)["location_note"] is None
    done(system, mine, "comment", text="我家门口也黑，电话 13722223333")
    resolve(system, filed)
    for address in ("reporter.one@home.example", "neighbour.two@home.example"):
        mailed(system, filed, address, "办结")
    assert f"token={mine.token}" in str(mailed(system, filed, "neighbour.two@home.example", "办结")["links"])
    assert act(system, mine, "confirm").status_code == 403
    unknown = act(system, mine, "rate", grade="bad")
    assert (unknown.status_code, unknown.json()["reason"]) == (409, "unconfirmed")
    confirm_household(staff["head"], filed)
    done(system, mine, "rate", grade="bad")
    done(system, filed, "confirm")
    done(system, filed, "rate", grade="very_good", text="谢谢")
    assert act(system, filed, "rate", grade="bad").json()["reason"] == "already"
    seen = system.wait_for(filed, lambda seen: seen["status"] == "closed" and len(seen["grades"]) == 2)
    assert {each["grade"]: each["households"] for each in seen["grades"]} == {"bad": 1, "very_good": 1}
    comment = entry(seen, "commented")
    assert (comment["actor_role"], "13722223333" in comment["text"]) == ("cosigner", False)
    assert "我家门口" not in str(system.ticket(mine)["timeline"])


def test_reopened_until_it_is_settled(system: System) -> None:
    """Reopened it is the same owner's again; the second time it climbs; then it is confirmed and rated."""
    filed = recorded(system)
    resolve(system, filed)
    assert act(system, filed, "reopen").json()["reason"] == "text_missing"
    first = done(system, filed, "reopen", text="晚上还是不亮")
    assert (first["status"], first["level"], first["reopenings"]) == ("assigned", "unit", 1)
    assert "晚上还是不亮" in str(mailed(system, filed, "liyuan-1-property-1", "重办"))
    resolve(system, filed)
    done(system, filed, "reopen", text="又坏了")
    climbed = system.wait_for(filed, lambda seen: seen["level"] == "community")
    assert steps(climbed) == [("unit", "community", "reopened_again")]
    resolve(system, filed, by="liyuan-officer-1")
    assert done(system, filed, "confirm")["status"] == "closed"
    done(system, filed, "rate", grade="good")
    told = happened(system.wait_for(filed, lambda seen: "rated" in happened(seen)))
    assert [each for each in told if each in ("reopened", "escalated", "closed", "rated")] == [
        "reopened", "reopened", "escalated", "closed", "rated",
    ]  # fmt: skip


def test_an_appeal(system: System) -> None:
    """Not taken up, the reporter hears why, rates that, and appeals: one level up, once."""
    filed = recorded(system, reporter={"email": "appealing@home.example"})
    link = system.link(filed, "liyuan-1-property-1")
    assert system.act(link, "reject", text="不属于物业范围").status_code == 200
    assert "不属于物业范围" in str(mailed(system, filed, "appealing@home.example", "不予受理"))
    done(system, filed, "rate", grade="very_bad")
    assert act(system, filed, "appeal").json()["reason"] == "text_missing"
    done(system, filed, "appeal", text="这是公共楼道")
    climbed = system.wait_for(filed, lambda seen: seen["level"] == "community")
    assert steps(climbed) == [("unit", "community", "appealed")]
    assert (climbed["status"], climbed["owner"]["role"]) == ("assigned", "community_officer")
    assert "这是公共楼道" in str(mailed(system, filed, "liyuan-officer-1"))
    assert system.act(system.link(filed, "liyuan-officer-1"), "reject", text="同上").status_code == 200
    system.wait_for(filed, lambda seen: seen["status"] == "rejected")
    assert act(system, filed, "appeal", text="再看一次").json()["reason"] == "too_often"


def test_withdrawn(system: System) -> None:
    """By the reporter alone, with the token; a resident is offered what residents do."""
    filed = recorded(system)
    offered = call(system, "GET", filed, "actions").json()
    open_now = {form["action"] for form in offered["forms"] if form["refused"] is None}
    assert (offered["parts"], {"comment", "withdraw"} <= open_now) == (["reporter"], True)
    assert "accept" not in {form["action"] for form in offered["forms"]}
    forged = Filed(filed.code, recorded(system).token, {})
    assert act(system, forged, "withdraw").json()["code"] == "token_foreign"
    assert act(system, Filed(filed.code, "x.y", {}), "withdraw").status_code == 401
    assert done(system, filed, "withdraw", text="自己修好了")["status"] == "withdrawn"
