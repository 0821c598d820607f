"""The service as it runs: its process, a real broker, records beside it, real receivers."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.local.ports import LOOPBACK
from deploy.local.processes import wait_until
from shared.bus.amqp_link import Link
from shared.bus.asyncio import Bus, connected
from shared.bus.topology import COMMANDS, EVENTS, NOTIFY_EVENTS, RECORDS_REPORTERS
from shared.contracts.base import Message
from shared.contracts.commands import RecordReporter
from shared.contracts.directory import DirectoryChanged
from shared.contracts.envelope import encode
from shared.contracts.events import TicketAccepted, TicketAssigned, TicketEvent
from shared.contracts.ticket import Seat
from shared.trace import new_traceparent
from tests.builders import MONDAY_10, a_directory
from tests.integration.notify.conftest import Mailroom, Receiver
from tests.small_town import GOOD
from tests.tellings import an_event

CHANNELS = """
wecom: {url}/wecom
bots:
  - {{name: k, place: K, roles: [property_manager], key: "${{BOT_KEY}}"}}
webhooks:
  - {{name: property, place: C, roles: [property_manager], url: "{url}/hook", secret: "${{file:secret}}"}}
"""


@pytest.fixture
def environment(home: Path, migrated_files: Path, vhost: str, mailroom: Mailroom, receiver: Receiver) -> dict[str, str]:
    """Migrated SQLite files, a broker of one's own, and where the receivers are."""
    shutil.copytree(migrated_files, home, dirs_exist_ok=True)
    channels = home / "channels.yaml"
    channels.write_text(CHANNELS.format(url=receiver.url))
    (home / "secret").write_text("shared-secret\n")
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        "LOUMEN_HOME": str(home),
        "AMQP_URI": vhost,
        "LOUMEN_SMTP_HOST": LOOPBACK,
        "LOUMEN_SMTP_PORT": str(mailroom.port),
        "LOUMEN_CHANNELS": str(channels),
        "BOT_KEY": "the-key",
    }


