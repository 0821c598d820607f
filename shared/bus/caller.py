"""Calls from one green service to another: one at a time, each with a time limit.

A service that has not answered is left alone for a while, so that callers fail at once instead of queueing up.
"""

import threading
import time
from contextlib import suppress
from typing import Any

from nameko.exceptions import RemoteError
from nameko.standalone.rpc import ClusterRpcProxy

AWAY_SECONDS = 5.0


class NoAnswer(Exception):
    """The broker or the other service is away, or it answered with an error."""


class Caller:
    """Connects at the first call, and again after a failure. ``timeout`` in seconds."""

    def __init__(self, uri: str, timeout: float) -> None:
        self._uri, self._timeout = uri, timeout
        self._lock = threading.Lock()
        self._cluster: ClusterRpcProxy | None = None
        self._proxy: Any = None
        self._away_until = 0.0

    def call(self, service: str, method: str, **arguments: Any) -> Any:
        """The answer, as JSON gives it. Raises ``NoAnswer``."""
        with self._lock:
            if time.monotonic() < self._away_until:
                raise NoAnswer(f"{service} is away")
            try:
                return getattr(self._connected()[service], method)(**arguments)
            except RemoteError as error:
                raise NoAnswer(f"{service}.{method}: {error.exc_type}") from error
            except Exception as error:  # amqp, kombu, nameko and sockets each have errors of their own
                self._let_go()
                raise NoAnswer(f"{service}.{method}: {type(error).__name__}") from error

    def _connected(self) -> Any:
        if self._proxy is None:
            self._cluster = ClusterRpcProxy({"AMQP_URI": self._uri}, timeout=self._timeout)
            self._proxy = self._cluster.start()
        return self._proxy

    def _let_go(self) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        cluster, self._cluster, self._proxy = self._cluster, None, None
        if cluster is not None:
            with suppress(Exception):  # it is broken already; what it holds ends with its connection
                cluster.stop()
