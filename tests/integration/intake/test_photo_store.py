"""Keeping photos: the same promises in a folder and in an S3-compatible store, over HTTP."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.intake.settings import IntakeSettings
from services.intake.uploads_develop import Developed
from services.intake.uploads_store import Photos, StoreAway, open_store
from tests.ports import free_port

DAY, NOW = timedelta(days=1), timedelta(0)


@pytest.fixture(params=["folder", "s3"])
def photos(request: pytest.FixtureRequest, tmp_path: Path) -> Photos:
    """An empty store."""
    if request.param == "folder":
        return Photos(open_store(IntakeSettings(home=tmp_path)))
    url = request.getfixturevalue("s3").replace("/loumen?", f"/{tmp_path.name}?")
    return Photos(open_store(IntakeSettings(home=tmp_path, photos=url, photos_key="key:secret")))


def a_photo(number: int) -> Developed:
    photo = b"photo %d" % number
    return Developed(sha256(photo).hexdigest(), 1, 1, photo, b"thumbnail %d" % number)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


async def both(photos: Photos, id: str) -> tuple[bytes | None, bytes | None]:
    return await photos.read(id, "photo"), await photos.read(id, "thumbnail")


def test_a_photo_is_read_as_it_was_added(photos: Photos) -> None:
    """Loose and kept, once and again; what was never there is nothing."""

    async def story() -> None:
        new = a_photo(1)
        for _ in range(2):
            await photos.add(new)
            assert await both(photos, new.id) == (new.photo, new.thumbnail)
            assert await photos.keep([new.id]) == []
            assert await both(photos, new.id) == (new.photo, new.thumbnail)
        assert await both(photos, "0" * 64) == (None, None)

    run(story())


def test_the_sweep_takes_what_is_loose_and_old(photos: Photos) -> None:
    """A kept photo never, a young one not yet; added again, a swept one is there again."""

    async def story() -> None:
        kept, loose = a_photo(1), a_photo(2)
        await photos.add(kept)
        await photos.add(loose)
        assert await photos.keep([kept.id]) == []
        assert await photos.sweep(DAY) == 0
        assert await both(photos, loose.id) == (loose.photo, loose.thumbnail)
        await asyncio.sleep(1)  # S3 counts whole seconds
        assert await photos.sweep(NOW) == 1
        assert await both(photos, loose.id) == (None, None)
        assert await both(photos, kept.id) == (kept.photo, kept.thumbnail)
        await photos.add(kept)
        assert await photos.sweep(NOW) == 0
        await photos.add(loose)
        assert await photos.keep([loose.id]) == []

    run(story())


def test_missing_photos_are_named_by_position(photos: Photos) -> None:
    """And then none is kept: the others are still loose."""

    async def story() -> None:
        new = a_photo(1)
        await photos.add(new)
        assert await photos.keep(["0" * 64, new.id, "1" * 64]) == [0, 2]
        await asyncio.sleep(1)
        assert await photos.sweep(NOW) == 1

    run(story())


def test_keeping_and_sweeping_at_once(photos: Photos) -> None:
    """Whoever wins: what was said to be kept is there, whole; what is gone was said to be missing."""

    async def story() -> None:
        new = [a_photo(number) for number in range(40)]
        await asyncio.gather(*(photos.add(each) for each in new))
        await asyncio.sleep(1)
        kept = [photos.keep([each.id]) for each in new for _ in range(2)]
        outcomes, *_ = await asyncio.gather(asyncio.gather(*kept), photos.sweep(NOW), photos.sweep(NOW))
        for each, first, second in zip(new, outcomes[::2], outcomes[1::2], strict=True):
            photo, thumbnail = await both(photos, each.id)
            assert (photo is not None) == (first == [] or second == [])
            assert photo is None or (photo, thumbnail) == (each.photo, each.thumbnail)

    run(story())


def test_a_store_that_is_not_there_is_said_to_be_away(tmp_path: Path) -> None:
    """Nobody listens, or the folder is none any more."""

    async def story(photos: Photos) -> None:
        for call in (photos.add(a_photo(1)), photos.keep(["0" * 64]), photos.read("0" * 64, "photo")):
            with pytest.raises(StoreAway):
                await call

    url = f"s3://photos?endpoint=http://127.0.0.1:{free_port()}&region=us-east-1"
    run(story(Photos(open_store(IntakeSettings(home=tmp_path, photos=url, photos_key="key:secret")))))


def test_a_folder_that_cannot_be_written_is_said_to_be_away(tmp_path: Path) -> None:
    """A file stands where a folder must be."""
    photos = Photos(open_store(IntakeSettings(home=tmp_path)))
    (tmp_path / "photos" / "loose").write_text("")

    async def story() -> None:
        with pytest.raises(StoreAway):
            await photos.add(a_photo(1))

    run(story())
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["loose"]
