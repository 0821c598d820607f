"""When a message goes out: in the morning, in the evening's digest, as a group can take it; and what is late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.notify import store
from shared.contracts.events import (
    TicketAssigned,
    TicketResolved,
)
from shared.contracts.vocabulary import Channel, Status
from shared.db import reading
from tests.builders import MONDAY_10
from tests.integration.notify.conftest import Mailroom, Receiver
from tests.integration.notify.office import HEAD, MORNING, NIGHT, REAL, Office
from tests.tellings import GROUPS, a_seat, an_event


def test_a_volunteer_hears_in_the_morning(office: Office, mailroom: Mailroom) -> None:
    """Assigned at 3:00: nothing before 8:00 by the clock, whatever real time it is."""
    office.record(an_event(TicketAssigned, owner=HEAD, handler=HEAD, in_digest=()), now=NIGHT)
    assert office.run(now=MORNING - timedelta(seconds=1), real=REAL + timedelta(days=9)) == []
    office.run(now=MORNING)
    assert len(mailroom.mails) == 1


@pytest.mark.parametrize("moved", ["climbed", "settled"])
def test_who_need_not_act_any_more_is_not_woken_for_it(moved: str, office: Office, mailroom: Mailroom) -> None:
    """Held to the morning; by then the ticket has another owner, or is settled: skipped without a word."""
    first = an_event(TicketAssigned, owner=HEAD, handler=HEAD, in_digest=())
    office.record(first, now=NIGHT)
    changed = (
        {"owner": a_seat("C:community_officer", 2), "handler": a_seat("C:community_officer", 2)}
        if moved == "climbed"
        else {"status": Status.RESOLVED}
    )
    ticket = first.ticket.model_copy(update={"version": 3, **changed})
    office.record(an_event(TicketResolved, actor="U:unit_head", ticket=ticket), now=NIGHT)
    office.run(now=MORNING)
    assert mailroom.mails == []
    assert (office.fates(), office.said()) == (["skipped"], [])


def test_a_days_digest_is_one_mail(office: Office, mailroom: Mailroom) -> None:
    """Five tickets for one unit head: one mail at 18:00, five deliveries said to be sent."""
    owner = a_seat("K:property_manager")
    office.record(*(an_event(TicketAssigned, actor="K:property_manager", owner=owner) for _ in range(5)))
    assert office.claim() == []
    evening = MONDAY_10.replace(hour=10)
    office.run(now=evening)
    assert len(mailroom.mails) == 1
    assert len(office.said()) == 5
    assert office.run(now=evening) == []


def test_a_bot_gets_twenty_in_its_window_and_the_rest_later(office: Office, receiver: Receiver) -> None:
    """Counted in the table over all replicas, in real time; none is lost."""
    office.record(*(an_event(TicketAssigned, in_digest=()) for _ in range(30)), groups=replace(GROUPS, webhooks=()))
    posts: Callable[[], int] = lambda: sum(request.path == "/bot" for request in receiver.requests)  # noqa: E731
    office.run()
    assert posts() == 20
    office.run(real=REAL + timedelta(seconds=30))
    assert posts() == 20
    office.run(real=REAL + timedelta(seconds=66))
    assert posts() == 30


def test_the_backlog_is_what_nobody_has_in_hand(office: Office, mailroom: Mailroom) -> None:
    """What waits for its turn in a group, or is on its way, is not late; what waits after a failure is."""

    def oldest(real: datetime) -> dict[Channel, datetime]:
        with reading(office.engine) as connection:
            return store.oldest_due(connection, MONDAY_10, real)

    office.record(*(an_event(TicketAssigned, in_digest=()) for _ in range(30)), groups=replace(GROUPS, webhooks=()))
    assert oldest(REAL) == {Channel.EMAIL: MONDAY_10, Channel.WECOM: MONDAY_10}
    office.run()
    assert oldest(REAL) == {}
    assert oldest(REAL + timedelta(seconds=66)) == {Channel.WECOM: MONDAY_10}
    office.run(real=REAL + timedelta(seconds=66))

    mailroom.refuse_all = "451 come again"
    office.record(an_event(TicketAssigned, in_digest=()))
    under_way = office.claim()
    assert oldest(REAL) == {}
    office.settle(office.send(under_way))
    assert oldest(REAL) == {Channel.EMAIL: MONDAY_10}
