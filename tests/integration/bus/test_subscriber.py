"""What a nameko service takes from its queues: nothing is lost, and what cannot be handled is kept with its reason."""

import signal
from dataclasses import replace
from pathlib import Path

import amqp
import pytest

from shared.bus.amqp_link import Link
from shared.bus.amqp_messages import Outgoing
from shared.bus.received import ATTEMPTS
from shared.bus.topology import COMMANDS, RECORDS_EVENTS, ROUTING_COMMANDS
from shared.contracts.envelope import decode
from tests.integration.bus.probes import Service, collect, probe, until


def test_messages_are_handled_and_answered(service: Service, link: Link) -> None:
    """Each message is handled once, and what the handler said is published and gone from the outbox."""
    sent = [probe(f"{number:03}") for number in range(300)]
    assert set(link.publish(sent)) == {None}
    service.start()
    until(lambda: len(service.handled()) == 300)
    answers = Link(service.uri, RECORDS_EVENTS, 500)
    assert len(collect(answers, 300)) == 300
    answers.close()
    until(lambda: service.rows("outbox", "count(*)") == [(0,)])
    assert service.end(signal.SIGTERM) == 0


def test_a_killed_consumer_loses_nothing(service: Service, link: Link) -> None:
    """After SIGKILL in the middle of a batch, its messages come again."""
    link.publish([probe("first"), probe("slow"), probe("last")])
    service.start()
    until((service.home / "slow").exists)
    service.end(signal.SIGKILL)
    assert service.handled() == []
    (service.home / "slow").unlink()
    service.start()
    until((service.home / "slow").exists)
    (service.home / "slow").unlink()
    until(lambda: service.handled() == ["first", "last", "slow"])


def test_sigterm_finishes_what_is_in_hand(service: Service, link: Link) -> None:
    """The batch being handled is committed and acknowledged before the process ends."""
    link.publish([probe("slow")])
    service.start()
    until((service.home / "slow").exists)
    service.processes[-1].send_signal(signal.SIGTERM)
    (service.home / "slow").unlink()
    assert service.processes[-1].wait(30) == 0
    assert service.handled() == ["slow"]
    rest = Link(service.uri, ROUTING_COMMANDS, 1)
    assert rest.take(1, 0) == []
    rest.close()


def test_a_poisoned_batch_is_handled_one_by_one(service: Service, link: Link) -> None:
    """The others of the batch are handled; the bad one has used up its retries and is parked with the reason."""
    tired = replace(probe("poison"), headers={ATTEMPTS: 3})
    link.publish([probe("one"), tired, probe("two")])
    service.start()
    until(lambda: service.handled() == ["one", "two"])
    until(service.parked)
    assert service.parked() == [(repr(tired.body), ROUTING_COMMANDS, "ValueError('poisonous')")]
    [line] = service.lines("not handled")
    assert "Traceback" in line["exception"]
    assert (line["ticket"], line["traceparent"]) == (tired.message_id, decode(tired.body)[0].traceparent)


def test_what_is_unacceptable_is_not_tried_again(service: Service, link: Link) -> None:
    """What its handler finds beyond hope is parked at once in its words; the others of the batch are handled."""
    hopeless = probe("hopeless")
    link.publish([probe("one"), hopeless, probe("two")])
    service.start()
    until(lambda: service.handled() == ["one", "two"] and service.parked())
    assert service.parked() == [(repr(hopeless.body), ROUTING_COMMANDS, "beyond hope")]


def test_an_error_is_tried_again_later(service: Service, link: Link) -> None:
    """A message that fails once goes through the first retry queue, and is handled when it is back."""
    link.publish([probe("flaky")])
    service.start()
    until(lambda: service.handled() == ["flaky"])
    assert service.parked() == []


def test_an_outage_eats_no_retries(service: Service, link: Link) -> None:
    """While the database is away the batch is held in place, and handled when it is back; nothing is parked."""
    (service.home / "away").touch()
    away = replace(probe("away"), headers={ATTEMPTS: 3})
    link.publish([away, probe("behind")])
    service.start()
    until(lambda: service.log.count('"held"') >= 3)
    assert service.handled() == []
    assert [line["ticket"] for line in service.lines("held")][:3] == [away.message_id] * 3
    (service.home / "away").unlink()
    until(lambda: service.handled() == ["away", "behind"])
    assert service.parked() == []


GOOD = probe("odd, but good")
FOREIGN = (Path(__file__).parents[2] / "contracts" / "samples" / "loumen.ticket.closed.v1.json").read_bytes()
UNKNOWN = GOOD.body.replace(b"loumen.post.unreachable.v1", b"loumen.post.eaten.v1")
FUTURE = GOOD.body.replace(b"loumen.post.unreachable.v1", b"loumen.post.unreachable.v2")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\x00 not json", "not a CloudEvents document"),
        (b'{"args": [], "kwargs": {}}', "not a CloudEvents document"),
        (b"", "not a CloudEvents document"),
        (FOREIGN, "loumen.ticket.closed.v1 does not belong on routing.commands"),
        (UNKNOWN, "unknown type or version: loumen.post.eaten.v1"),
        (FUTURE, "unknown type or version: loumen.post.unreachable.v2"),
        (GOOD.body.replace(b'"assignment":1', b'"assignment":"x"'), "loumen.post.unreachable.v1: assignment"),
    ],
    ids=["not-json", "not-ours", "empty", "foreign", "unknown", "future", "wrong-data"],
)
def test_what_cannot_be_decoded_is_parked(service: Service, link: Link, body: bytes, reason: str) -> None:
    """It is kept as it came with the reason, and the next good message is handled."""
    bad = Outgoing(COMMANDS, ROUTING_COMMANDS, body, "bad", content_type="application/json")
    link.publish([bad, probe("good")])
    service.start()
    until(lambda: service.handled() == ["good"] and service.parked())
    [(kept, queue, why)] = service.parked()
    assert (kept, queue) == (repr(body), ROUTING_COMMANDS)
    assert why.startswith(reason)
    [line] = service.lines("parked")
    assert ("ticket" in line) == (b'"subject"' in body)


def test_a_wrong_content_type_does_not_matter(service: Service, link: Link) -> None:
    """A good body is handled, whatever its headers claim it to be."""
    link.publish([replace(probe(kind), content_type=kind) for kind in ("application/x-python-serialize", "", "text")])
    service.start()
    until(lambda: len(service.handled()) == 3)


def test_unreadable_properties_do_not_matter(service: Service, link: Link) -> None:
    """Properties that are no UTF-8, which the broker does not check, stand in nobody's way."""
    odd = _Odd(probe("odd").body)
    with link._write():
        link._channel.basic_publish(odd, COMMANDS, ROUTING_COMMANDS)
    service.start()
    until(lambda: service.handled() == ["odd"])


class _Odd(amqp.Message):
    def _serialize_properties(self) -> bytes:
        return b"\x80\x00\x02\xff\xfe"  # a content type of two bytes


def test_timers_outlive_errors(service: Service) -> None:
    """A timer's method that raises is run again."""
    service.start()
    until(lambda: service.log.count("a timer must outlive this") >= 2)
    assert service.end(signal.SIGINT) == 0
