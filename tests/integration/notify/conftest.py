"""Real receivers on loopback: an HTTP server that answers as it is told, and a mail server."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import LOOPBACK
from tests.ports import free_port


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and what is answered: the next of ``answers`` (status, body, headers), 200 and errcode 0 after them.

    ``gate`` closed: nobody is answered until it opens.
    """

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.answers.append((status, body, headers))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server on a free port."""
    here = Receiver()
    here.gate.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.connections.add(self.client_address[1])
            here.requests.append(Request(self.path, dict(self.headers), body))
            here.gate.wait(30)
            status, answer, headers = here.answers.pop(0) if here.answers else (200, b'{"errcode": 0}', {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, free_port()), Handler) as server:
        here.url = f"http://{LOOPBACK}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield here
        here.gate.set()
        server.shutdown()


@dataclass
class Mailroom:
    """The mails that came; ``refuse`` answers for an address, ``refuse_all`` for every mail."""

    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    refuse_all: str | None = None

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse_all:
            return self.refuse_all
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def mailroom() -> Iterator[Mailroom]:
    """An SMTP server on a free port."""
    here = Mailroom(port=free_port())
    controller = Controller(here, hostname=LOOPBACK, port=here.port, server_hostname="localhost")
    controller.start()
    yield here
    controller.stop()
