"""What routing puts on the trail."""

from uuid import uuid4

from shared.contracts.trail import Origin, Via
from shared.contracts.vocabulary import Action, Part, Refusal
from tests.builders import a_submission
from tests.integration.routing.told import deeds


def test_what_people_do_is_put_on_the_trail_with_it(desk):
    """Who, from where, for which post, and what came of it, refusals too; a repeat says nothing more, and not a word of
    what was written."""
    ticket = a_submission()
    desk.open(ticket)
    origin = Origin(via=Via.SESSION, who="wang", address="203.0.113.7")
    first = uuid4()
    for _ in range(2):
        desk.act(ticket.ticket_id, Action.ACCEPT, action_id=first, origin=origin, text="打我电话 13800000000")
    desk.act(ticket.ticket_id, Action.ACCEPT, origin=origin)

    accepted, refused = deeds(desk)
    post = "K:property_manager"
    assert (accepted.origin, accepted.subject) == (origin, desk.case(ticket.ticket_id).case.ticket.code)
    assert (accepted.outcome, refused.outcome) == ("done", Refusal.WRONG_STATUS)
    told = {"action": "accept", "action_id": str(first), "person": "p-K-property_manager", "post": post}
    assert accepted.details == told
    assert "1380000" not in str(deeds(desk))


def test_what_a_resident_does_is_not_on_the_trail(desk):
    """It is in the ledger: residents have no account, and their address is nobody's business."""
    ticket = a_submission()
    desk.open(ticket)
    desk.act(ticket.ticket_id, Action.ACCEPT, person=None, post=None, assignment=None, resident=Part.REPORTER)
    assert deeds(desk) == []
