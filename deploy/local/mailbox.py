"""The messages that the catcher has received: the newest in memory, and in a file so that a restart keeps them."""

import re
import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from pydantic import Field
from uuid6 import uuid7

from shared.contracts.base import Frozen, Instant
from shared.contracts.vocabulary import Channel

KEPT = 5000
LINK = re.compile(r"https?://[^\s<>\"'()（）。，；、]+")


class Received(Frozen):
    """One message as its receiver sees it.

    ``to`` is the mail address, the bot's key, or the webhook's path; ``delivery`` what the sender calls the delivery.
    """

    id: UUID = Field(default_factory=lambda: UUID(bytes=uuid7().bytes))
    received_at: Instant = Field(default_factory=lambda: datetime.now(UTC))
    channel: Channel
    to: str
    subject: str = ""
    text: str
    delivery: str | None = None
    links: tuple[str, ...] = ()


class Mailbox:
    """All channels together, oldest first. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        lines = path.read_text().splitlines()[-KEPT:] if path.exists() else []
        self._messages = deque((Received.model_validate_json(line) for line in lines), maxlen=KEPT)
        path.write_text("".join(f"{line}\n" for line in lines))

    def add(self, message: Received) -> None:
        """Keep it, with the links found in its text."""
        found = message.model_copy(update={"links": tuple(LINK.findall(message.text))})
        with self._lock, self._path.open("a") as file:
            file.write(f"{found.model_dump_json()}\n")
            self._messages.append(found)

    def find(self, channel: Channel | None = None, to: str | None = None, ticket: str | None = None) -> list[Received]:
        """Newest first. ``ticket`` is any text of a message: a ticket's code or id."""
        with self._lock:
            messages = list(self._messages)
        return [
            message
            for message in reversed(messages)
            if (channel is None or message.channel == channel)
            and (to is None or message.to == to)
            and (ticket is None or ticket in message.subject or ticket in message.text)
        ]


def cut_at_links(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a link, so that a page can make links clickable."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in LINK.finditer(text):
        pieces += [(text[end : match.start()], False), (match.group(), True)]
        end = match.end()
    return [*pieces, (text[end:], False)]
