"""The file: a plain tar. Each member is small enough to be in memory; the manifest, with the digest of each, is last.

``rows/<service>/<table>/<number>.jsonl.gz`` some rows of a table (``rows.py``), ``home/….gz`` files of the
installation, ``photos/…`` what the photo store has, by the same names, ``manifest.json``, ``manifest.sha256`` over it.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from shared.contracts.base import Frozen, Instant
from shared.files import whole_file

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"


class Damaged(Exception):
    """It is not as it was written; ``member`` is the first that is not."""

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


class Manifest(Frozen):
    """What is in an archive. ``taken_at`` is real time. ``revisions``: each service's newest migration then.

    ``columns``: of each ``service/table``, the name and kind of each column, in the order of the rows' values.
    ``members``: the SHA-256 of each, in hex. ``unarrived``: tickets whose newest events were not in the ledger.
    ``missing_photos``: how many a ticket has that were not in the store.
    """

    format: int = FORMAT
    loumen: str
    taken_at: Instant
    revisions: dict[str, str]
    columns: dict[str, dict[str, str]]
    members: dict[str, str]
    tickets: int
    photos: int
    missing_photos: int = 0
    unarrived: int


class _Tar(tarfile.TarFile):
    """It notes every member it has seen, for a look-up that nobody needs here: ``members`` is emptied as we go."""

    members: list[tarfile.TarInfo]


@dataclass
class Writer:
    _tar: _Tar
    members: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> None:
        self.members[name] = hashlib.sha256(content).hexdigest()
        self._put(name, content)

    def finish(self, manifest: Manifest) -> None:
        """Without this it is no archive."""
        content = manifest.model_dump_json(indent=1).encode()
        self._put(MANIFEST, content)
        self._put(SEAL, hashlib.sha256(content).hexdigest().encode())

    def _put(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))
        self._tar.members.clear()


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """An archive that is there when the block ends, whole, for its owner's eyes only: it holds the keys."""
    with whole_file(path, mode=0o600) as file, _Tar.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        yield Writer(tar)


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every member, in order. Raises ``Damaged`` where it is no tar, or ends too early."""
    at = path.name
    try:
        with _Tar.open(path, mode="r:") as tar:
            while info := tar.next():
                at = info.name
                file = tar.extractfile(info)
                content = file.read() if file else b""
                if len(content) != info.size:
                    raise Damaged(at)
                yield at, content
                tar.members.clear()
    except (tarfile.TarError, EOFError) as error:
        raise Damaged(at) from error


def verified(path: Path) -> Manifest:
    """The manifest, once everything is there and as it was written. Raises ``Damaged``, ``FileNotFoundError``."""
    found: dict[str, str] = {}
    read: dict[str, bytes] = {}
    for name, content in members(path):
        if name in (MANIFEST, SEAL):
            read[name] = content
        else:
            found[name] = hashlib.sha256(content).hexdigest()
    manifest = _manifest(read)
    for name in sorted(manifest.members.keys() | found.keys()):
        if not _stays_inside(name) or manifest.members.get(name) != found.get(name):
            raise Damaged(name)
    return manifest


def _stays_inside(name: str) -> bool:
    """Whether it names one place below the folder that it is put into: no ``..``, and no part that is empty."""
    path = PurePosixPath(name.removesuffix(".gz"))
    return str(path) == name.removesuffix(".gz") and not path.is_absolute() and ".." not in path.parts


def _manifest(read: dict[str, bytes]) -> Manifest:
    content = read.get(MANIFEST, b"")
    if read.get(SEAL) != hashlib.sha256(content).hexdigest().encode():
        raise Damaged(MANIFEST)
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise Damaged(MANIFEST) from error
