"""Deliveries from event to fate, on both databases, with real receivers."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.notify import store
from services.notify.domain.plan import SECOND_THOUGHT
from shared.contracts.events import (
    NotificationSent,
    TicketAccepted,
    TicketAssigned,
    TicketResolved,
)
from shared.contracts.queries import Reporter
from shared.contracts.vocabulary import Status
from shared.db import reading
from tests.integration.notify.conftest import Mailroom, Receiver
from tests.integration.notify.office import REAL, Office, subject_of
from tests.tellings import GROUPS, a_seat, a_ticket, an_event


def test_an_event_is_told_and_said(office: Office, mailroom: Mailroom, receiver: Receiver) -> None:
    """Mail, group and system get it; each delivery is said to be sent, and lets go of the event."""
    office.record(an_event(TicketAssigned, in_digest=()), groups=GROUPS)
    office.run()
    assert [envelope.rcpt_tos for envelope in mailroom.mails] == [["k.property_manager@loumen.example"]]
    assert sorted(request.path for request in receiver.requests) == ["/bot", "/hook"]
    assert {type(each) for each in office.said()} == {NotificationSent}
    assert office.fates() == ["sent"] * 3
    with reading(office.engine) as connection:
        assert connection.execute(select(func.count(store.deliveries.c.body))).scalar() == 0


def test_a_repeated_event_makes_no_second_delivery(office: Office, mailroom: Mailroom) -> None:
    """In one batch, in a later one, and after it was sent."""
    event = an_event(TicketAssigned, in_digest=())
    office.record(event, event)
    office.record(event)
    office.run()
    office.record(event)
    office.run()
    assert len(mailroom.mails) == 1


def test_a_reporter_is_asked_for_at_the_moment_of_sending(office: Office, mailroom: Mailroom) -> None:
    """The address stands in no table; who left none gets nothing, and nothing failed."""
    reference = UUID(int=7)
    known = Reporter(name=None, phone=None, email="someone@loumen.example", language="zh-CN")
    office.ways = replace(office.ways, ask_reporter=lambda asked: known if asked == reference else None)
    for asked in (reference, UUID(int=8)):
        office.record(an_event(TicketAccepted, actor="K:property_manager", reporter_ref=asked, in_digest=()))
    office.run(real=REAL + SECOND_THOUGHT)
    assert [mail.rcpt_tos for mail in mailroom.mails] == [["someone@loumen.example"]]
    assert sorted(office.fates()) == ["sent", "skipped"]
    with reading(office.engine) as connection:
        assert "someone" not in repr(connection.execute(select(store.deliveries)).all())


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_settled_at_once_is_told_to_the_resident_once(together: bool, office: Office, mailroom: Mailroom) -> None:
    """Resolved without accepting first: two events in one breath, and one letter, the last."""
    reporter = Reporter(name=None, phone=None, email="someone@loumen.example", language="zh-CN")
    office.ways = replace(office.ways, ask_reporter=lambda _reference: reporter)
    ticket = a_ticket(version=3, status=Status.ACCEPTED, reporter_ref=UUID(int=7), in_digest=())
    accepted = an_event(TicketAccepted, actor="K:property_manager", ticket=ticket)
    over = ticket.model_copy(update={"version": 4, "status": Status.RESOLVED})
    resolved = an_event(TicketResolved, actor="K:property_manager", ticket=over)
    if together:
        office.record(accepted, resolved)
    else:
        office.record(accepted)
        office.run()
        office.record(resolved)
    office.run()
    office.run(real=REAL + SECOND_THOUGHT)
    assert ["已办结" in subject_of(mail) for mail in mailroom.mails] == [True]
    assert sorted(office.fates()) == ["sent", "skipped"]


def test_an_older_event_does_not_bring_back_an_older_owner(office: Office, mailroom: Mailroom) -> None:
    """Events out of order: the newest version decides who must act."""
    ticket = a_ticket(in_digest=())
    officer = a_seat("C:community_officer", 2)
    newer = ticket.model_copy(update={"version": 3, "owner": officer, "handler": officer})
    office.record(an_event(TicketAssigned, ticket=newer), an_event(TicketAssigned, ticket=ticket))
    office.run()
    assert [mail.rcpt_tos for mail in mailroom.mails] == [["c.community_officer@loumen.example"]]


def test_a_tickets_deliveries_can_be_read(office: Office) -> None:
    """For pages and people: channel, fate, receipt; no address."""
    event = an_event(TicketAssigned, in_digest=())
    office.record(event)
    office.run()
    with reading(office.engine) as connection:
        [told] = store.deliveries_of(connection, event.ticket.id)
    assert (told["channel"], told["fate"], told["attempts"]) == ("email", "sent", 1)
    assert "@loumen.example" not in repr(told)
