"""Real receivers on loopback: an HTTP server that answers as it is told, and a mail server; and notify by hand."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import LOOPBACK
from services.notify import store
from services.notify.channels.email import Email
from services.notify.channels.http import open_pool
from services.notify.channels.webhook import Hook
from services.notify.channels.wecom import GroupBot
from services.notify.sending import Ways
from shared.bus.outbox import Outbox
from shared.db import open_engine
from tests.integration.notify.office import NoBroker, Office, nobody
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


@pytest.fixture
def office(migrated_url: str | None, home: Path, mailroom: Mailroom, receiver: Receiver) -> Iterator[Office]:
    """Empty tables of either database, made by the migrations."""
    engine = open_engine(migrated_url, home, "notify")
    pool = open_pool(receiver.url, 4, (2.0, 2.0))
    ways = Ways(
        email=Email(host=LOOPBACK, port=mailroom.port, sender="l@town.example", sender_name="楼门", timeout=2),
        bots={"k": GroupBot(f"{receiver.url}/bot", "markdown", "zh-CN", pool)},
        hooks={"property": Hook(f"{receiver.url}/hook", b"shared-secret", pool)},
        ask_reporter=nobody,
    )
    yield Office(Outbox(engine, store.outbox, "notify", NoBroker()), ways)
    engine.dispose()
