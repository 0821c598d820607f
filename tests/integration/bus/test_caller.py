"""Calls from one green service to another."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.bus.amqp_link import Link
from shared.bus.amqp_messages import Outgoing
from shared.bus.caller import Caller, NoAnswer
from shared.bus.topology import CALLS
from tests.integration.bus.probes import PATIENCE, Service


@contextmanager
def calling(uri: str, timeout: float = 30) -> Iterator[Caller]:
    caller = Caller(uri, timeout)
    caller.start()
    try:
        yield caller
    finally:
        caller.stop()


def test_a_call_is_answered_or_says_why_not(service: Service) -> None:
    """What the method returns, and the name of its error."""
    service.start()
    with calling(service.uri) as caller:
        assert caller.call("routing", "double", number=2) == 4
        with pytest.raises(NoAnswer, match="LookupError"):
            caller.call("routing", "fail")


def test_one_that_waits_holds_up_nobody_else(service: Service) -> None:
    """Records is away and somebody waits for it; routing answers others meanwhile. Who stops lets go of the one."""
    service.start()
    failed: list[NoAnswer] = []

    def ask() -> None:
        try:
            caller.call("records", "directory")
        except NoAnswer as error:
            failed.append(error)

    waiting = threading.Thread(target=ask)
    with calling(service.uri) as caller:
        waiting.start()
        assert [caller.call("routing", "double", number=number) for number in range(10)] == list(range(0, 20, 2))
        assert waiting.is_alive()
    waiting.join()
    assert len(failed) == 1


def test_a_call_that_nobody_answers_expires(vhost: str) -> None:
    """The caller gives up, and the call is gone from the queue: an outage piles nothing up."""
    with calling(vhost, timeout=2) as caller, pytest.raises(NoAnswer, match="no answer within"):
        caller.call("records", "reporter", reporter_ref="x")
    time.sleep(0.3)
    link = Link(vhost, "rpc-records", 1)
    assert link.take(1, 0) == []
    link.close()


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"[]", b"{}", b'{"result": 1, "error": 2}', b"[" * 100_000],
    ids=lambda body: repr(body[:9]),
)
def test_what_is_no_answer_is_said_and_stops_no_other(service: Service, link: Link, body: bytes) -> None:
    """Whatever comes in an answer's place, its caller hears so, and the next call is answered."""
    service.start()
    asked = Link(service.uri, "rpc-records", 1)

    def answer_wrongly() -> None:
        call = asked.take(1, 0, wait=PATIENCE)[0]
        link.publish([Outgoing(CALLS, call.properties["reply_to"], body, "stray")])
        asked.reply(call.properties["reply_to"], body, call.properties["correlation_id"])

    with calling(service.uri) as caller:
        answering = threading.Thread(target=answer_wrongly)
        answering.start()
        with pytest.raises(NoAnswer, match="not an answer"):
            caller.call("records", "directory")
        answering.join()
        assert caller.call("routing", "double", number=2) == 4
    asked.close()


def test_without_a_broker_there_is_no_answer() -> None:
    """After its time, and not an error of some library."""
    with (
        calling("amqp://guest:guest@127.0.0.1:1/nowhere", timeout=0.2) as caller,
        pytest.raises(NoAnswer, match="broker"),
    ):
        caller.call("records", "reporter")
