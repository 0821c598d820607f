"""A line to a server that a test can cut and mend."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from deploy.local.ports import LOOPBACK
from tests.ports import free_port

CHUNK = 65536


class Relay:
    """Connections to ``uri`` go on to the server while it is open; while it is closed nobody is there."""

    def __init__(self, server_uri: str) -> None:
        self._server = urlsplit(server_uri)
        self._flowing = threading.Event()
        self._flowing.set()
        self._port = free_port()
        self._sockets: list[socket.socket] = []

    @property
    def uri(self) -> str:
        login = self._server.netloc.rpartition("@")[0]
        return self._server._replace(netloc=f"{login}@{LOOPBACK}:{self._port}").geturl()

    def open(self) -> None:
        listener = socket.create_server((LOOPBACK, self._port))
        self._sockets = [listener]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._sockets = []

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Connections stand, and nothing comes through them until the block ends."""
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection((self._server.hostname, self._server.port))
                self._sockets += [here, there]
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                self._flowing.wait()
                sink.sendall(chunk)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
