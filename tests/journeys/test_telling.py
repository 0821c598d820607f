"""Who is told, when, and of what: the right people, in their hours, and nobody else."""

from typing import Any

from tests.journeys.steps import MONDAY, TUESDAY, all_told, at, mailed, mails, move_to, now
from tests.system import Filed, System, eventually


def wecom(system: System, filed: Filed) -> list[dict[str, Any]]:
    return system.messages(channel="wecom", ticket=filed.code)


def test_danger_is_told_at_once(system: System) -> None:
    """Danger at night: property manager, the community's duty post and the unit head are told at once."""
    move_to(system, MONDAY, 23)
    filed = system.file(description="配电箱漏电", category="electric")

    for person in ("liyuan-1-property-1", "liyuan-duty-1", "liyuan-1-01-2-head"):
        mail = mailed(system, filed, person)
        assert "119" in mail["text"]
    assert now(system).hour == 23
    assert {each["post"] for each in all_told(system, filed)} == {
        "liyuan-1:property_manager",
        "liyuan:community_duty",
        "liyuan-1-01-2:unit_head",
    }


def test_volunteer_sleeps(system: System) -> None:
    """The unit head owns a leak and is told of it from 08:00 on, never at night; the clock does not run meanwhile."""
    move_to(system, MONDAY, 22)
    filed = system.file("CH1-01-2", "楼上漏水泡了天花板", category="leak")
    mailed(system, filed, "caihong-grid-1")
    told = all_told(system, filed)
    head = next(each for each in told if each["role"] == "unit_head" and each["channel"] == "email")
    assert (head["fate"], at(head["next_at"]).hour) == ("pending", 8)
    assert mails(system, filed, "caihong-1-01-2-head") == []

    move_to(system, TUESDAY, 8, 0)
    mailed(system, filed, "caihong-1-01-2-head")

    ticket = system.ticket(filed)
    assert (ticket["owner"]["role"], ticket["status"], ticket["level"]) == ("unit_head", "assigned", "unit")
    assert 12 <= at(ticket["accept_by"]).hour <= 21


def test_unit_head_reads_of_repairs_in_the_digest(system: System) -> None:
    """A lamp is the property manager's; the unit head reads of it in the next day's digest, once, and not before."""
    move_to(system, MONDAY, 10)
    filed = system.file("CH2-02-1", "楼道灯一闪一闪")
    second = system.file("CH2-02-1", "门口的灯也坏了")
    mailed(system, filed, "caihong-2-property-1")
    mailed(system, second, "caihong-2-property-1")
    all_told(system, second)
    assert mails(system, filed, "caihong-2-02-1-head") == []

    system.act(system.link(filed, "caihong-2-property-1"), "accept")
    move_to(system, TUESDAY, 12)

    mail = mailed(system, filed, "caihong-2-02-1-head")
    assert mail == mailed(system, second, "caihong-2-02-1-head")
    assert not any("/a/" in link for link in mail["links"])


def test_complaint_never_reaches_whom_it_is_about(system: System) -> None:
    """A complaint about the property manager starts above that post, and no message of it reaches the post."""
    filed = system.file(
        description="物业收费不开票", category="about_property", kind="complaint", about_role="property_manager"
    )
    lamp = system.file(description="灯坏了报了三次物业都不理", kind="complaint", about_role="property_manager")

    for complaint in (filed, lamp):
        mailed(system, complaint, "liyuan-officer-1")
        told = all_told(system, complaint)
        ticket = system.ticket(complaint)
        assert (ticket["level"], ticket["owner"]["role"]) == ("community", "community_officer")
        assert ticket["handler"]["role"] == "community_officer"
        assert "property_manager" not in {each["role"] for each in told}
        assert not wecom(system, complaint)
        assert not system.messages(channel="webhook", ticket=complaint.code)
        assert mails(system, complaint, "property") == []


def test_complaint_about_the_community(system: System) -> None:
    """About a community officer it goes to the subdistrict at once, with the reason; the officer is not told."""
    filed = system.file(description="社区办事推诿", category="about_staff", about_role="community_officer")

    mailed(system, filed, "qingyuan-officer-1")
    all_told(system, filed)
    ticket = system.ticket(filed)
    assert ticket["level"] == "subdistrict"
    assert [each["reason"] for each in ticket["timeline"] if each["type"] == "escalated"] == ["about_own_post"]
    assert mails(system, filed, "liyuan-officer") == []


def test_group_message_has_no_action_link(system: System) -> None:
    """The compound's group reads place and matter with a plain link; the link to act is in the mail alone."""
    filed = system.file("ZY1-01-2", "单元门禁坏了，请联系 13900001234", category="entrance")
    mailed(system, filed, "zaoyuan-1-property-1")

    [message] = eventually(lambda: wecom(system, filed))
    assert message["to"] == "zaoyuan-1"
    assert all("/a/" not in link for link in message["links"])
    assert any(link.endswith(f"/t/{filed.code}") for link in message["links"])
    assert "13900001234" not in message["text"]


def test_resident_hears_of_what_matters(system: System) -> None:
    """With an e-mail address the resident hears who has taken it on, that it climbed and was settled, and no more."""
    address = "resident@home.example"
    filed = system.file("BH1-01-2", "电梯门关不严", category="lift", reporter={"email": address, "name": "住户甲"})
    link = system.link(filed, "binhe-1-property-1")
    assert mails(system, filed, address) == []

    system.act(link, "accept")
    assert "住户甲" in mailed(system, filed, address, "已接单")["text"]
    system.act(link, "escalate", text="要请厂家")
    mailed(system, filed, address, "已上报")
    officer = system.link(filed, "binhe-officer-1")
    system.act(officer, "accept")
    eventually(lambda: len([each for each in mails(system, filed, address) if "已接单" in each["subject"]]) == 2)
    system.act(officer, "note", text="厂家周三来")
    system.act(officer, "resolve", text="厂家修好了")

    assert "厂家修好了" in mailed(system, filed, address, "已办结")["text"]
    all_told(system, filed)
    told = [mail["subject"].partition("】")[0] for mail in mails(system, filed, address)]
    assert sorted(told) == ["【已上报", "【已办结", "【已接单", "【已接单"]
    for mail in mails(system, filed, address):
        assert not any("/a/" in link for link in mail["links"])
        assert any(f"/t/{filed.code}?token=" in link for link in mail["links"])
