"""Two kinds of load: as fast as so many clients can (wrk), and at a fixed rate, whatever the answers take."""

import asyncio
import json
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

SCRIPT = Path(__file__).with_name("submit.lua")
PATH = "/api/v1/tickets"


@dataclass(frozen=True)
class Hammered:
    """What wrk saw: ``p50`` and ``p99`` of the answer's time in milliseconds; ``failed`` were no 2xx."""

    requests: int
    seconds: float
    p50: float
    p99: float
    failed: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def hammer(url: str, doors: Sequence[str], clients: int, seconds: int) -> Hammered:
    """So many clients, each with the next submission as soon as the last is answered."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", str(SCRIPT), url + PATH, "--", uuid4().hex[:8]]
    done = subprocess.run([*command, *doors], check=True, capture_output=True, text=True)
    hammered = Hammered(**json.loads(done.stdout.strip().splitlines()[-1]))
    assert hammered.failed == 0, done.stdout
    return hammered


def submit_at(url: str, doors: Sequence[str], rate: float, seconds: float) -> dict[str, float]:
    """So many submissions a second, evenly; ticket id to the moment of its 201, in Unix seconds."""
    return asyncio.run(_submit_at(url, doors, rate, round(rate * seconds)))


async def _submit_at(url: str, doors: Sequence[str], rate: float, count: int) -> dict[str, float]:
    address = urlsplit(url)
    free: deque[Client] = deque()  # each gets its turn: one that rests is closed by the server
    began = time.monotonic() + 0.1
    taken: dict[str, float] = {}

    async def one(number: int) -> None:
        await asyncio.sleep(began + number / rate - time.monotonic())
        client = free.popleft() if free else await Client.open(address.hostname or "", address.port or 80)
        id = await client.submit(doors[number % len(doors)], number)
        taken[id] = time.time()
        free.append(client)

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(one(number))
    for client in free:
        client.writer.close()
    return taken


@dataclass(frozen=True)
class Client:
    """One kept connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, host: str, port: int) -> "Client":
        return cls(*await asyncio.open_connection(host, port))

    async def submit(self, door: str, number: int) -> str:
        """The new ticket's id."""
        words = f"三楼楼道的灯不亮了，晚上老人上下楼看不清台阶 {number}"
        fields = {"door_code": door, "description": words, "kind": "help", "category": "lighting", "source": "qr"}
        body = json.dumps({**fields, "anonymous": False}).encode()
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: {uuid4()}\r\n"
        self.writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert answer.startswith("http/1.1 201"), answer
        length = int(answer.partition("content-length: ")[2].partition("\r\n")[0])
        return str(json.loads(await self.reader.readexactly(length))["id"])
