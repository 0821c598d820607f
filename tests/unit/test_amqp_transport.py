"""How py-amqp's socket is read and written in bulk."""

import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from shared.bus.amqp_transport import READ_BYTES, Connection

BODY_FRAME, FRAME_END = 3, b"\xce"


@pytest.fixture
def ends() -> Iterator[tuple[Any, socket.socket]]:
    """A transport, and the socket at its other end."""
    ours, theirs = socket.socketpair()
    transport: Any = Connection("127.0.0.1").Transport("127.0.0.1", None, False)
    transport.sock = ours
    transport._setup_transport()
    theirs.settimeout(0.05)
    with ours, theirs:
        yield transport, theirs


def test_a_bunch_leaves_as_one(ends: tuple[Any, socket.socket]) -> None:
    """Nothing leaves before the end of a bunch, then all of it in its order; what is written later leaves at once."""
    transport, theirs = ends
    with transport.together():
        transport.write(b"one ")
        transport.write(memoryview(b"two "))
        with pytest.raises(TimeoutError):
            theirs.recv(100)
    assert theirs.recv(100) == b"one two "
    transport.write(b"three")
    assert theirs.recv(100) == b"three"


def test_nothing_leaves_of_a_broken_bunch(ends: tuple[Any, socket.socket]) -> None:
    """A bunch that an error has ended leaves no half of it on the wire, and the next is not spoilt."""
    transport, theirs = ends
    with pytest.raises(ValueError), transport.together():
        transport.write(b"half")
        raise ValueError
    transport.write(b"whole")
    assert theirs.recv(100) == b"whole"


def test_frames_are_read_whole(ends: tuple[Any, socket.socket]) -> None:
    """Frames that come at once, and one that comes in pieces, are read one by one as they were sent."""
    transport, theirs = ends
    payloads = [b"a" * 10, b"", b"b" * 2 * READ_BYTES, b"c"]
    theirs.settimeout(None)
    theirs.sendall(b"".join(_frame(each) for each in payloads))
    assert [transport.read_frame() for _ in payloads] == [(BODY_FRAME, 1, each) for each in payloads]


def _frame(payload: bytes) -> bytes:
    return struct.pack(">BHI", BODY_FRAME, 1, len(payload)) + payload + FRAME_END
