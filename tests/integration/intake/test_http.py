"""HTTP as strangers speak it, to an intake in a process of its own: no broker is there, and none is needed."""

import socket
from collections.abc import Iterator

import pytest

from services.intake.server import HEAD_BYTES
from shared.settings import ensure_keys
from tests.integration.intake.harness import Served, a_setting, launched, with_directory_on_disk
from tests.ports import free_port

SOCKET_BUFFERS = 16 * 1024 * 1024
"""What may be on its way when the other side has stopped reading."""


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("intake")
    ensure_keys(home)
    with_directory_on_disk(home)
    with launched(a_setting(home, f"amqp://127.0.0.1:{free_port()}")) as (served, _):
        yield served


def connected(intake: Served) -> socket.socket:
    return socket.create_connection((intake.client.base_url.host, intake.client.base_url.port), timeout=20)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"GET /", b"a" * 65_536),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Endless: ", b"a" * 65_536),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X-Many: a\r\n" * 6_000),
    ],
)
def test_a_head_that_never_ends_is_cut_off(intake: Served, begin: bytes, more: bytes) -> None:
    """An endless request line, header, or number of headers fills no memory; the next one is answered."""
    sent = 0
    with connected(intake) as line, pytest.raises(OSError, match=r"reset|Broken pipe"):
        line.sendall(begin)
        while sent < 4 * SOCKET_BUFFERS:
            line.sendall(more)
            sent += len(more)
    assert sent < SOCKET_BUFFERS
    assert intake.client.get("/healthz").status_code == 200


def test_a_long_head_is_taken(intake: Served) -> None:
    """What fits the limit is no reason to refuse, in one packet or in several."""
    assert intake.client.get("/healthz", headers={"X-Long": "a" * (HEAD_BYTES - 1000)}).status_code == 200
    with connected(intake) as line:
        for packet in (b"GET /healthz HTTP/1.1\r\n", b"Host: x\r\nX-Long: ", b"a" * (HEAD_BYTES - 1000), b"\r\n\r\n"):
            line.sendall(packet)
        assert line.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/categories", "/t/x", "/docs", "/static/page.css", "/nothing"])
def test_head_is_get_without_the_body(intake: Served, path: str) -> None:
    """Monitors and link previews ask so: the same status and headers, and nothing after them."""
    got, headed = intake.client.get(path), intake.client.head(path)

    assert headed.status_code == got.status_code
    assert headed.headers["Content-Type"] == got.headers["Content-Type"]
    assert headed.content == b""


def test_head_hands_in_nothing(intake: Served) -> None:
    """Where there is only POST, HEAD is refused with what is allowed."""
    refused = intake.client.head("/api/v1/tickets")

    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_nobody_gets_a_web_socket(intake: Served) -> None:
    """We have none: a handshake is answered as the plain request that it also is."""
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}

    answer = intake.client.get("/healthz", headers={**handshake, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
