"""A WeCom group bot (企业微信群机器人, the vendor's documents 91770 and 99398).

At most 20 messages a minute (``domain.turns`` sees to it), 4,096 bytes of markdown or 2,048 of text. The bot confirms
that it took a message (已发出), never that anyone saw it. Anyone in the group could tap a link: it is the public one.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from urllib3 import PoolManager

from services.notify.channels import GiveUp, TryLater, http

LIMITS = {"markdown": 4096, "text": 2048}
ELLIPSIS = "…"

TOO_OFTEN = 45009
BUSY = frozenset({-1, 45033})
"""The vendor's own trouble: system busy, too many calls at once."""
MINUTE = 60.0

MARKUP = str.maketrans(
    {"<": "＜", ">": "＞", "[": "［", "]": "］", "`": "｀", "*": "＊", "_": "＿", "#": "＃", "@": "＠"}
)


@dataclass(frozen=True)
class GroupMessage:
    """One message to a group. ``mentions`` are WeCom user ids; a digest has no ``link`` of its own."""

    head: str
    lines: tuple[str, ...]
    link_text: str
    link: str | None
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True)
class GroupBot:
    """One bot. ``form``: markdown, or text for groups read in WeChat, which shows no markdown of a bot."""

    url: str
    form: Literal["markdown", "text"]
    language: str
    pool: PoolManager

    def send(self, message: GroupMessage) -> str:
        """The vendor's ``errcode``. Raises ``TryLater`` when it asks for patience, ``GiveUp`` for any other refusal."""
        body = json.dumps(content(message, self.form), ensure_ascii=False).encode()
        answer = http.post(self.pool, self.url, body, {"Content-Type": "application/json"})
        if answer.status != 200:
            raise TryLater(f"HTTP {answer.status}", answer.retry_after)
        try:
            code = json.loads(answer.body)["errcode"]
        except (ValueError, KeyError, TypeError) as error:
            raise TryLater("not an answer of the vendor's") from error
        if code == TOO_OFTEN:
            raise TryLater(f"errcode {code}: too often", MINUTE)
        if code in BUSY:
            raise TryLater(f"errcode {code}: busy")
        if code != 0:
            raise GiveUp(f"errcode {code}")
        return f"errcode {code}"


def content(message: GroupMessage, form: Literal["markdown", "text"]) -> dict[str, Any]:
    """The vendor's JSON, cut to its limit: words go first, link and mentions stay."""
    limit = LIMITS[form]
    if form == "text":
        link = f"\n{message.link_text} {message.link}" if message.link else ""
        text = cut("\n".join((message.head, *message.lines)), link, limit)
        return {"msgtype": form, form: {"content": text, "mentioned_list": list(message.mentions)}}
    link = f"\n[{message.link_text}]({message.link})" if message.link else ""
    calls = "\n" + "".join(f"<@{user}>" for user in message.mentions) if message.mentions else ""
    body = "\n".join((f"**{plain(message.head)}**", *(f"> {plain(line)}" for line in message.lines)))
    return {"msgtype": form, form: {"content": cut(body, link + calls, limit)}}


def plain(text: str) -> str:
    """Words that mean nothing to the vendor's markdown: nobody calls the whole group by writing ``<@all>``."""
    return text.translate(MARKUP)


def cut(text: str, tail: str, limit: int) -> str:
    """``text`` and ``tail`` in at most ``limit`` bytes of UTF-8; cut between characters, with an ellipsis."""
    room = limit - len(tail.encode())
    raw = text.encode()
    if len(raw) <= room:
        return text + tail
    kept = raw[: max(room - len(ELLIPSIS.encode()), 0)].decode(errors="ignore")
    return kept + ELLIPSIS + tail
