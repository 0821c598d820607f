"""How uvicorn reads requests for us: what comes in before there is one has its limit, too."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
"""More than any browser sends before a body."""


class BoundedProtocol(HttpToolsProtocol):
    """A request line and headers of at most ``HEAD_BYTES``, and what the last packet brings beyond them.

    The parser has no limit: one endless header fills the memory, and takes time that grows with its square, in which
    nobody else is answered.
    """

    _head_bytes: int | None = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.send_400_response("Request header fields too large.")
