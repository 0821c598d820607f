"""Ten thousand messages that nobody meant to send, on every queue of a running system, and good ones between."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pika
import pytest
import requests

from deploy.local.broker import USER, Node
from deploy.local.processes import holder
from deploy.local.system import SERVICES
from shared.bus.topology import CALLED_SERVICES, CALLS, RECORDS_EVENTS, RETRY_DELAYS, WORK_QUEUES, retry_name
from shared.contracts.base import Message
from shared.contracts.events import NotificationFailed, NotificationSent, PostUnreachable, TicketEvent
from shared.contracts.vocabulary import Channel
from shared.ids import ticket_code
from tests.fuzz.accounts import Books, read_books, under_way
from tests.fuzz.calls import METHODS, calls
from tests.fuzz.effort import SECONDS, SEED, TIMES
from tests.fuzz.mutations import BELONG, Thrown, mutants, read
from tests.journeys.steps import begin_on_a_monday, mailed
from tests.system import Filed, System, eventually, running_system

ROOT = Path(__file__).parents[2]
ROUNDS, EACH = 5, 100
"""So many messages for each of the ten queues (all unnamed ones count as one) in each round, on each database."""
COMES_ROUND = 0.02
PATIENCE = 120.0
SENT_AGAIN = 20
UNNAMED = "amq.gen-"
RESIDENT = "resident@home.example"


@dataclass
class Onslaught:
    """A channel that raises where the broker does not take a message, and a queue for answers."""

    channel: Any
    answers: str
    random: Random
    private: list[str]
    thrown: list[Thrown] = field(default_factory=list)
    asked: list[Thrown] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.messages = {queue: mutants(self.random, queue) for queue in BELONG}
        self.calls = {service: calls(self.random, service, self.answers) for service in CALLED_SERVICES}

    def go_on(self) -> None:
        """Some for each queue."""
        for source in self.messages.values():
            self.thrown += [self.throw(self.or_round(each)) for each in islice(source, EACH)]
        for source in self.calls.values():
            self.asked += [self.throw(each) for each in islice(source, EACH)]
        for each in islice(self.messages[RECORDS_EVENTS], EACH):
            self.throw(replace(each, queue=self.random.choice(self.private)))

    def or_round(self, thrown: Thrown) -> Thrown:
        """Now and then by a retry queue, which gives it back after five seconds. Not with a false x-death, which is the
        broker's own: RabbitMQ 3.10 would never give back anything again. Ours leave all headers of others behind.
        """
        by_retry = thrown.queue in WORK_QUEUES and "x-death" not in thrown.properties["headers"]
        if not by_retry or self.random.random() > COMES_ROUND:
            return thrown
        return replace(thrown, exchange=retry_name(RETRY_DELAYS[0]))

    def throw(self, thrown: Thrown) -> Thrown:
        properties = pika.BasicProperties(**thrown.properties)
        known = not thrown.queue.startswith(UNNAMED)  # those come and go with their connections
        self.channel.basic_publish(thrown.exchange, thrown.queue, thrown.body, properties, mandatory=known)
        return thrown

    def answered(self) -> set[str]:
        """The ids of the calls that have an answer."""
        found = set()
        while True:
            method, properties, _ = self.channel.basic_get(self.answers, auto_ack=True)
            if method is None:
                return found
            found.add(properties.correlation_id)


@contextmanager
def onslaught(node: Node, uri: str) -> Iterator[Onslaught]:
    parameters = pika.URLParameters(uri)
    parameters.heartbeat = 0
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    answers = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(answers, CALLS, answers)
    channel.confirm_delivery()
    yield Onslaught(channel, answers, Random(SEED), private_queues(node, uri, answers))
    connection.close()


def private_queues(node: Node, uri: str, own: str) -> list[str]:
    """The unnamed ones, where the services hear answers and news of the directory."""
    url = f"{node.management_url}/api/queues{urlsplit(uri).path}"
    names = [each["name"] for each in requests.get(url, auth=(USER, node.password), timeout=30).json()]
    return sorted(name for name in names if name.startswith(UNNAMED) and name != own)


def pids(system: System) -> dict[str, int | None]:
    return {service: holder(system.local.pids / service) for service in SERVICES}


def a_good_one(system: System) -> Filed:
    """Recorded, its owner told, and accepted by a link from the mail."""
    filed = system.file(reporter={"email": RESIDENT})
    assert system.act(system.link(filed, "liyuan-1-property-1"), "accept").status_code == 200
    return filed


@pytest.mark.parametrize("service", CALLED_SERVICES)
def test_no_method_is_left_out(service: str) -> None:
    """Whatever a service can be asked, it is asked wrongly."""
    workers = (ROOT / "services" / service).rglob("worker.py")
    named = {name for path in workers for name in re.findall(r"@rpc\n    def (\w+)", path.read_text())}
    assert named == set(METHODS[service])


@pytest.mark.timeout(SECONDS)
def test_no_message_is_lost_or_ends_a_service(
    tmp_path: Path, broker_node: Node, own_vhost: str, database_url: str | None
) -> None:
    """Each is handled or parked, calls are answered; what is parked is listed and can be sent again; every service is
    the process that it was, does what it is asked meanwhile and after, and has proof of all that is no forgery."""
    begin_on_a_monday(tmp_path / "home")
    with running_system(tmp_path / "home", own_vhost, database_url) as system, onslaught(broker_node, own_vhost) as bad:
        before, good = pids(system), [a_good_one(system)]
        for _ in range(ROUNDS * TIMES):
            bad.go_on()
            good.append(a_good_one(system))

        books = settled(system, bad.thrown)
        assert_answered(bad, books)
        assert_listed_and_sent_again(system, books)
        for filed in [*good, a_good_one(system)]:
            mailed(system, filed, RESIDENT, "已接单")
        assert_proven(system, bad)
        assert pids(system) == before


def settled(system: System, thrown: Sequence[Thrown]) -> Books:
    """When nothing is under way and each message has its account."""
    end = time.monotonic() + PATIENCE
    while True:
        busy, books = under_way(system), read_books(system)
        if not (left := busy or [each for each in thrown if not books.knows(each)]):
            return books
        assert time.monotonic() < end, left[:20]
        time.sleep(1)


def assert_answered(bad: Onslaught, books: Books) -> None:
    """Each call that says where to; one that says nothing is parked."""
    answered = bad.answered()
    for each in bad.asked:
        if each.properties["reply_to"] == bad.answers:
            assert each.properties["correlation_id"] in answered, each
        elif not each.properties["reply_to"]:
            assert each.body in books.bodies, each


def assert_listed_and_sent_again(system: System, books: Books) -> None:
    """One line each; what nobody can read, and is sent again, is parked again."""
    lines = system.loumen("parked", "list").stdout.splitlines()
    assert all(re.fullmatch(r" *\d+  \d{4}-\S+  .*", line) for line in lines)
    assert len(lines) == books.unresolved
    ids = [line.split()[0] for line in lines if "not a CloudEvents" in line and line.split()[2] in WORK_QUEUES]
    assert system.loumen("parked", "resend", *ids[:SENT_AGAIN]).returncode == 0
    eventually(lambda: read_books(system).unresolved == books.unresolved)


def assert_proven(system: System, bad: Onslaught) -> None:
    """The audit blames forgeries and what comes of so many: all that is parked, and a group that takes 20 messages a
    minute; nothing else."""
    known = filter(None, (read(each.body) for each in bad.thrown))
    forged = {ticket_code(id) for _, message in known if (id := told_of(message))}
    *breaches, _ = system.loumen("audit", "--older-than", "1").stdout.splitlines()
    expected = re.compile(rf"({'|'.join(forged)}) |records parked_old|notify delivery_old.*{Channel.WECOM.zh}")
    assert [line for line in breaches if not expected.match(line)] == []


def told_of(message: Message) -> UUID | None:
    """The ticket that an event tells of."""
    match message:
        case TicketEvent(ticket=ticket):
            return ticket.id
        case NotificationSent(delivery=delivery) | NotificationFailed(delivery=delivery):
            return delivery.ticket_id
        case PostUnreachable(ticket_id=id):
            return id
    return None
