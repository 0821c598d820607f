"""Who sends what: a claim is one worker's until its lease ends, whoever is killed or slow meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from deploy.local.processes import wait_until
from services.notify import claims, handlers
from services.notify.domain.fates import Fate
from services.notify.sending import Outcome
from shared.contracts.events import (
    NotificationSent,
    TicketAssigned,
)
from shared.db import reading, transaction
from tests.builders import MONDAY_10
from tests.integration.notify.conftest import Mailroom
from tests.integration.notify.office import REAL, Office
from tests.tellings import an_event


def test_what_one_has_claimed_no_other_gets_until_the_lease_ends(office: Office) -> None:
    """A killed worker's messages come again after its lease, with the same id and one more attempt."""
    office.record(an_event(TicketAssigned, in_digest=()))
    [first] = office.claim()
    assert office.claim() == []
    [again] = office.claim(real=REAL + timedelta(seconds=121))
    assert again.id == first.id
    assert (first.first.attempts, again.first.attempts) == (1, 2)


def test_killed_between_sending_and_writing_it_down(office: Office, mailroom: Mailroom) -> None:
    """The named window: it goes out twice, under one Message-ID, and is said to be sent once."""
    office.record(an_event(TicketAssigned, in_digest=()))
    lost = office.send(office.claim())
    later = REAL + timedelta(seconds=121)
    office.run(real=later)
    office.settle(lost, real=later)
    ids = [line for mail in mailroom.mails for line in mail.content.splitlines() if line.startswith(b"Message-ID")]
    assert len(ids) == 2 and len(set(ids)) == 1
    assert len(office.said()) == 1


def test_a_failure_that_comes_late_does_not_undo_what_was_sent(office: Office, mailroom: Mailroom) -> None:
    """A worker that was thought dead gives up after another has sent it."""
    office.record(an_event(TicketAssigned, in_digest=()))
    [slow] = office.claim()
    office.run(real=REAL + timedelta(seconds=121))
    office.settle([Outcome(slow, Fate.FAILED, "too slow")])
    assert office.fates() == ["sent"]
    assert [type(each) for each in office.said()] == [NotificationSent]


def test_whose_lease_ran_out_cannot_speak_for_the_one_who_tries_now(office: Office, mailroom: Mailroom) -> None:
    """A worker that stood still failed, or wants another try; the message is another's by now, and stays so."""
    office.record(*(an_event(TicketAssigned, in_digest=()) for _ in range(2)))
    failed, again = office.claim()
    later = REAL + timedelta(seconds=121)
    taken_over = office.claim(real=later)
    office.settle([Outcome(failed, Fate.FAILED, "too slow"), Outcome(again, Fate.PENDING, "not now")], real=later)
    assert (office.fates(), office.said()) == (["pending"] * 2, [])
    assert office.claim(real=later + timedelta(seconds=60)) == []
    office.settle(office.send(taken_over))
    assert [type(each) for each in office.said()] == [NotificationSent] * 2


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_two_replicas_do_not_tear_a_digest_apart(office: Office) -> None:
    """What one has looked at and left for its next turn, another gets whole, and not in part before."""
    both, evening = ("U:unit_head", "C:grid_worker"), MONDAY_10.replace(hour=10)
    office.record(*(an_event(TicketAssigned, in_digest=both) for _ in range(10)))
    office.run()
    with ThreadPoolExecutor(1) as other, transaction(office.engine) as connection:
        claims.await_turn(connection)
        first, _ = handlers.claim_due(connection, now=evening, real_now=REAL, busy={}, width=8, lease_seconds=120)
        second = other.submit(office.claim, evening)
        assert wait_until(lambda: second.done() or waits_for_a_lock(office.engine), 30)
        connection.commit()
    assert [len(each.dues) for each in (*first, *second.result())] == [10, 10]


def waits_for_a_lock(engine: Engine) -> bool:
    with reading(engine) as connection:
        return bool(connection.scalar(text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")))


def test_a_full_lane_leaves_its_rest_to_others(office: Office) -> None:
    """Two at a time for mail: the third is neither claimed nor put off."""
    office.record(*(an_event(TicketAssigned, in_digest=()) for _ in range(3)))
    assert len(office.claim(width=2)) == 2
    assert office.claim(width=2, busy={"email:staff": 2}) == []
    assert len(office.claim(width=2)) == 1
