"""What plays the outside world: a WeCom group bot with the vendor's limits, a signed webhook, an SMTP server."""

import hashlib
import hmac
import json
import re
from collections import defaultdict, deque
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox import Mailbox, Received
from shared.contracts.vocabulary import Channel

BOT_MESSAGES_PER_MINUTE = 20
BOT_BYTES = {"text": 2048, "markdown": 4096}
REPLAY_WINDOW_SECONDS = 300
SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


class GroupBot:
    """The WeCom group bot: HTTP 200 always, the outcome is ``errcode`` (0: accepted)."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._recent: dict[str, deque[float]] = defaultdict(deque)

    def receive(self, key: str, body: bytes, now: float) -> dict[str, Any]:
        """The bot's answer; ``now`` in Unix seconds."""
        if not key:
            return _answer(93000, "invalid webhook url")
        try:
            message = json.loads(body)
            kind = message["msgtype"]
            content = message[kind]["content"]
            size = len(content.encode())
        except (ValueError, KeyError, TypeError, AttributeError):
            return _answer(47001, "data format error")
        if fault := _content_fault(kind, size):
            return fault
        if self._is_too_often(key, now):
            return _answer(45009, "api freq out of limit")
        self._mailbox.add(Received(channel=Channel.WECOM, to=key, text=content))
        return _answer(0, "ok")

    def _is_too_often(self, key: str, now: float) -> bool:
        recent = self._recent[key]
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= BOT_MESSAGES_PER_MINUTE:
            return True
        recent.append(now)
        return False


def _content_fault(kind: str, size: int) -> dict[str, Any] | None:
    if kind not in BOT_BYTES:
        return _answer(40008, "invalid message type")
    if size == 0:
        return _answer(44004, "content is empty")
    if size > BOT_BYTES[kind]:
        return _answer(40058, f"{kind}.content exceed max length {BOT_BYTES[kind]}")
    return None


def _answer(code: int, text: str) -> dict[str, Any]:
    return {"errcode": code, "errmsg": text}


def signature_fault(secret: bytes, header: str, body: bytes, now: float) -> str | None:
    """What is wrong with ``X-Loumen-Signature`` (``t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">``)."""
    match = SIGNATURE.fullmatch(header)
    if match is None:
        return "the signature is missing or malformed"
    moment, given = match.groups()
    if abs(now - int(moment)) > REPLAY_WINDOW_SECONDS:
        return "the signature is too old or from the future"
    right = hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return None if hmac.compare_digest(right, given) else "the signature does not fit the body"


class MailHandler:
    """For aiosmtpd: every mail is accepted, and kept once for each recipient."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = message_from_bytes(content, EmailMessage, policy=policy.default)
        part = mail.get_body(("plain", "html"))
        text = part.get_content() if part else ""
        for recipient in envelope.rcpt_tos:
            delivery = mail["Message-ID"]
            self._mailbox.add(
                Received(
                    channel=Channel.EMAIL,
                    to=recipient,
                    subject=str(mail["Subject"] or ""),
                    text=text.replace("\r\n", "\n"),
                    delivery=str(delivery) if delivery else None,
                )
            )
        return "250 OK"
