"""Put on queues by hand: what cannot be handled is kept with its reason or refused, and the next good one goes on."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from shared.bus.amqp_link import Link
from shared.bus.amqp_messages import Outgoing
from shared.bus.asyncio import CallFailed
from shared.bus.received import ATTEMPTS
from shared.bus.topology import CALLED_SERVICES, CALLS, COMMANDS, RETRY_DELAYS, ROUTING_COMMANDS, WORK_QUEUES
from shared.contracts.base import Message
from shared.contracts.commands import RecordReporter, SubmitTicket
from shared.contracts.envelope import encode
from shared.contracts.queries import ParkedMessage
from shared.trace import new_traceparent
from tests.builders import MONDAY_10, a_submission
from tests.journeys.steps import ask, mailed
from tests.system import System, eventually

LAST_TRY = {ATTEMPTS: len(RETRY_DELAYS)}
"""The next failure is the last one; to wait for all the delays takes minutes."""


@pytest.fixture
def link(own_vhost: str) -> Iterator[Link]:
    """To publish by hand."""
    link = Link(own_vhost)
    yield link
    link.close()


def wrapped(message: Message, id: UUID) -> bytes:
    """A message as it should be."""
    return encode(message, id=id, source="test", time=MONDAY_10, subject=str(id), traceparent=new_traceparent())


def changed(**fields: object) -> bytes:
    """A submission with something wrong with it."""
    command = a_submission()
    return json.dumps({**json.loads(wrapped(command, command.ticket_id)), **fields}).encode()


BODIES: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"no json", "not a CloudEvents document"),
    "nothing": (b"", "not a CloudEvents document"),
    "not UTF-8": (b'{"id": "\xff"}', "not a CloudEvents document"),
    "JSON, but no envelope": (b"[1, 2]", "not a CloudEvents document"),
    "an unknown type": (changed(type="loumen.command.dance.v1"), "unknown type or version: loumen.command.dance"),
    "a future version": (changed(type=f"{SubmitTicket.TYPE}.v99"), "unknown type or version: .*v99"),
    "the wrong data": (changed(data={"ticket_id": "mine"}), "Field required|valid UUID|submit.v1"),
}


def parked(system: System) -> list[ParkedMessage]:
    """What waits for somebody to look at it."""
    return [ParkedMessage.model_validate(each) for each in ask(system, "records", "parked", limit=200)]


def drop_all(system: System) -> None:
    for each in parked(system):
        assert ask(system, "records", "drop_parked", id=each.id)


def test_bad_messages_are_parked(system: System, link: Link) -> None:
    """On every queue of work: kept as it came, listed with queue and reason, shown in full; and all goes on."""
    for queue in WORK_QUEUES:
        bodies = [(body, kind) for body, _ in BODIES.values() for kind in ("application/json", "text/strange", "")]
        assert not any(link.publish([Outgoing("", queue, body, "bad", content_type=kind) for body, kind in bodies]))

    for _, reason in BODIES.values():
        eventually(
            lambda reason=reason: (
                set(WORK_QUEUES)
                == {  # type: ignore[misc]
                    line.queue for line in parked(system) if re.search(reason, line.reason)
                }
            )
        )
    listed = system.loumen("parked", "list").stdout.splitlines()
    id = next(line.split()[0] for line in listed if "not a CloudEvents" in line)
    assert "body: " in system.loumen("parked", "show", id).stdout
    assert system.loumen("parked", "drop", id).returncode == 0
    assert len(parked(system)) == len(listed) - 1
    drop_all(system)

    filed = system.file(reporter={"email": "resident@home.example"})
    system.act(system.link(filed, "liyuan-1-property-1"), "accept")
    mailed(system, filed, "resident@home.example", "已接单")
    system.wait_for(filed, lambda seen: "notified" in {each["type"] for each in seen["timeline"]})


def test_nothing_lies_among_the_commands_unseen(system: System, link: Link) -> None:
    """A message that is whole but none that opens cases is parked too; the good one beside it opens its case."""
    stranger = RecordReporter(
        reporter_ref=uuid4(), ticket_id=uuid4(), name=None, phone=None, email=None, language="zh-CN",
        title=None, description="灯不亮", location_note=None,
    )  # fmt: skip
    command = a_submission(door_code="CH1-01-2")
    bodies = [wrapped(stranger, stranger.ticket_id), wrapped(command, command.ticket_id)]
    link.publish([Outgoing(COMMANDS, ROUTING_COMMANDS, body, "1", headers=LAST_TRY) for body in bodies])

    [line] = eventually(lambda: parked(system))
    assert line.queue == ROUTING_COMMANDS
    shown = system.loumen("parked", "show", str(line.id)).stdout
    assert str(stranger.reporter_ref) in shown
    assert eventually(lambda: ask(system, "records", "ticket", ticket_id=str(command.ticket_id)))
    drop_all(system)


def test_resent_message_goes_back_to_its_queue(system: System, link: Link) -> None:
    """What failed for the last time can be resent, once, and has its retries again; it holds up no other."""
    command = a_submission(door_code="NO-SUCH")
    link.publish([Outgoing("", ROUTING_COMMANDS, wrapped(command, command.ticket_id), "lost", headers=LAST_TRY)])

    [line] = eventually(lambda: parked(system))
    assert (line.queue, "UnknownPlace" in line.reason, "NO-SUCH" in line.reason) == (ROUTING_COMMANDS, True, True)
    assert system.loumen("parked", "resend", str(line.id)).returncode == 0
    assert parked(system) == []
    assert system.loumen("parked", "resend", str(line.id)).returncode == 1
    filed = system.file()
    system.wait_for(filed, lambda seen: seen["version"] > 1)
    log = (system.local.home / "logs" / "routing.log").read_text
    eventually(lambda: "loumen.retry.5s" in log())
    eventually(lambda: "loumen.retry.30s" in log())


@pytest.mark.parametrize("service", CALLED_SERVICES)
def test_bad_calls(system: System, link: Link, service: str) -> None:
    """A call that nobody can be answered is parked, one that is not understood is refused; good ones are answered."""
    call = Outgoing(CALLS, f"{service}.backlog", b'{"args": [], "kwargs": {}}', "1", content_type="")
    bodies = [b"", b"no json", b"[]", b'{"args": 1, "kwargs": 2}', b'{"args": [], "kwargs": {"no_such": 1}}', b"\xff"]
    link.publish([call, *(replace(call, body=body) for body in bodies)])

    lines = eventually(lambda: found if len(found := parked(system)) > len(bodies) else None)
    assert {line.queue for line in lines} == {f"rpc-{service}"}
    assert all("reply_to" in line.reason for line in lines)
    drop_all(system)
    with pytest.raises(CallFailed, match="no_such"):
        ask(system, service, "backlog", no_such=1)
    with pytest.raises(CallFailed, match="no_such_method"):
        ask(system, service, "no_such_method")
    assert ask(system, service, "backlog") is not None
