"""What cannot be delivered: tried again, given up, and the post said to be out of reach."""

from datetime import time, timedelta

from sqlalchemy import select, update

from services.notify import handlers, store
from services.notify.domain.fates import RETRY_SECONDS
from shared.contracts.events import (
    NotificationFailed,
    PostUnreachable,
    Step,
    TicketAssigned,
    TicketEscalated,
)
from shared.contracts.vocabulary import Reason
from shared.db import transaction
from tests.builders import MONDAY_10
from tests.integration.notify.conftest import Mailroom, Receiver
from tests.integration.notify.office import BY_MAIL, REAL, Office
from tests.tellings import GROUPS, TOWN, an_event, heard


def test_a_failure_is_tried_again_with_growing_delays_and_then_given_up(office: Office, mailroom: Mailroom) -> None:
    """After the last retry it has failed, and the post cannot be reached."""
    mailroom.refuse_all = "451 not now"
    office.record(an_event(TicketAssigned, in_digest=()))
    real = REAL
    for wait in RETRY_SECONDS:
        assert len(office.run(real=real)) == 1
        assert office.claim(real=real + timedelta(seconds=wait - 1)) == []
        real += timedelta(seconds=wait)
    office.run(real=real)
    assert office.fates() == ["failed"]
    assert [type(each) for each in office.said()] == [NotificationFailed, PostUnreachable]


def test_a_post_is_unreachable_only_when_every_channel_failed(
    office: Office, mailroom: Mailroom, receiver: Receiver
) -> None:
    """Mail refused, group told: reached. The reason of the failure is on record."""
    mailroom.refuse_all = "554 no"
    office.record(an_event(TicketAssigned, in_digest=()), groups=GROUPS)
    office.run()
    assert PostUnreachable not in {type(each) for each in office.said()}
    [failed] = [each for each in office.said() if isinstance(each, NotificationFailed)]
    assert failed.error == "the mail was refused: 554"


def test_unreachable_is_said_once(office: Office, mailroom: Mailroom) -> None:
    """Two messages of one assignment fail: one event about it."""
    mailroom.refuse_all = "554 no"
    first = an_event(TicketAssigned, in_digest=())
    office.record(first)
    office.run()
    office.record(
        an_event(
            TicketEscalated,
            ticket=first.ticket.model_copy(update={"version": 3}),
            steps=(Step(from_level="unit", level="unit", reason=Reason.ASKED),),
        )
    )
    office.run()
    assert [type(each) for each in office.said()].count(PostUnreachable) == 1


def test_an_owner_without_any_channel_is_said_to_be_unreachable(office: Office) -> None:
    """At once and once, though the event comes twice."""
    people = tuple(each.model_copy(update={"email": None}) for each in TOWN.directory.people)
    town = type(TOWN)(TOWN.directory.model_copy(update={"people": people}))
    event = an_event(TicketAssigned, in_digest=())
    for _ in range(2):
        with office.outbox.work() as work:
            handlers.record_events(work, heard(event), town, BY_MAIL, now=MONDAY_10, real_now=REAL, digest_at=time(18))
    [said] = office.said()
    assert (said.post, said.assignment) == ("K:property_manager", 1)


def test_a_message_that_cannot_be_written_fails_alone(office: Office, mailroom: Mailroom) -> None:
    """A row whose event nobody can read any more is given up at once; the others go out."""
    office.record(*(an_event(TicketAssigned, in_digest=()) for _ in range(2)))
    with transaction(office.engine) as connection:
        one = connection.execute(select(store.deliveries.c.id).limit(1)).scalar()
        connection.execute(update(store.deliveries).where(store.deliveries.c.id == one).values(body="{}"))
    outcomes = office.run()
    assert sorted(outcome.fate.value for outcome in outcomes) == ["failed", "sent"]
    assert len(mailroom.mails) == 1
