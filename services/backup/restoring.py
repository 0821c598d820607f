"""From an archive into an installation where there is nothing yet: all of it, or none."""

import gzip
import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from obstore.store import ObjectStore
from sqlalchemy import Connection, Engine, inspect

from services.backup import archive, rows
from services.backup.archive import FORMAT, Manifest
from services.backup.copying import HOME_FILES, Tell
from services.backup.moment import be_patient_with
from services.intake import store as spool
from services.intake.settings import IntakeSettings
from services.intake.uploads_store import open_store, reached
from shared import migrate
from shared.db import open_engine


class NotEmpty(Exception):
    """There is an installation already; the text names the file or the schema."""


class TooNew(Exception):
    """A newer release made the archive; the text is its version."""


def restore(settings: IntakeSettings, path: Path, tell: Tell) -> Manifest:
    """Put back what an archive holds, and bring the databases from its version to this release's.

    Raises ``Damaged``, ``TooNew``, ``NotEmpty``, ``StoreAway``, ``OSError`` and what SQLAlchemy raises; then there is
    as little as before, but for photos in a store outside of the installation, which name nobody.
    """
    manifest = archive.verified(path)
    if manifest.format != FORMAT or not all(migrate.knows(*each) for each in manifest.revisions.items()):
        raise TooNew(manifest.loumen)
    require_empty(settings)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    staged = settings.model_copy(update={"home": settings.home / f"restoring.{uuid4().hex}"})
    staged.home.mkdir(mode=0o700)
    try:
        with ExitStack() as stack:
            load = _Load(staged, manifest, stack)
            for name, content in archive.members(path):
                tell(load.take(name, content))
            load.finish()
            os.sync()
        _put_in_place(staged.home, settings.home)
    finally:
        shutil.rmtree(staged.home)
    return manifest


def require_empty(settings: IntakeSettings) -> None:
    """Raises ``NotEmpty``."""
    for pattern in (*HOME_FILES, "*.db", "intake/*.db"):
        for path in settings.home.glob(pattern):
            raise NotEmpty(str(path))
    if settings.database_url is not None:
        for service in migrate.SERVICES:
            engine = open_engine(settings.database_url, settings.home, service)
            if inspect(engine).get_table_names(schema=service):
                raise NotEmpty(f"PostgreSQL, schema {service}")


class _Load:
    """Takes an archive's members in their order. The databases' transactions end with the ``stack``."""

    def __init__(self, staged: IntakeSettings, manifest: Manifest, stack: ExitStack) -> None:
        self._staged = staged
        self._tables = {name: rows.written_as(name.partition("/")[2], each) for name, each in manifest.columns.items()}
        self._columns = manifest.columns
        self._store: ObjectStore | None = None
        self._done = 0
        self._databases = {"intake": _begun(spool.open_file(staged.home / "intake"), stack)}
        for service, revision in manifest.revisions.items():
            connection = _begun(open_engine(staged.database_url, staged.home, service), stack)
            migrate.bring(connection, service, revision)
            self._databases[service] = connection

    def take(self, name: str, content: bytes) -> int:
        """One member; how many rows and files that makes by now."""
        kind, _, rest = name.partition("/")
        if kind == "rows":
            self._insert(rest.rpartition("/")[0], content)
        elif kind == "home":
            path = self._staged.home / rest.removesuffix(".gz")
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_bytes(gzip.decompress(content))
            self._done += 1
        elif kind == "photos":
            self._store = self._store or open_store(self._staged)
            with reached():
                self._store.put(rest, content)
            self._done += 1
        return self._done

    def finish(self) -> None:
        """Once all rows are there."""
        for name, table in self._tables.items():
            rows.count_on(self._databases[name.partition("/")[0]], table)
        for service in migrate.SERVICES:
            migrate.bring(self._databases[service], service)

    def _insert(self, name: str, chunk: bytes) -> None:
        table, connection = self._tables[name], self._databases[name.partition("/")[0]]
        for some in rows.unpacked(chunk, self._columns[name]):
            connection.execute(table.insert(), some)
            self._done += len(some)


def _begun(engine: Engine, stack: ExitStack) -> Connection:
    """A connection in one transaction, which is committed when all has gone well; then the file is closed."""
    stack.callback(engine.dispose)
    connection = stack.enter_context(engine.begin())
    be_patient_with(connection)
    return connection


def _put_in_place(staged: Path, home: Path) -> None:
    """The keys last: without them nothing starts."""
    files = [path for path in staged.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: path.parent.name == "keys"):
        target = home / path.relative_to(staged)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)
