"""Lives of tickets, drawn by lot: residents hand in and send again, posts act by links, time passes, processes die.
What else people do is in ``doing.py``.

Each step is one line of what happened, so that a failure can be read.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from typing import Any
from uuid import UUID, uuid4

import requests
from PIL import Image

from shared.bus.amqp_link import Link, LinkLost
from shared.bus.amqp_messages import Outgoing
from shared.bus.topology import WORK_QUEUES
from shared.contracts.vocabulary import Action
from tests.chaos.residents import DOORS, PATIENCE, Taken, issue
from tests.chaos.unruly import Unruly
from tests.fuzz.mutations import mutants, read
from tests.own_broker import Broker
from tests.system import eventually

ACTIONS = ("accept", "accept", "resolve", "hand_back", "escalate", "note", "note", "assign")
COUNTED = {
    Action.RESOLVE: "resolved",
    Action.HAND_BACK: "handed_back",
    Action.NOTE: "noted",
    Action.TRANSFER: "transferred",
    Action.SUPERVISE: "supervised",
    Action.REJECT: "rejected",
    Action.DECLINE: "suspension_declined",
    Action.DELIBERATE: "deliberated",
    Action.CONTACT: "contacted",
    Action.CALL_BACK: "called_back",
    Action.MERGE: "merged",
    Action.UNMERGE: "unmerged",
    Action.SPLIT: "split",
    Action.WHISTLE: "whistled",
    Action.ARRIVE: "arrived",
    Action.CONFIRM_HOUSEHOLD: "household_confirmed",
    Action.COSIGN: "cosigned",
    Action.COMMENT: "commented",
    Action.REOPEN: "reopened",
    Action.RATE: "rated",
    Action.WITHDRAW: "withdrawn",
    Action.APPEAL: "appealed",
}
"""Actions that always make one event of this name, and nothing else makes it (of a ticket that is no task)."""
ONE_AND_A_HALF_DAYS = 36


DOOR = "LY1-01-2"
"""Where those at work are who sign in: every other issue is handed in there."""
Send = Callable[[str, str, dict[str, Any] | None], requests.Response]


@dataclass(frozen=True)
class Somebody:
    """``send``: an HTTP request (method, path, JSON body) as theirs."""

    name: str
    send: Send


@dataclass
class Lives:
    """``done``: how often each ticket was told by an answer that an action is done; ``bad``: messages nobody can read
    that were put on a queue; ``tried``: how often each action was; ``voices``: flats that co-signed, with ticket and
    token."""

    system: Unruly
    broker: Broker
    random: Random
    taken: list[Taken] = field(default_factory=list)
    done: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    bad: set[tuple[str, bytes]] = field(default_factory=set)
    tried: Counter[Action] = field(default_factory=Counter)
    voices: list[tuple[UUID, str, str]] = field(default_factory=list)
    at_work: list[Somebody] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    def live(self, steps: list[Callable[["Lives"], str]]) -> None:
        for step in steps:
            self.story.append(step(self))

    def insist(self, send: Callable[[], requests.Response]) -> requests.Response:
        """The answer, as soon as there is one: while something is away it is asked again."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = send()
                problem = answer.text
                if answer.status_code != 503:
                    return answer
            except requests.RequestException as away:
                problem = repr(away)
            assert time.monotonic() < end, problem
            time.sleep(0.2)

    def hand_in(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        url, headers = f"{self.system.local.url}/api/v1/tickets", {"Idempotency-Key": key}
        answer = self.insist(lambda: requests.post(url, json=body, headers=headers, timeout=10))
        assert answer.status_code in (201, 202), answer.text
        return dict(answer.json())


def from_elsewhere() -> dict[str, str]:
    """Headers, as a proxy would set them: of one address so many tries at voices, most of them while something is away,
    are too many."""
    return {"X-Forwarded-For": f"2001:db8::{uuid4().hex[:4]}"}


def file(lives: Lives) -> str:
    """Somebody hands in an issue, every third with a photo."""
    number = 10_000 + len(lives.taken)
    body = issue(number) | {"door_code": lives.random.choice((DOOR, lives.random.choice(DOORS)))}
    if number % 3 == 0:
        body["photos"] = [_photo(lives)]
    key = str(uuid4())
    receipt = lives.hand_in(key, body)
    lives.taken.append(Taken(key, UUID(receipt["id"]), receipt["code"], body, receipt))
    return f"{receipt['code']} handed in"


def file_again(lives: Lives) -> str:
    """The same with the same key: the same receipt."""
    if not lives.taken:
        return "nothing to hand in again"
    again = lives.random.choice(lives.taken)
    assert lives.hand_in(again.key, again.body) == again.receipt
    return f"{again.code} handed in again"


def act(lives: Lives) -> str:
    """Whoever was told last does something by the link, and, every other time, sends it again. Who was told of it as a
    supervisor, or has lost it by now, is refused."""
    if not lives.taken:
        return "nothing to do"
    ticket, action, system = lives.random.choice(lives.taken), lives.random.choice(ACTIONS), lives.system
    links = [link for mail in system.messages(channel="email", ticket=ticket.code) for link in mail["links"]]
    tokens = [link.rpartition("/a/")[2] for link in links if "/a/" in link]
    if not tokens:
        return f"nobody has a link for {ticket.code} yet"
    wish = {"action": action, "action_id": str(uuid4())}
    wish |= {"text": "已联系"} if action != "accept" else {}
    wish |= {"to": "grid_worker"} if action == "assign" else {}
    url = f"{system.local.url}/api/v1/actions/{tokens[0]}"
    answer = repeated(lives, lambda: lives.insist(lambda: requests.post(url, json=wish, timeout=10)))
    assert answer.status_code in (200, 403, 409), answer.text
    if answer.status_code == 200 and action in COUNTED:
        lives.done[ticket.id, COUNTED[Action(action)]] += 1
    return f"{action} on {ticket.code}: {answer.status_code}"


def repeated(lives: Lives, send: Callable[[], requests.Response]) -> requests.Response:
    """The answer to what is sent once, or twice: what was done stays done; what was refused may be open by now."""
    answers = [send() for _ in range(lives.random.choice((1, 2)))]
    done = [answer.status_code == 200 for answer in answers]
    assert done == sorted(done), [answer.text for answer in answers]
    return answers[-1]


def let_time_pass(lives: Lives) -> str:
    hours = lives.random.randrange(1, ONE_AND_A_HALF_DAYS)
    lives.system.forward(hours=hours)
    return f"{hours} hours pass"


def kill(service: str) -> Callable[[Lives], str]:
    def killed(lives: Lives) -> str:
        lives.system.kill(service)
        return f"{service} killed"

    return killed


def kill_broker(lives: Lives) -> str:
    lives.broker.kill()
    return "the broker killed"


def throw_something_bad(lives: Lives) -> str:
    """On a queue, by hand: nobody can read it, so it is parked."""
    queue = lives.random.choice(WORK_QUEUES)
    body = next(each.body for each in mutants(lives.random, queue) if read(each.body) is None)
    eventually(lambda: _published(lives.broker.uri, Outgoing("", queue, body, str(uuid4()))))
    lives.bad.add((queue, body))
    return f"something bad on {queue}"


def _published(uri: str, message: Outgoing) -> bool:
    try:
        link = Link(uri)
        problems = link.publish([message])
    except LinkLost:
        return False
    link.close()
    return problems == [None]


def _photo(lives: Lives) -> str:
    png = BytesIO()
    Image.new("RGB", (8, 8), lives.random.randrange(2**24)).save(png, "PNG")
    url = f"{lives.system.local.url}/api/v1/photos"
    answer = lives.insist(lambda: requests.post(url, files={"photo": png.getvalue()}, timeout=10))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
