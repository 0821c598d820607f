"""Deliveries from event to fate, on both databases, with real receivers."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import Envelope
from sqlalchemy import Engine, func, select, text, update

from deploy.local.ports import LOOPBACK
from deploy.local.processes import wait_until
from services.notify import claims, handlers, store
from services.notify.channels.email import Email
from services.notify.channels.http import open_pool
from services.notify.channels.webhook import Hook
from services.notify.channels.wecom import GroupBot
from services.notify.domain.fates import RETRY_SECONDS, Fate
from services.notify.domain.plan import SECOND_THOUGHT, Groups
from services.notify.domain.turns import Bundle, Due
from services.notify.sending import Outcome, Ways, try_to_send
from services.notify.writing.stationery import Stationery
from shared.bus.outbox import Outbox, Row
from shared.contracts.envelope import decode
from shared.contracts.events import (
    NotificationFailed,
    NotificationSent,
    PostUnreachable,
    Step,
    TicketAccepted,
    TicketAssigned,
    TicketEscalated,
    TicketEvent,
    TicketResolved,
)
from shared.contracts.queries import Reporter
from shared.contracts.vocabulary import Channel, Reason, Status
from shared.db import open_engine, reading, transaction
from shared.migrate import upgrade
from tests.builders import MONDAY_10
from tests.integration.notify.conftest import Mailroom, Receiver
from tests.tellings import GROUPS, TOWN, a_seat, a_ticket, an_event, heard

REAL = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
NIGHT = MONDAY_10.replace(hour=19)
MORNING = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
HEAD = a_seat("U:unit_head")
BY_MAIL = Groups()


class NoBroker:
    """Takes what an outbox hands over and leaves it in the table."""

    def put(self, rows: Sequence[Row]) -> int:
        return len(rows)

    def backlog(self) -> int:
        return 0


@dataclass
class Office:
    """Notify without its threads: each step is called by hand, at moments of our choosing."""

    outbox: Outbox
    ways: Ways

    @property
    def engine(self) -> Engine:
        return self.outbox.engine

    def record(self, *events: TicketEvent, now: datetime = MONDAY_10, groups: Groups = BY_MAIL) -> None:
        with self.outbox.work() as work:
            handlers.record_events(work, heard(*events), TOWN, groups, now=now, real_now=REAL, digest_at=time(18))

    def claim(self, now: datetime = MONDAY_10, real: datetime = REAL, **differences: Any) -> list[Bundle[Due]]:
        options = {"busy": {}, "width": 1000, "lease_seconds": 120} | differences
        with transaction(self.engine) as connection:
            claims.await_turn(connection)
            messages, _ = handlers.claim_due(connection, now=now, real_now=real, **options)
        return messages

    def send(self, messages: Sequence[Bundle[Due]], now: datetime = MONDAY_10, real: datetime = REAL) -> list[Outcome]:
        stationery = Stationery(TOWN, "https://loumen.example", b"secret", now)
        return [try_to_send(message, stationery, self.ways, real) for message in messages]

    def settle(self, outcomes: Sequence[Outcome], now: datetime = MONDAY_10, real: datetime = REAL) -> None:
        with self.outbox.work() as work:
            handlers.record_fates(work, outcomes, now=now, real_now=real)

    def run(self, now: datetime = MONDAY_10, real: datetime = REAL) -> list[Outcome]:
        outcomes = self.send(self.claim(now, real), now, real)
        self.settle(outcomes, now, real)
        return outcomes

    def said(self) -> list[Any]:
        with reading(self.engine) as connection:
            bodies = connection.execute(select(store.outbox.c.body).order_by(store.outbox.c.id)).scalars().all()
        return [decode(body)[1] for body in bodies]

    def fates(self) -> list[str]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(store.deliveries.c.fate)).scalars())


def subject_of(mail: Envelope) -> str:
    return str(message_from_bytes(mail.content or b"", policy=policy.default)["Subject"])


def nobody(_reference: UUID) -> Reporter | None:
    return None


@pytest.fixture
def office(database_url: str | None, home: Path, mailroom: Mailroom, receiver: Receiver) -> Iterator[Office]:
    """Empty tables of either database, made by the migrations."""
    engine = open_engine(database_url, home, "notify")
    upgrade(engine, "notify")
    pool = open_pool(receiver.url, 4, (2.0, 2.0))
    ways = Ways(
        email=Email(host=LOOPBACK, port=mailroom.port, sender="l@town.example", sender_name="楼门", timeout=2),
        bots={"k": GroupBot(f"{receiver.url}/bot", "markdown", "zh-CN", pool)},
        hooks={"property": Hook(f"{receiver.url}/hook", b"shared-secret", pool)},
        ask_reporter=nobody,
    )
    yield Office(Outbox(engine, store.outbox, "notify", NoBroker()), ways)
    engine.dispose()


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


def test_an_older_event_does_not_bring_back_an_older_owner(office: Office, mailroom: Mailroom) -> None:
    """Events out of order: the newest version decides who must act."""
    ticket = a_ticket(in_digest=())
    officer = a_seat("C:community_officer", 2)
    newer = ticket.model_copy(update={"version": 3, "owner": officer, "handler": officer})
    office.record(an_event(TicketAssigned, ticket=newer), an_event(TicketAssigned, ticket=ticket))
    office.run()
    assert [mail.rcpt_tos for mail in mailroom.mails] == [["c.community_officer@loumen.example"]]


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


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
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


def test_a_full_lane_leaves_its_rest_to_others(office: Office) -> None:
    """Two at a time for mail: the third is neither claimed nor put off."""
    office.record(*(an_event(TicketAssigned, in_digest=()) for _ in range(3)))
    assert len(office.claim(width=2)) == 2
    assert office.claim(width=2, busy={"email:staff": 2}) == []
    assert len(office.claim(width=2)) == 1


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


def test_a_message_that_cannot_be_written_fails_alone(office: Office, mailroom: Mailroom) -> None:
    """A row whose event nobody can read any more is given up at once; the others go out."""
    office.record(*(an_event(TicketAssigned, in_digest=()) for _ in range(2)))
    with transaction(office.engine) as connection:
        one = connection.execute(select(store.deliveries.c.id).limit(1)).scalar()
        connection.execute(update(store.deliveries).where(store.deliveries.c.id == one).values(body="{}"))
    outcomes = office.run()
    assert sorted(outcome.fate.value for outcome in outcomes) == ["failed", "sent"]
    assert len(mailroom.mails) == 1


def test_a_tickets_deliveries_can_be_read(office: Office) -> None:
    """For pages and people: channel, fate, receipt; no address."""
    event = an_event(TicketAssigned, in_digest=())
    office.record(event)
    office.run()
    with reading(office.engine) as connection:
        [told] = store.deliveries_of(connection, event.ticket.id)
    assert (told["channel"], told["fate"], told["attempts"]) == ("email", "sent", 1)
    assert "@loumen.example" not in repr(told)
