"""How py-amqp reads and writes the socket for us: much at once, where it asks the system three times for each frame.

A message is three frames, so that was the larger part of what it cost to take one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import amqp
from amqp.transport import SSLTransport, TCPTransport

READ_BYTES = 16 * 1024
"""Some messages of ours. What is left over is copied with each frame, so more would not be better."""


class _InBulk:
    """Reads what is there; writes to the end of a bunch before anything leaves."""

    sock: Any
    write: Any
    _write: Any
    _quick_recv: Any

    def _setup_transport(self) -> None:
        super()._setup_transport()  # type: ignore[misc]
        self._quick_recv = lambda _wanted: self.sock.recv(READ_BYTES)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside leaves at the end; nothing after an exception."""
        send, bunch = self._write, bytearray()
        self._write = bunch.extend
        try:
            yield
        finally:
            self._write = send
        self.write(bunch)


class _Plain(_InBulk, TCPTransport):  # type: ignore[misc]
    pass


class _Encrypted(_InBulk, SSLTransport):  # type: ignore[misc]
    pass


class Connection(amqp.Connection):  # type: ignore[misc]
    """Its ``transport`` has ``together``."""

    def Transport(  # noqa: N802  (py-amqp's name)
        self, host: str, connect_timeout: float, ssl: Any, *timeouts: float, **more: Any
    ) -> _InBulk:
        transport = _Encrypted if ssl else _Plain
        return transport(host, connect_timeout, *timeouts, ssl=ssl, **more)
