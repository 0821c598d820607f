"""The chain from a resident's message to the subdistrict, through HTTP alone."""

from tests.system import System, steps


def test_settled_at_the_unit(system: System):
    """Accepted and resolved by the property manager through the link in the mail, it stays at the unit and closes."""
    filed = system.file()
    link = system.link(filed, "liyuan-1-property")

    assert system.act(link, "accept").status_code == 200
    assert system.act(link, "resolve", text="换了灯泡").status_code == 200
    system.forward(hours=73)

    ticket = system.wait_for(filed, lambda seen: seen["status"] == "closed")
    assert (ticket["level"], steps(ticket)) == ("unit", [])
    types = [entry["type"] for entry in ticket["timeline"] if entry["type"] != "notified"]
    assert types == ["submitted", "assigned", "accepted", "resolved", "closed"]
