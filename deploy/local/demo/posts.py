"""People at their posts, simulated: they read their mail at the catcher and tap the links in it, like anybody else."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import requests

TIMEOUT = 10
LOOK_SECONDS = 0.5
SHORTLY, LATER = 1.0, 4.0
"""Real seconds between reading and acting: long enough that one sees it happen."""

Acts = tuple[tuple[float, dict[str, str]], ...]

TEMPERS: tuple[tuple[int, Acts], ...] = (
    (45, ((SHORTLY, {"action": "accept"}), (LATER, {"action": "resolve", "text": "已到现场处理好，请查看。"}))),
    (15, ((SHORTLY, {"action": "resolve", "text": "当场解决了。"}),)),
    (10, ((SHORTLY, {"action": "hand_back", "text": "不在本岗位职责范围，请上级安排。"}),)),
    (10, ((SHORTLY, {"action": "assign", "to": "property_manager", "text": "请物业去看看，社区跟进。"}),)),
    (5, ((SHORTLY, {"action": "accept"}), (LATER, {"action": "escalate", "text": "本级解决不了，申请提级。"}))),
)
"""How many of a hundred do what; the rest sleep, and their tickets climb."""


@dataclass
class Posts:
    """What is still to be done, by when (real seconds), and which mail was read."""

    url: str
    catcher_url: str
    agenda: list[tuple[float, str, int]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def work(self, stopping: threading.Event, monotonic: Callable[[], float]) -> None:
        """Read and act until told to stop."""
        while not stopping.wait(LOOK_SECONDS):
            self.look(monotonic())
            while self.agenda and self.agenda[0][0] <= monotonic():
                _, token, step = heappop(self.agenda)
                self.do(token, step, monotonic())

    def look(self, now: float) -> None:
        mails = requests.get(f"{self.catcher_url}/messages", params={"channel": "email"}, timeout=TIMEOUT).json()
        for link in (link for mail in mails for link in mail["links"] if "/a/" in link):
            token = link.rpartition("/a/")[2]
            if token not in self.read:
                self.read.add(token)
                if acts := temper(token):
                    heappush(self.agenda, (now + acts[0][0], token, 0))

    def do(self, token: str, step: int, now: float) -> None:
        """One action; whoever was too late (409) leaves it at that."""
        acts = temper(token)
        answer = requests.post(f"{self.url}/api/v1/actions/{token}", json=acts[step][1], timeout=TIMEOUT)
        if answer.ok and step + 1 < len(acts):
            heappush(self.agenda, (now + acts[step + 1][0], token, step + 1))


def temper(token: str) -> Acts:
    """What the holder of this link is going to do: always the same for the same link."""
    chance = int.from_bytes(hashlib.sha256(token.encode()).digest()[:4], "big") % 100
    for share, acts in TEMPERS:
        if chance < share:
            return acts
        chance -= share
    return ()
