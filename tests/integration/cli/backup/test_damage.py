"""An archive in which anything is wrong is refused as a whole."""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from services.backup.archive import Damaged, verified
from tests.integration.cli.backup.archives import (
    assert_nothing_is_there,
    from_sqlite,
    read,
    to_sqlite,
    with_manifest,
    write,
)
from tests.integration.cli.conftest import System


def inside(archive: Path, member: str) -> int:
    """Where a member is, and then a little."""
    with tarfile.open(archive) as tar:
        return tar.getmember(member).offset_data + 3


def cut(archive: Path, member: str) -> None:
    archive.write_bytes(archive.read_bytes()[: inside(archive, member)])


def flip(archive: Path, member: str) -> None:
    damaged = bytearray(archive.read_bytes())
    damaged[inside(archive, member)] ^= 1
    archive.write_bytes(damaged)


def without(archive: Path, member: str) -> None:
    write(archive, {name: content for name, content in read(archive).items() if name != member})


def beside(archive: Path, member: str, *, in_manifest: bool = False) -> None:
    """One more member; the digests need no key, so its maker may have put it into the manifest as well."""
    members = read(archive)
    if in_manifest:
        listed = json.loads(members["manifest.json"])["members"] | {member: hashlib.sha256(b"smuggled").hexdigest()}
        members = with_manifest(members, members=listed)
    write(archive, {member: b"smuggled", **members})


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a row": lambda path: flip(path, "rows/records/ledger/000000.jsonl.gz"),
    "a photo": lambda path: flip(path, "photos/ab/cd/abcd.jpg"),
    "the manifest": lambda path: flip(path, "manifest.json"),
    "the seal": lambda path: flip(path, "manifest.sha256"),
    "a key is missing": lambda path: without(path, "home/keys/chain.gz"),
    "the manifest is missing": lambda path: without(path, "manifest.json"),
    "it climbs out": lambda path: beside(path, "home/../keys/other.gz", in_manifest=True),
    "it climbs out in the end": lambda path: beside(path, "home/...gz", in_manifest=True),
    "it names a place of its own": lambda path: beside(path, "home//tmp/other.gz", in_manifest=True),
    "something else is in it": lambda path: beside(path, "home/keys/other.gz"),
    "cut in the middle": lambda path: cut(path, "rows/records/ledger/000000.jsonl.gz"),
    "cut at the end": lambda path: cut(path, "manifest.sha256"),
    "empty": lambda path: path.write_bytes(b""),
    "no archive": lambda path: path.write_bytes(b"not a tar" * 1000),
}


@from_sqlite
@to_sqlite
def test_a_damaged_archive_is_refused(archive: Path, elsewhere: System, tmp_path: Path) -> None:
    """One wrong bit, a missing end, a missing or foreign member: one line says so, and nothing is restored."""
    damaged = tmp_path / "damaged.tar"
    for name, harm in DAMAGES.items():
        shutil.copy(archive, damaged)
        harm(damaged)
        with pytest.raises(Damaged):
            pytest.fail(f"{name}: {verified(damaged)}")
    refused = elsewhere.loumen("restore", str(damaged))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"{damaged} is damaged (damaged.tar): nothing restored\n"
    assert_nothing_is_there(elsewhere)