@contextmanager
def service(name: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """One service's process; what is still running at the end is ended."""
    log = Path(environment["LOUMEN_HOME"], f"{name}.log")
    with log.open("ab") as output:
        process = subprocess.Popen((sys.executable, "-m", f"services.{name}"), env=environment, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def publish(uri: str, messages: Sequence[tuple[str, str, Message, UUID]]) -> None:
    """Each message with its exchange, routing key and id, confirmed."""

    async def publish_all(bus: Bus) -> None:
        for exchange, key, message, id in messages:
            body = encode(message, id=id, source="test", time=MONDAY_10, subject=None, traceparent=new_traceparent())
            await bus.publish(exchange, key, body, message_id=str(id))

    asyncio.run(_with_bus(uri, publish_all))


def call(uri: str, method: str, service: str = "notify", **arguments: Any) -> Any:
    async def ask(bus: Bus) -> Any:
        return await bus.call(service, method, **arguments)

    return asyncio.run(_with_bus(uri, ask))


async def _with_bus(uri: str, use: Any) -> Any:
    async with connected(uri) as bus:
        return await use(bus)


def told(event: TicketEvent) -> tuple[str, str, Message, UUID]:
    return EVENTS, event.TYPE, event, event.id


OFFICER = Seat(post="li:officer", role="officer", name="丽园社区", assignment=1, since=MONDAY_10)
DIRECTORY = (EVENTS, "directory.changed", DirectoryChanged(directory=a_directory()), uuid4())


def test_an_event_reaches_person_group_system_and_reporter(
    environment: dict[str, str], vhost: str, mailroom: Mailroom, receiver: Receiver
) -> None:
    """From the bus to the receivers; the reporter's address comes from records when the mail is written."""
    reference = uuid4()
    assigned = an_event(TicketAssigned, in_digest=())
    accepted = an_event(TicketAccepted, actor="K:property_manager", reporter_ref=reference, in_digest=())
    record = RecordReporter(
        reporter_ref=reference,
        ticket_id=accepted.ticket.id,
        name=None,
        phone=None,
        email="someone@loumen.example",
        language="zh-CN",
        title=None,
        description="x",
        location_note=None,
    )
    with service("records", environment), service("notify", environment) as process:
        publish(vhost, [(COMMANDS, RECORDS_REPORTERS, record, uuid4()), DIRECTORY, told(assigned)])
        assert wait_until(lambda: len(mailroom.mails) == 1 and len(receiver.requests) == 2, 60)
        publish(vhost, [told(accepted)])
        assert wait_until(lambda: len(mailroom.mails) == 2, 60)
        [delivery] = call(vhost, "deliveries", ticket_id=str(accepted.ticket.id))
        assert delivery["role"] == "reporter"
        assert wait_until(lambda: call(vhost, "backlog")["oldest_delivery_seconds"] == {}, 30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert {request.path for request in receiver.requests} == {"/wecom/cgi-bin/webhook/send?key=the-key", "/hook"}
    assert mailroom.mails[1].rcpt_tos == ["someone@loumen.example"]


def test_events_before_the_directory_wait_for_it(environment: dict[str, str], vhost: str, mailroom: Mailroom) -> None:
    """Its own copy of the directory is lost, and no event brings it again: records is asked, the event was held."""
    event = an_event(TicketAssigned, owner=OFFICER, handler=OFFICER, in_digest=())
    publish(vhost, [told(event)])
    with service("records", environment), service("notify", environment):
        log = Path(environment["LOUMEN_HOME"], "notify.log")
        assert wait_until(lambda: "no directory yet" in log.read_text(), 60)
        assert call(vhost, "load_directory", "records", files=GOOD)["version"] == 1
        assert wait_until(lambda: len(mailroom.mails) == 1, 60)


def test_an_owner_whom_only_a_newer_directory_knows_is_told(
    environment: dict[str, str], vhost: str, mailroom: Mailroom
) -> None:
    """Routing went by a newer one than ours: records is asked before anybody is said to be out of reach."""
    event = an_event(TicketAssigned, owner=OFFICER, handler=OFFICER, in_digest=())
    changed = {**GOOD, "people.csv": GOOD["people.csv"].replace("街道专员", "街道值班员")}
    with service("records", environment):
        for files in (GOOD, changed):
            call(vhost, "load_directory", "records", timeout=60, files=files)
        lose_events(vhost, 2)
        publish(vhost, [DIRECTORY, told(event)])
        with service("notify", environment):
            assert wait_until(lambda: len(mailroom.mails) == 1, 60)
    assert mailroom.mails[0].rcpt_tos == ["officer@loumen.example"]


def lose_events(uri: str, number: int) -> None:
    """So many messages to notify are gone before it saw them."""
    link = Link(uri, NOTIFY_EVENTS, number)
    lost: list[Any] = []
    assert wait_until(lambda: len(lost) == number or lost.extend(link.take(number, 0)), 30)
    link.ack(lost[-1].tag, multiple=True)
    link.close()


def test_nothing_is_lost_when_it_is_killed(
    environment: dict[str, str], vhost: str, mailroom: Mailroom, receiver: Receiver
) -> None:
    """SIGKILL with messages coming in, then again: every owner is told at least once, each under one id."""
    events = [an_event(TicketAssigned, in_digest=()) for _ in range(60)]
    environment["LOUMEN_LEASE_SECONDS"] = "2"
    with service("notify", environment) as process:
        publish(vhost, [DIRECTORY])
        publish(vhost, [told(event) for event in events])
        assert wait_until(lambda: len(mailroom.mails) > 5, 60)
        process.kill()
    with service("notify", environment):
        assert wait_until(lambda: len(set(message_ids(mailroom))) == 60, 60)
        assert wait_until(lambda: len(hooked(receiver)) == 60, 60)


def message_ids(mailroom: Mailroom) -> list[bytes]:
    lines = (line for mail in mailroom.mails for line in (mail.content or b"").splitlines())
    return [line for line in lines if line.startswith(b"Message-ID")]


def hooked(receiver: Receiver) -> set[str]:
    return {json.loads(each.body)["subject"] for each in receiver.requests if each.path == "/hook"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bots: [{name: k}]", "bots.0.place"),
        ("bots: [", "channels.yaml"),
        ("hooks: []", "hooks"),
        ("bots: [{name: k, place: K, roles: [r], key: '${MISSING}'}]", "MISSING"),
        ("webhooks: [{name: w, place: K, roles: [r], url: 'ftp://x', secret: 'long enough'}]", "webhooks.0.url"),
        ("webhooks: [{name: w, place: K, roles: [r], url: 'http://x', secret: '${file:gone}'}]", "gone"),
        (
            "bots: [{name: a, place: K, roles: [r], key: x}, {name: b, place: K, roles: [r], key: y}]",
            "two bots for one role",
        ),
    ],
)
def test_a_wrong_channels_file_is_a_clear_error_at_the_start(
    text: str, words: str, environment: dict[str, str]
) -> None:
    """The process ends at once and says what is wrong where, with no stack trace and no secret."""
    Path(environment["LOUMEN_CHANNELS"]).write_text(text)
    done = subprocess.run(
        (sys.executable, "-m", "services.notify"),
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
