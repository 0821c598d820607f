"""The dispatcher with its threads, on both databases: messages keep going out, whatever one receiver does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import select

from deploy.local.ports import LOOPBACK
from deploy.local.processes import wait_until
from services.notify import handlers, store
from services.notify.channels.email import Email
from services.notify.channels.http import open_pool
from services.notify.channels.webhook import Hook
from services.notify.dispatcher import Dispatcher
from services.notify.domain.plan import Groups
from services.notify.sending import Ways
from services.notify.writing.stationery import Stationery
from shared.bus.outbox import Outbox
from shared.clock import Clock
from shared.contracts.events import TicketAssigned, TicketEvent
from shared.db import open_engine, reading
from tests.integration.notify.conftest import Mailroom, Receiver
from tests.integration.notify.office import NoBroker, nobody
from tests.tellings import GROUPS, TOWN, an_event, heard

CLOCK = Clock()
HOOKS = Groups((), GROUPS.webhooks)


@pytest.fixture
def outbox(migrated_url: str | None, home: Path) -> Iterator[Outbox]:
    """Empty tables of either database."""
    engine = open_engine(migrated_url, home, "notify")
    yield Outbox(engine, store.outbox, "notify", NoBroker())
    engine.dispose()


@contextmanager
def dispatching(outbox: Outbox, mail_port: int, hook_url: str, lease_seconds: float = 60) -> Iterator[Dispatcher]:
    ways = Ways(
        email=Email(host=LOOPBACK, port=mail_port, sender="l@town.example", sender_name="楼门", timeout=5),
        bots={},
        hooks={"property": Hook(hook_url, b"shared-secret", open_pool(hook_url, 8, (5, 30)))},
        ask_reporter=nobody,
    )
    stationery: Callable[[], Stationery] = lambda: Stationery(TOWN, "https://loumen.example", b"secret", CLOCK.now())  # noqa: E731
    dispatcher = Dispatcher(outbox, CLOCK, stationery, ways, lane_width=4, lease_seconds=lease_seconds)
    dispatcher.start()
    yield dispatcher
    dispatcher.stop()


def record(outbox: Outbox, events: list[TicketEvent]) -> None:
    now = datetime.now(UTC)
    with outbox.work() as work:
        handlers.record_events(work, heard(*events), TOWN, HOOKS, now=CLOCK.now(), real_now=now, digest_at=time(18))


def fates(outbox: Outbox, channel: str) -> list[str]:
    query = select(store.deliveries.c.fate).where(store.deliveries.c.channel == channel)
    with reading(outbox.engine) as connection:
        return list(connection.execute(query).scalars())


def test_a_silent_receiver_holds_up_nobody_else(outbox: Outbox, mailroom: Mailroom, receiver: Receiver) -> None:
    """The webhook does not answer and its lane is full; all the mail goes out, then the rest when it answers."""
    receiver.gate.clear()
    with dispatching(outbox, mailroom.port, receiver.url) as dispatcher:
        record(outbox, [an_event(TicketAssigned, in_digest=()) for _ in range(20)])
        dispatcher.wake()
        assert wait_until(lambda: fates(outbox, "email") == ["sent"] * 20, 30)
        assert len(receiver.requests) == 4
        receiver.gate.set()
        assert wait_until(lambda: fates(outbox, "webhook") == ["sent"] * 20, 30)
    assert len({request.headers["X-Loumen-Delivery"] for request in receiver.requests}) == len(receiver.requests) == 20


def test_what_became_due_while_nobody_looked_goes_out_at_the_start(
    outbox: Outbox, mailroom: Mailroom, receiver: Receiver
) -> None:
    """A restart loses nothing: nobody wakes the dispatcher, and all of it is sent once."""
    record(outbox, [an_event(TicketAssigned, in_digest=()) for _ in range(5)])
    with dispatching(outbox, mailroom.port, receiver.url):
        assert wait_until(lambda: fates(outbox, "email") == ["sent"] * 5, 30)
    assert len(mailroom.mails) == 5


def test_two_dispatchers_share_the_work(outbox: Outbox, mailroom: Mailroom, receiver: Receiver) -> None:
    """Two of them on one table: everything once."""
    record(outbox, [an_event(TicketAssigned, in_digest=()) for _ in range(40)])
    with (
        dispatching(outbox, mailroom.port, receiver.url),
        dispatching(outbox, mailroom.port, receiver.url),
    ):
        assert wait_until(lambda: fates(outbox, "email") + fates(outbox, "webhook") == ["sent"] * 80, 30)
    assert (len(mailroom.mails), len(receiver.requests)) == (40, 40)


def test_nothing_goes_out_after_its_lease(outbox: Outbox, mailroom: Mailroom, receiver: Receiver) -> None:
    """What stood still between claiming and sending for longer than its lease is not sent, and no error: others may."""
    record(outbox, [an_event(TicketAssigned, in_digest=())])
    with dispatching(outbox, mailroom.port, receiver.url, lease_seconds=0):
        assert wait_until(lambda: min(attempts(outbox)) >= 2, 30)
    with dispatching(outbox, mailroom.port, receiver.url):
        assert wait_until(lambda: fates(outbox, "email") + fates(outbox, "webhook") == ["sent"] * 2, 30)
    assert (len(mailroom.mails), len(receiver.requests)) == (1, 1)


def attempts(outbox: Outbox) -> list[int]:
    with reading(outbox.engine) as connection:
        return list(connection.execute(select(store.deliveries.c.attempts)).scalars())
