"""Work changes hands: back, down, and through links that have had their day."""

from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from tests.journeys.steps import MONDAY, entry, happened, mailed, move_to
from tests.system import System, steps

PROPERTY = "liyuan-1:property_manager"


class OldSigner(TimestampSigner):
    """Signs as if it were long ago."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - 91 * 86_400


def test_handed_back(system: System) -> None:
    """A hand-back needs a word why, goes up with its reason, and who handed back works on until somebody accepts."""
    filed = system.file(description="广场的健身器材螺丝松了", category="fitness")
    link = system.link(filed, "liyuan-1-property-1")

    wordless = system.act(link, "hand_back")
    assert (wordless.status_code, wordless.json()["reason"]) == (409, "text_missing")
    assert system.act(link, "hand_back", text="器材归街道管").status_code == 200

    ticket = system.wait_for(filed, lambda seen: seen["level"] == "community")
    assert steps(ticket) == [("unit", "community", "handed_back")]
    assert entry(ticket, "handed_back")["text"] == "器材归街道管"
    assert ticket["handler"]["post"] == PROPERTY
    officer = mailed(system, filed, "liyuan-officer-1")
    assert "退单" in officer["text"]
    assert system.act(system.link(filed, "liyuan-officer-1"), "accept").status_code == 200
    assert system.wait_for(filed, lambda seen: seen["status"] == "accepted")["handler"]["role"] == "community_officer"


def test_assigned_down(system: System) -> None:
    """The community gives the work to the property manager, who settles it; the community has owned it to the end."""
    filed = system.file(description="请在单元口加装扶手", category="accessibility")
    officer = system.link(filed, "liyuan-officer-1")

    assigned = system.act(officer, "assign", to="property_manager", text="请物业先测量")
    assert assigned.status_code == 200
    [assigning] = [form for form in assigned.json()["forms"] if form["action"] == "assign"]
    assert PROPERTY in {choice["post"] for choice in assigning["posts"]}
    property_manager = system.link(filed, "liyuan-1-property-1")
    assert system.act(property_manager, "accept").status_code == 200
    assert system.act(property_manager, "resolve", text="扶手装好了").status_code == 200
    system.forward(hours=73)

    ticket = system.wait_for(filed, lambda seen: seen["status"] == "closed")
    assert (ticket["owner"]["role"], ticket["handler"]["post"]) == ("community_officer", PROPERTY)
    assert happened(ticket) == ["submitted", "assigned", "accepted", "assigned", "accepted", "resolved", "closed"]
    assert entry(ticket, "assigned")["reason"] == "assigned_down"
    assert entry(ticket, "resolved")["actor_role"] == "property_manager"
    assert steps(ticket) == []


def test_handler_is_late(system: System) -> None:
    """A handler who lets the limit pass is reminded, and the owner with him; the ticket stays where it is."""
    move_to(system, MONDAY, 10)
    filed = system.file(description="想加装电梯", category="lift_retrofit")
    system.act(system.link(filed, "liyuan-officer-1"), "assign", to=PROPERTY)
    system.link(filed, "liyuan-1-property-1")

    system.forward(days=6)

    ticket = system.wait_for(filed, lambda seen: "reminded" in happened(seen))
    assert entry(ticket, "reminded")["reason"] == "handler_overdue"
    assert (ticket["level"], ticket["status"]) == ("community", "accepted")
    mailed(system, filed, "liyuan-officer-1", "催办")
    mailed(system, filed, "liyuan-1-property-1", "催办")


def test_link_after_the_ticket_went_to_another(system: System) -> None:
    """An old link is refused, and says what happened instead: where the ticket is, whose, since when."""
    filed = system.file()
    link = system.link(filed, "liyuan-1-property-1")
    system.act(link, "hand_back", text="不归我们管")
    system.act(system.link(filed, "liyuan-officer-1"), "accept")

    refused = system.act(link, "resolve", text="其实弄好了")

    problem = refused.json()
    assert (refused.status_code, problem["reason"]) == (409, "not_yours")
    assert (problem["instead"]["level"], problem["instead"]["status"]) == ("community", "accepted")
    assert problem["instead"]["owner"]["role"] == "community_officer"
    assert problem["instead"]["since"]
    system.wait_for(filed, lambda seen: seen["status"] == "accepted")


def test_same_action_twice(system: System) -> None:
    """An action repeated with its id after a lost answer is done once and answered alike; without it, refused."""
    filed = system.file()
    link = system.link(filed, "liyuan-1-property-1")
    id = "0192f0c1-2345-7abc-8def-0123456789ab"

    first = system.act(link, "accept", action_id=id)
    again = system.act(link, "accept", action_id=id)
    other = system.act(link, "accept")

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert first.json()["ticket"] == again.json()["ticket"]
    ticket = system.wait_for(filed, lambda seen: seen["status"] == "accepted")
    assert happened(ticket).count("accepted") == 1


def test_links_that_do_not_count(system: System) -> None:
    """A link of three months ago has expired, one nobody signed is forged, and neither does anything."""
    filed = system.file()
    system.link(filed, "liyuan-1-property-1")
    secret = (system.local.home / "keys" / "secret").read_bytes().strip()
    fields = [filed.body["id"].replace("-", ""), "liyuan-1-property-1", PROPERTY, 1]
    expired = str(URLSafeTimedSerializer(secret, salt="action", signer=OldSigner).dumps(fields))
    words, moment, signature = expired.rsplit(".", 2)
    forged = f"{words}.{moment}.{signature[::-1]}"

    assert system.act(expired, "accept").status_code == 410
    assert system.act(forged, "accept").status_code == 403
    assert system.act(filed.token, "accept").status_code == 403
    assert system.ticket(filed)["status"] == "assigned"
