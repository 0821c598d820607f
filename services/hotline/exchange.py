"""The API as a client of ours uses it: it waits while a service is away, and sends again what may not have arrived."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

PATH = "/api/v1/hotline/orders"
MOST_ORDERS = 100
MOST_BYTES = 200_000
"""Of a request: fewer than the API takes."""
WAIT_SECONDS = 60
AGAIN = Retry(
    total=5, connect=0, backoff_factor=1, status_forcelist=(502, 503), allowed_methods=None, raise_on_status=False
)

Json = dict[str, Any]


class NotTaken(Exception):
    """The API does not do what was asked: in its words."""


class Exchange:
    """Raises ``NotTaken``, and ``requests.RequestException`` where nobody answers."""

    def __init__(self, url: str, token: str, language: str) -> None:
        self._url = url.rstrip("/") + PATH
        self._http = requests.Session()
        self._http.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": language})
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, HTTPAdapter(max_retries=AGAIN))

    def hand_in(self, orders: list[Json], default_place: str | None, *, dry_run: bool) -> Json:
        """What became of each, in the order given."""
        body = {"orders": orders, "default_place": default_place, "dry_run": dry_run}
        headers = {"Content-Type": "application/json"}
        return self._asked("POST", data=json.dumps(body, ensure_ascii=False).encode(), headers=headers)

    def states(self, since: str | None) -> Iterator[Json]:
        """All orders that have changed since, in the order of their changes."""
        cursor: str | None = None
        while True:
            page = self._asked("GET", params={"updated_since": since, "cursor": cursor})
            yield from page["orders"]
            if (cursor := page["next"]) is None:
                return

    def _asked(self, method: str, **more: Any) -> Json:
        answer = self._http.request(method, self._url, timeout=WAIT_SECONDS, **more)
        if answer.ok:
            return dict(answer.json())
        try:
            told = answer.json()
            words = [told["title"], *(f"{each['field']}: {each['detail']}" for each in told.get("errors", ()))]
        except (ValueError, KeyError, TypeError):
            words = [f"HTTP {answer.status_code}"]
        raise NotTaken(" ".join(words))


def in_bites(orders: Iterable[tuple[int, Json]]) -> Iterator[list[tuple[int, Json]]]:
    """So many as one request takes."""
    bite: list[tuple[int, Json]] = []
    size = 0
    for line, order in orders:
        more = len(json.dumps(order, ensure_ascii=False).encode())
        if bite and (len(bite) == MOST_ORDERS or size + more > MOST_BYTES):
            yield bite
            bite, size = [], 0
        bite.append((line, order))
        size += more
    if bite:
        yield bite
