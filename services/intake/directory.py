"""The directory in force: taken over by event, asked for now and then, kept on disk for a start without the others."""

from pathlib import Path

import structlog
from pydantic import ValidationError

from services.intake.bus import Desk
from shared.contracts.directory import Directory, DirectoryChanged
from shared.contracts.envelope import Unacceptable, decode
from shared.files import write_whole
from shared.snapshot import Snapshot

log = structlog.get_logger()


class Keeper:
    """Keeps ``snapshot`` and its copy at ``path`` up to date."""

    def __init__(self, snapshot: Snapshot, path: Path) -> None:
        self._snapshot = snapshot
        self._path = path

    def restore(self) -> None:
        """Put the copy on disk in force, if there is one."""
        try:
            directory = Directory.model_validate_json(self._path.read_bytes())
            self._snapshot.take(directory)
        except FileNotFoundError:
            return
        except ValidationError as error:
            log.warning("directory on disk is unreadable", path=str(self._path), errors=error.error_count())
            return
        except Unacceptable as error:
            log.warning("directory on disk is of no use", path=str(self._path), reason=str(error))
            return
        log.info("directory from disk", version=directory.version)

    def take(self, directory: Directory) -> None:
        """Put a newer version in force, and on disk. Raises ``Unacceptable``, and then nothing has changed."""
        if self._snapshot.take(directory):
            write_whole(self._path, directory.model_dump_json())
            log.info("directory taken over", version=directory.version)

    def hear(self, body: bytes) -> None:
        """A ``directory.changed`` event."""
        try:
            _, message = decode(body)
            if isinstance(message, DirectoryChanged):
                self.take(message.directory)
        except Unacceptable as error:
            log.warning("directory event is of no use", reason=str(error))

    async def check(self, desk: Desk) -> None:
        """Ask records for a newer one. Where that cannot be had, read or kept, the one in force stays."""
        current = self._snapshot.current
        if await desk.directory_version() <= (current.version if current else 0):
            return
        directory = await desk.directory()
        if directory is not None:
            self.take(directory)
