"""Everybody who is told, as cheaply as can be: a webhook on ``LOUMEN_PORT`` + 1 and a mail server on + 2.

Of each ticket the moment of its first message is remembered, by channel; ``GET /webhook`` and ``GET /email`` tell.
"""

import asyncio
import json
import os
import re
import time

import uvloop

SUBJECT = re.compile(rb'"subject": ?"([0-9a-f-]{36})"')
THREAD = re.compile(rb"References:\s+<ticket\.([0-9a-f-]{36})@")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

Told = dict[str, float]
"""Ticket id to Unix seconds."""


class Hook(asyncio.Protocol):
    """HTTP/1.1, kept alive: a POST is a notice, a GET asks what came."""

    def __init__(self, told: dict[str, Told]) -> None:
        self.told, self.buffer = told, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.buffer) < whole:
                return
            body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
            self.transport.write(self.answer(head, body))

    def answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"POST"):
            if subject := SUBJECT.search(body):
                self.told["webhook"].setdefault(subject[1].decode(), time.time())
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        told = json.dumps(self.told[head.split(b" ", 2)[1].decode().strip("/")]).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told)


class Mail(asyncio.Protocol):
    """As much SMTP as takes every mail."""

    def __init__(self, told: Told) -> None:
        self.told, self.buffer, self.in_data = told, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n.\r\n" if self.in_data else b"\r\n")) >= 0:
            said, self.buffer = self.buffer[:end], self.buffer[end + (5 if self.in_data else 2) :]
            self.transport.write(self.answer(said))

    def answer(self, said: bytes) -> bytes:
        if self.in_data:
            self.in_data = False
            if thread := THREAD.search(said):
                self.told.setdefault(thread[1].decode(), time.time())
            return b"250 taken\r\n"
        command = said[:4].upper()
        self.in_data = command == b"DATA"
        return {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(command, b"250 fine\r\n")


async def main(port: int) -> None:
    told: dict[str, Told] = {"webhook": {}, "email": {}}
    loop = asyncio.get_running_loop()
    hook = await loop.create_server(lambda: Hook(told), "127.0.0.1", port + 1)
    mail = await loop.create_server(lambda: Mail(told["email"]), "127.0.0.1", port + 2)
    async with hook, mail:
        await asyncio.gather(hook.serve_forever(), mail.serve_forever())


if __name__ == "__main__":
    uvloop.run(main(int(os.environ["LOUMEN_PORT"])))
