"""What the channels over HTTP share: kept-alive connections, time limits, no redirects, no endless answers."""

from typing import NamedTuple

import requests
from requests.adapters import HTTPAdapter

from services.notify.channels import TryLater

ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer that are read; nothing we use is longer."""

RETRY_AFTER_LIMIT = 3600.0


class Answer(NamedTuple):
    status: int
    body: bytes
    retry_after: float | None


def open_session(connections: int) -> requests.Session:
    """A session that keeps so many connections to each host."""
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=connections, pool_maxsize=connections)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def post(
    session: requests.Session, url: str, body: bytes, headers: dict[str, str], timeout: tuple[float, float]
) -> Answer:
    """Post and read the answer's first bytes. ``timeout``: seconds to connect and to wait for each part of the answer.

    Raises ``TryLater`` where there is no answer. The address holds a secret: it shows in no error.
    """
    try:
        with session.post(url, body, headers=headers, timeout=timeout, allow_redirects=False, stream=True) as response:
            answer = response.raw.read(ANSWER_LIMIT, decode_content=True)
            return Answer(response.status_code, answer, _seconds(response.headers.get("Retry-After")))
    except (requests.RequestException, OSError, ValueError) as error:
        raise TryLater(f"no answer: {type(error).__name__}") from error


def _seconds(retry_after: str | None) -> float | None:
    """Only the form in seconds is heeded, and only within reason."""
    if retry_after is None or not retry_after.isdecimal():
        return None
    return min(float(retry_after), RETRY_AFTER_LIMIT)
