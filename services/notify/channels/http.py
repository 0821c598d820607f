"""What the channels over HTTP share: kept-alive connections, time limits, no redirects, no endless answers."""

from typing import Any, NamedTuple
from urllib.request import getproxies, proxy_bypass

from urllib3 import PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from services.notify.channels import TryLater

ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer that are read; nothing we use is longer."""

RETRY_AFTER_LIMIT = 3600.0


class Answer(NamedTuple):
    status: int
    body: bytes
    retry_after: float | None


def open_pool(url: str, connections: int, timeout: tuple[float, float]) -> PoolManager:
    """Keeps so many connections to the address, through the environment's proxy where one is named for it.

    ``timeout``: seconds to connect and to wait for each part of the answer.
    """
    options: dict[str, Any] = {"maxsize": connections, "timeout": Timeout(connect=timeout[0], read=timeout[1])}
    address = parse_url(url)
    proxy = getproxies().get(address.scheme or "")
    if proxy is None or proxy_bypass(address.host or ""):
        return PoolManager(**options)
    return ProxyManager(proxy, proxy_headers=make_headers(proxy_basic_auth=parse_url(proxy).auth), **options)


def post(pool: PoolManager, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Post and read the answer's first bytes.

    Raises ``TryLater`` where there is no answer. The address holds a secret: it shows in no error.
    """
    try:
        with pool.request(
            "POST", url, body=body, headers=headers, redirect=False, retries=False, preload_content=False
        ) as response:
            answer = response.read(ANSWER_LIMIT, decode_content=True)
            return Answer(response.status, answer, _seconds(response.headers.get("Retry-After")))
    except (HTTPError, OSError, ValueError) as error:
        raise TryLater(f"no answer: {type(error).__name__}") from error


def _seconds(retry_after: str | None) -> float | None:
    """Only the form in seconds is heeded, and only within reason."""
    if retry_after is None or not retry_after.isdecimal():
        return None
    return min(float(retry_after), RETRY_AFTER_LIMIT)
