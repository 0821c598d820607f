"""Messages as the broker sees them: one that came, one to publish, and a bunch waiting for its confirms."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from shared.contracts.envelope import CONTENT_TYPE


@dataclass(frozen=True)
class Delivery:
    """A message as it came, undecoded."""

    tag: int
    body: bytes
    headers: dict[str, Any]
    properties: dict[str, Any]
    routing_key: str


@dataclass(frozen=True)
class Outgoing:
    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    headers: dict[str, Any] = field(default_factory=dict)
    content_type: str = CONTENT_TYPE

    @property
    def name(self) -> tuple[str, str, str]:
        return self.exchange, self.routing_key, self.message_id


class Bunch:
    """Messages published together, until the last of them is confirmed. ``problems``: why not, one for each."""

    def __init__(self, messages: Sequence[Outgoing], first_tag: int) -> None:
        self.pending = {first_tag + at: at for at in range(len(messages))}
        self.messages = messages
        self.problems: list[str | None] = [None] * len(messages)
        self.done = threading.Event()

    def settle(self, tag: int, multiple: bool, problem: str | None) -> None:
        for each in list(takewhile(lambda other: other <= tag, self.pending)) if multiple else [tag]:
            at = self.pending.pop(each, None)
            if at is not None and problem:
                self.problems[at] = problem
        if not self.pending:
            self.done.set()

    def returned(self, problem: str, name: tuple[str, str, str]) -> None:
        for at in self.pending.values():
            if self.messages[at].name == name:
                self.problems[at] = problem
