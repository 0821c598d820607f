"""Unattended tickets climb: rung by rung, each step with its reason, until somebody settles them."""

from tests.journeys.steps import FRIDAY, MONDAY, SATURDAY, TUESDAY, at, entry, happened, mailed, move_to, now
from tests.system import System, steps


def test_nobody_cares_until_the_subdistrict_is_overdue(system: System) -> None:
    """Left alone it climbs unit, community, subdistrict, is marked overdue, and reminds on the next working day."""
    move_to(system, MONDAY, 10)
    filed = system.file(description="楼道灯不亮三天了")
    mailed(system, filed, "liyuan-1-property-1")

    system.forward(hours=5)
    ticket = system.wait_for(filed, lambda seen: seen["level"] == "community")
    assert ticket["owner"]["role"] == "community_officer"
    assert ticket["handler"]["role"] == "property_manager"
    mailed(system, filed, "liyuan-officer-1")

    move_to(system, TUESDAY, 18, 30)
    ticket = system.wait_for(filed, lambda seen: seen["level"] == "subdistrict")
    mailed(system, filed, "qingyuan-officer-1")
    assert not ticket["overdue"]

    move_to(system, 2, 18, 30)
    ticket = system.wait_for(filed, lambda seen: seen["overdue"])
    assert "公开" in mailed(system, filed, "qingyuan-officer-1", "超期")["text"]

    move_to(system, 3, 9, 1)
    ticket = system.wait_for(filed, lambda seen: "reminded" in happened(seen))
    assert at(entry(ticket, "reminded")["at"]).hour == 9
    mailed(system, filed, "qingyuan-officer-1", "催办")
    assert steps(ticket) == [
        ("unit", "community", "accept_overdue"),
        ("community", "subdistrict", "accept_overdue"),
    ]
    assert happened(ticket) == ["submitted", "assigned", "escalated", "escalated", "overdue", "reminded"]
    assert (ticket["status"], ticket["level"], ticket["escalations"]) == ("assigned", "subdistrict", 2)


def test_no_reminder_on_days_of_rest(system: System) -> None:
    """Overdue on a Friday evening, the subdistrict is reminded on Monday morning and not before."""
    move_to(system, MONDAY, 10)
    filed = system.file()
    mailed(system, filed, "liyuan-1-property-1")
    move_to(system, MONDAY, 20)
    mailed(system, filed, "liyuan-officer-1")
    move_to(system, TUESDAY, 20)
    mailed(system, filed, "qingyuan-officer-1")
    move_to(system, FRIDAY, 20)
    system.wait_for(filed, lambda seen: seen["overdue"])

    monday = move_to(system, MONDAY, 9, 1)

    ticket = system.wait_for(filed, lambda seen: "reminded" in happened(seen))
    assert happened(ticket).count("reminded") == 1
    assert at(entry(ticket, "reminded")["at"]).date() == monday.date()


def test_accepted_but_never_settled(system: System) -> None:
    """Accepting stops no clock: what is not settled in time climbs all the same, and the work stays where it is."""
    move_to(system, MONDAY, 10)
    filed = system.file()
    assert system.act(system.link(filed, "liyuan-1-property-1"), "accept").status_code == 200
    accepted = system.wait_for(filed, lambda seen: seen["status"] == "accepted")
    assert at(accepted["resolve_by"]) > now(system)

    system.forward(days=2, hours=14)

    ticket = system.wait_for(filed, lambda seen: seen["level"] == "community")
    assert steps(ticket) == [("unit", "community", "resolve_overdue")]
    assert ticket["handler"]["role"] == "property_manager"


def test_asking_the_level_above(system: System) -> None:
    """The owner asks for help above, with a word why: it climbs at once, and the word stands in the story."""
    filed = system.file()
    link = system.link(filed, "liyuan-1-property-1")
    system.act(link, "accept")

    assert system.act(link, "escalate", text="要动用维修资金").status_code == 200

    ticket = system.wait_for(filed, lambda seen: seen["level"] == "community")
    assert steps(ticket) == [("unit", "community", "asked")]
    assert entry(ticket, "escalated")["text"] == "要动用维修资金"


def test_compound_without_a_property_manager(system: System) -> None:
    """At a 三无 compound a matter of repairs passes over the unit rung at once, and says that nobody is there."""
    filed = system.file("XY2-01-2", "单元门关不上", category="entrance")

    mailed(system, filed, "xueyuan-officer-1")
    ticket = system.wait_for(filed, lambda seen: seen["version"] > 1)
    assert steps(ticket) == [("unit", "community", "post_vacant")]
    assert (ticket["level"], ticket["owner"]["role"]) == ("community", "community_officer")


def test_unit_without_a_head(system: System) -> None:
    """Where the unit has no head, a leak passes to the community at once."""
    filed = system.file("XY2-01-1", "楼上漏水", category="leak")

    ticket = system.wait_for(filed, lambda seen: seen["version"] > 1)
    assert steps(ticket) == [("unit", "community", "post_vacant")]


def test_danger_climbs_in_minutes(system: System) -> None:
    """Danger runs on every hour of every day: on a Saturday night it is at the subdistrict's duty post in minutes."""
    move_to(system, SATURDAY, 23)
    filed = system.file(description="楼道里有燃气味", category="gas_leak")
    mailed(system, filed, "liyuan-1-property-1")

    system.forward(minutes=16)
    system.wait_for(filed, lambda seen: seen["owner"]["role"] == "community_duty")
    system.forward(minutes=16)
    ticket = system.wait_for(filed, lambda seen: seen["owner"]["role"] == "subdistrict_duty")

    assert [reason for _, _, reason in steps(ticket)] == ["accept_overdue", "accept_overdue"]
    mailed(system, filed, "qingyuan-duty-1")
