"""Tickets on intake's own disk while the broker is away, with all that is to be said of each.

One file for all processes of a home: what a killed process left in it, any other forwards.
"""

import asyncio
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, TypeVar
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from services.intake import store
from services.intake.store import Backlog
from shared.db import reading, transaction
from shared.errors import Transient

T = TypeVar("T")
Connected = Callable[[Engine], AbstractContextManager[Connection]]
Gathered = tuple[UUID, Sequence[bytes], asyncio.Future[None]]

STANDSTILL_SECONDS = 20.0
"""Longer than forwarding a batch can take."""


class SpoolFailed(Transient):
    """The disk is full, the file cannot be written or read. What was to be kept is not kept, not even in part."""


@dataclass(frozen=True)
class Entry:
    """The messages of one ticket, encoded, in the order in which they are said; none where they are unreadable."""

    number: int
    bodies: tuple[bytes, ...]


class Spool:
    """``spool.db`` in ``folder``. Nothing is opened before it is needed. Everything raises ``SpoolFailed``.

    All work is done in threads, off the event loop. Requests at the same time share a transaction, and so the wait
    for the disk: while one is being written, the next ones gather.
    """

    def __init__(self, folder: Path, cipher: Fernet) -> None:
        self._folder = folder
        self._cipher = cipher
        self._opening = threading.Lock()
        self._engine: Engine | None = None
        self._gathered: list[Gathered] = []
        self._writing: asyncio.Task[None] | None = None
        self._write_failed = False

    async def keep(self, ticket_id: UUID, bodies: Sequence[bytes]) -> None:
        """Returns once it is safe on disk. A ticket that is there already stays as it is."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gathered.append((ticket_id, bodies, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_gathered())
        await kept

    async def holds(self, ticket_id: UUID) -> bool:
        return await self._off_the_loop(reading, lambda connection: store.holds(connection, ticket_id))

    async def oldest(self, limit: int) -> list[Entry]:
        """The first to be forwarded, in the order in which they were kept."""
        return await self._off_the_loop(reading, partial(self._oldest, limit))

    async def backlog(self) -> Backlog:
        return await self._off_the_loop(reading, store.backlog)

    async def drop(self, numbers: Sequence[int]) -> None:
        """Forget what has been forwarded."""
        await self._write(lambda connection: store.drop(connection, numbers))

    async def park(self, number: int, reason: str) -> None:
        """Set aside what cannot be forwarded, until ``retry_parked``."""
        await self._write(lambda connection: store.park(connection, number, reason))

    async def retry_parked(self) -> None:
        await self._write(store.retry_parked)

    async def writable(self) -> bool:
        """Whether the last write went well, or another does now."""
        if self._write_failed:
            try:
                await self._write(store.try_to_write)
            except SpoolFailed:
                return False
        return True

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process forwards at the moment; none begins until the block ends.

        One that stands still in the midst of it does not count after a while: if it goes on, messages are said twice.
        """
        path = self._folder / "spool.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = path.open("a")
        except OSError as error:
            raise SpoolFailed(str(error)) from error
        with lock:
            yield _is_ours(lock, path)

    async def close(self) -> None:
        if self._engine is not None:
            await asyncio.to_thread(self._engine.dispose)

    async def _write_gathered(self) -> None:
        while self._gathered:
            batch, self._gathered = self._gathered, []
            failure: Exception | None = None
            try:
                await self._write(partial(self._add, batch))
            except Exception as error:  # whatever it is, nobody may wait for ever
                failure = error
            for _, _, kept in batch:
                if kept.done():
                    continue  # whoever asked is gone
                if failure is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(failure)

    async def _write(self, work: Callable[[Connection], None]) -> None:
        try:
            await self._off_the_loop(transaction, work)
        except SpoolFailed:
            self._write_failed = True
            raise
        self._write_failed = False

    async def _off_the_loop(self, connected: Connected, work: Callable[[Connection], T]) -> T:
        def run() -> T:
            with connected(self._opened()) as connection:
                return work(connection)

        try:
            return await asyncio.to_thread(run)
        except (SQLAlchemyError, OSError) as error:
            raise SpoolFailed(str(getattr(error, "orig", error))) from error

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = store.open_file(self._folder)
            return self._engine

    def _add(self, batch: Sequence[Gathered], connection: Connection) -> None:
        now = datetime.now(UTC)
        store.add(connection, [store.Sealed(ticket_id, now, self._seal(bodies)) for ticket_id, bodies, _ in batch])

    def _oldest(self, limit: int, connection: Connection) -> list[Entry]:
        return [Entry(number, self._unseal(sealed)) for number, sealed in store.oldest(connection, limit)]

    def _seal(self, bodies: Sequence[bytes]) -> bytes:
        return self._cipher.encrypt(json.dumps([body.decode() for body in bodies]).encode())

    def _unseal(self, sealed: bytes) -> tuple[bytes, ...]:
        try:
            return tuple(body.encode() for body in json.loads(self._cipher.decrypt(sealed)))
        except InvalidToken:
            return ()


def _is_ours(lock: IO[str], path: Path) -> bool:
    """Its file is touched by whoever gets it. One held for too long makes room for another file, for the next look."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if time.time() - os.fstat(lock.fileno()).st_mtime > STANDSTILL_SECONDS:
            path.unlink(missing_ok=True)
        return False
    os.utime(lock.fileno())
    return True
