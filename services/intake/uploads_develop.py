"""Has a picture made anew by ``uploads_child``, a process for each."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from services.intake import uploads_child

SECONDS = 60


class Unfit(Exception):
    """The picture is refused; the message is an English sentence to translate."""


@dataclass(frozen=True)
class Developed:
    """``photo`` and ``thumbnail`` are JPEGs. ``id`` is the photo's SHA-256: the same photo again has the same."""

    id: str
    width: int
    height: int
    photo: bytes
    thumbnail: bytes


class Darkroom:
    """Makes pictures anew, one at a time: a large one may need a processor of its own, and half a gigabyte."""

    def __init__(self) -> None:
        self._place = asyncio.Lock()

    async def develop(self, read: Callable[[], Awaitable[bytes]]) -> Developed:
        """``read`` gives the picture, once it is its turn: those that wait lie on disk. Raises ``Unfit``."""
        async with self._place:
            out = await _run(await read())
        head, _, jpegs = out.partition(b"\n")
        answer = json.loads(head or '{"wrong": null}')
        if "wrong" in answer:
            raise Unfit(answer["wrong"] or uploads_child.UNREADABLE)
        length, _ = answer["bytes"]
        photo, thumbnail = jpegs[:length], jpegs[length:]
        return Developed(sha256(photo).hexdigest(), answer["width"], answer["height"], photo, thumbnail)


async def _run(raw: bytes) -> bytes:
    """What the child says; nothing where it died of the picture or took too long."""
    command = (sys.executable, "-I", str(Path(uploads_child.__file__)))
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={})
    try:
        out, _ = await asyncio.wait_for(child.communicate(raw), SECONDS)
    except TimeoutError:
        return b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return out if child.returncode == 0 else b""
