"""A signed webhook: the receiver can tell that a message is ours, fresh and whole, and knows a repeat by its id.

``X-Loumen-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" with the shared secret>``.
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from urllib3 import PoolManager

from services.notify.channels import GiveUp, TryLater, http

GONE = frozenset({400, 404, 405, 410, 413, 414, 415, 422})
"""Answers that another try would get again. All the others but 2xx may pass: 401 while a secret is changed, 5xx."""


@dataclass(frozen=True)
class Notice:
    """One message: the ``body`` (JSON) and when it is sent, in Unix seconds of real time."""

    id: UUID
    body: bytes
    at: int


@dataclass(frozen=True)
class Hook:
    """One receiver."""

    url: str
    secret: bytes
    pool: PoolManager

    def send(self, notice: Notice) -> str:
        """The HTTP status. Raises ``TryLater`` or ``GiveUp``; a redirect is not followed."""
        headers = {
            "Content-Type": "application/cloudevents+json",
            "X-Loumen-Signature": sign(self.secret, notice.at, notice.body),
            "X-Loumen-Delivery": str(notice.id),
        }
        answer = http.post(self.pool, self.url, notice.body, headers)
        if 200 <= answer.status < 300:
            return f"HTTP {answer.status}"
        if answer.status in GONE or 300 <= answer.status < 400:
            raise GiveUp(f"HTTP {answer.status}")
        raise TryLater(f"HTTP {answer.status}", answer.retry_after)


def sign(secret: bytes, at: int, body: bytes) -> str:
    mac = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"
