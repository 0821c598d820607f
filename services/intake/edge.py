"""What every request passes through: its trace and log line, the limit on its body, headers that keep browsers safe."""

import re
import time
from collections.abc import Awaitable, Callable
from functools import cache

import structlog
from prometheus_client import Histogram
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.intake.problems import FieldError, Problem
from services.intake.problems import answer as problem_answer
from services.intake.shapes.words import MOST_PHOTOS, PHOTO_BYTES
from services.intake.state import speaker_for
from shared import metrics, trace
from shared.contracts.envelope import TRACEPARENT

log = structlog.get_logger()

DOCS = ("/docs", "/static-offline-docs")
"""Swagger UI comes with a script in its page; nothing else of ours has any."""

PROBES = ("/healthz", "/readyz")
"""Asked every few seconds: not worth a line in the log."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other name is the client's own, and logged and counted as ``-``."""

PHOTOS_TAKEN = {"/api/v1/photos": 1, "/a/": MOST_PHOTOS}
"""How many in one request."""

MOST_UPLOADS = 20
"""Requests with photos at a time. What waits to be made anew lies in the temporary folder, up to 90 MiB each."""

POLICY = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DOCS_POLICY = (
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
"""Links hold tokens: no browser may pass them on as a referrer. They are on no answer of ours before."""


class Edge:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, body_limit_bytes: int) -> None:
        self._app = app
        self._limit = body_limit_bytes
        self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the server leaves the body out
        given = Headers(scope=scope).get("traceparent", "")
        traceparent = given if re.match(TRACEPARENT, given) else trace.new_traceparent()
        with trace.bound(traceparent):
            await self._handle(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = [*message["headers"], *HEADERS, _policy(scope["path"])]
            await send(message)

        limit = _body_limit(scope, self._limit)
        with_photos = limit > self._limit
        full = with_photos and self._uploads >= MOST_UPLOADS
        self._uploads += with_photos
        try:
            await self._app(scope, _limited(receive, scope, limit, full=full), send_guarded)
        except Exception:
            log.exception("request failed")
            if status == 0:
                say = speaker_for(Request(scope))
                await problem_answer(Problem("internal"), say, trace.current())(scope, receive, send_guarded)
        finally:
            self._uploads -= with_photos
            seconds, route = time.perf_counter() - began, _route(scope)
            method = scope["method"] if scope["method"] in METHODS else "-"
            _measured(method, route, status).observe(seconds)
            write = log.debug if scope["path"] in PROBES else log.info
            write("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _body_limit(scope: Scope, words: int) -> int:
    """A body of ``words`` is as long as that; where photos are taken, one that has parts has room for them too."""
    if not Headers(scope=scope).get("content-type", "").lower().startswith("multipart/"):
        return words
    photos = next((most for path, most in PHOTOS_TAKEN.items() if scope["path"].startswith(path)), 0)
    return words + photos * PHOTO_BYTES


def _limited(receive: Receive, scope: Scope, limit: int, *, full: bool) -> Callable[[], Awaitable[Message]]:
    """Refuses a body that is too long as soon as that shows, whatever its Content-Length says; any where it is full."""
    announced = Headers(scope=scope).get("content-length", "")
    received = int(announced) if announced.isascii() and announced.isdigit() and int(announced) > limit else 0

    async def receive_limited() -> Message:
        nonlocal received
        if full:
            raise Problem("busy")
        if received > limit:
            raise Problem("too_large", errors=[FieldError(field="body", detail=f"> {limit} B")])
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise Problem("too_large", errors=[FieldError(field="body", detail=f"> {limit} B")])
        return message

    return receive_limited


def _policy(path: str) -> tuple[bytes, bytes]:
    return b"content-security-policy", DOCS_POLICY if path.startswith(DOCS) else POLICY


def _route(scope: Scope) -> str:
    """The route's pattern: a path itself may hold a token, which no log should."""
    return getattr(scope.get("route"), "path", "-")


@cache
def _measured(method: str, route: str, status: int) -> Histogram:
    """Found once: looking it up takes longer than counting."""
    return metrics.HTTP_SECONDS.labels(method, route, str(status))
