"""Where photos are kept: a folder of the installation, or an S3-compatible store, by the hash of their bytes.

A photo comes in loose (``loose/<id>.jpg``), and goes to its place for good (``aa/bb/<id>.jpg``) before anything is
said that names it. The sweep looks at loose ones alone, so it can never take one that a ticket has. A photo's thumbnail
lies beside it, and moves first: where there is the photo, there is its thumbnail.
"""

import os
from asyncio import to_thread
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from services.intake.settings import IntakeSettings
from services.intake.uploads_develop import Developed
from shared.errors import Transient

Size = Literal["photo", "thumbnail"]
SUFFIX: dict[Size, str] = {"photo": ".jpg", "thumbnail": ".thumbnail.jpg"}
LOOSE = "loose"
ANSWER_WITHIN = timedelta(seconds=5)


class StoreAway(Transient):
    """The store cannot be reached, or is full. What was to be kept may be kept in part, which nobody sees."""


def open_store(settings: IntakeSettings) -> ObjectStore:
    """``LOUMEN_PHOTOS``: ``s3://bucket/folder?endpoint=https://…&region=…``, or a folder; ``<home>/photos`` by default.

    The store's credentials are ``photos_key`` (``access key:secret``), else what the environment or the machine's role
    says. A store is not connected yet, a folder is made.
    """
    if not settings.photos.startswith("s3://"):
        folder = Path(settings.photos or settings.home / "photos").absolute()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(folder)
    url = urlsplit(settings.photos)
    options: dict[str, Any] = {**dict(parse_qsl(url.query)), **_credentials(settings)}
    return S3Store(
        url.netloc,
        prefix=url.path.strip("/") or None,
        client_options={"allow_http": options.get("endpoint", "").startswith("http:"), "timeout": ANSWER_WITHIN},
        retry_config={"max_retries": 2, "retry_timeout": ANSWER_WITHIN},
        **options,
    )


def _credentials(settings: IntakeSettings) -> dict[str, str]:
    if not settings.photos_key:
        return {}
    access_key, _, secret = settings.photos_key.partition(":")
    return {"access_key_id": access_key, "secret_access_key": secret}


class Photos:
    """Everything raises ``StoreAway``. In threads of ours: those of the store's own event loop outlive the interpreter,
    and a process that ends right after them ends with SIGABRT."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def add(self, new: Developed) -> None:
        """Loose, for as long as the sweep leaves it; one that a ticket has stays as it is."""
        with reached():
            if await self._is_at(_kept(new.id)):
                return
            await to_thread(self._store.put, _loose(new.id, "thumbnail"), new.thumbnail)
            await to_thread(self._store.put, _loose(new.id), new.photo)

    async def keep(self, ids: Sequence[str]) -> list[int]:
        """For good, and safe on disk. The positions of those that are not there; then nothing was done, or the sweep
        came in between."""
        with reached():
            there = [await self._is_at(_kept(id)) or await self._is_at(_loose(id)) for id in ids]
            if not all(there):
                return [at for at, found in enumerate(there) if not found]
            return [at for at, id in enumerate(ids) if not await self._keep(id)]

    async def read(self, id: str, size: Size) -> bytes | None:
        with reached():
            for path in (_kept(id, size), _loose(id, size)):
                try:
                    return await to_thread(self._read, path)
                except FileNotFoundError:
                    continue
        return None

    def _read(self, path: str) -> bytes:
        return bytes(self._store.get(path).bytes())

    async def sweep(self, older_than: timedelta) -> int:
        """Remove loose photos that came in longer ago than that: how many there were."""
        before = datetime.now(UTC) - older_than
        swept = 0
        with reached():
            for batch in await to_thread(list, self._store.list(LOOSE)):
                ids = {Path(each["path"]).name.partition(".")[0] for each in batch if each["last_modified"] < before}
                for id in ids:
                    for size in SUFFIX:  # the photo first: a thumbnail alone is nothing
                        await self._remove(_loose(id, size))
                swept += len(ids)
        return swept

    async def remove(self, ids: Sequence[str]) -> None:
        """For good; what is not there is gone already."""
        with reached():
            for path in _paths(ids):
                await self._remove(path)

    async def _keep(self, id: str) -> bool:
        return all([await self._move(_loose(id, size), _kept(id, size)) for size in ("thumbnail", "photo")])

    async def _move(self, loose: str, kept: str) -> bool:
        """Whether it is there now. A folder moves it in one step, another store copies it first and then removes it:
        in both the sweep comes too late or leaves nothing to move."""
        try:
            await to_thread(self._store.rename, loose, kept)
        except FileNotFoundError:
            return await self._is_at(kept)
        if isinstance(self._store, LocalStore) and self._store.prefix:
            await to_thread(_settle, self._store.prefix / kept)
        return True

    async def _remove(self, path: str) -> None:
        try:
            await to_thread(self._store.delete, path)
        except FileNotFoundError:
            return

    async def _is_at(self, path: str) -> bool:
        try:
            await to_thread(self._store.head, path)
        except FileNotFoundError:
            return False
        return True


def remove(store: ObjectStore, ids: Sequence[str]) -> None:
    """As ``Photos.remove``, for a program that ends after it: the store's own threads do not outlive it well."""
    with reached():
        for path in _paths(ids):
            with suppress(FileNotFoundError):
                store.delete(path)


def _paths(ids: Sequence[str]) -> list[str]:
    """Wherever a photo and its thumbnail may be."""
    return [path for id in ids for size in SUFFIX for path in (_kept(id, size), _loose(id, size))]


def _loose(id: str, size: Size = "photo") -> str:
    return f"{LOOSE}/{id}{SUFFIX[size]}"


def _kept(id: str, size: Size = "photo") -> str:
    return f"{id[:2]}/{id[2:4]}/{id}{SUFFIX[size]}"


def _settle(path: Path) -> None:
    """To the disk: the file, and the folders that name it."""
    for each in (path, path.parent, path.parent.parent, path.parent.parent.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def reached() -> Iterator[None]:
    """Errors of the store as ``StoreAway``."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreAway(str(error)) from error
