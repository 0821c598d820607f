"""From an archive into an installation where there is nothing yet: all of it, or none.

A file in the home (``shared.settings.UNFINISHED``) is there from before the first write until all is in its place. As
long as it is there nothing starts; a restore that finds it takes away what the one before has left, and begins anew.
"""

import fcntl
import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from obstore.store import ObjectStore
from sqlalchemy import Connection, Engine, inspect, text

from services.backup import archive, rows
from services.backup.archive import FORMAT, Manifest
from services.backup.copying import HOME_FILES, Tell
from services.backup.moment import be_patient_with
from services.intake import store as spool
from services.intake.settings import IntakeSettings
from services.intake.uploads_store import open_store, reached
from shared import migrate
from shared.db import open_engine, reading, transaction
from shared.settings import UNFINISHED

STAGED = "restoring.files"
DATABASES = ("*.db", "intake/*.db")
SIGN = "select obj_description(to_regclass(:table), 'pg_class')"


class NotEmpty(Exception):
    """There is an installation already; the text names the file or the schema."""


class TooNew(Exception):
    """A newer release made the archive; the text is its version."""


def restore(settings: IntakeSettings, path: Path, tell: Tell) -> Manifest:
    """Put back what an archive holds, and bring the databases from its version to this release's.

    Raises ``Damaged``, ``TooNew``, ``NotEmpty``, ``StoreAway``, ``OSError`` (``BlockingIOError``: another restore is at
    work) and what SQLAlchemy raises; then there is as little as before, but for photos, which name nobody.
    """
    manifest = archive.verified(path)
    if manifest.format != FORMAT or not all(migrate.knows(*each) for each in manifest.revisions.items()):
        raise TooNew(manifest.loumen)
    with _unfinished(settings) as (folder, sign):
        staged = settings.model_copy(update={"home": folder})
        with ExitStack() as stack:
            load = _Load(staged, manifest, sign, stack)
            for name, content in archive.members(path):
                tell(load.take(name, content))
            load.finish()
        _put_in_place(staged.home, settings.home)
        os.sync()
    return manifest


@contextmanager
def _unfinished(settings: IntakeSettings) -> Iterator[tuple[Path, str]]:
    """While the block runs: a folder to put files into first, and what to sign tables with. An exception takes away
    whatever was restored."""
    marker, staged, sign = settings.home / UNFINISHED, settings.home / STAGED, uuid4().hex
    if not marker.exists():
        require_empty(settings)
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with marker.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(file.fileno()).st_nlink:  # the other one has just come to its end
            raise BlockingIOError
        file.seek(0)
        if before := file.read():
            _take_away(settings, before)
        require_empty(settings)
        file.truncate(0)
        file.write(sign)
        file.flush()
        staged.mkdir(mode=0o700)
        os.sync()
        try:
            yield staged, sign
        except BaseException:
            _take_away(settings, sign)
            marker.unlink()
            raise
        shutil.rmtree(staged)
        marker.unlink()


def require_empty(settings: IntakeSettings) -> None:
    """Raises ``NotEmpty``."""
    for pattern in (*HOME_FILES, *DATABASES):
        for path in settings.home.glob(pattern):
            raise NotEmpty(str(path))
    for service, _ in _filled_schemas(settings):
        raise NotEmpty(f"PostgreSQL, schema {service}")


def _take_away(settings: IntakeSettings, sign: str) -> None:
    """What a restore that was cut off has put in its place: the home was empty when it began, and nothing starts since.

    In a database only tables with its sign are its own. Raises ``NotEmpty`` where there are others.
    """
    filled = list(_filled_schemas(settings))
    for service, engine in filled:
        with reading(engine) as connection:
            if connection.scalar(text(SIGN), {"table": f"{service}.alembic_version"}) != sign:
                raise NotEmpty(f"PostgreSQL, schema {service}")
    for service, engine in filled:
        with transaction(engine) as connection:
            connection.execute(text(f'drop schema "{service}" cascade'))
    for pattern in (*HOME_FILES, *DATABASES):
        for path in settings.home.glob(pattern):
            path.unlink()
    shutil.rmtree(settings.home / STAGED, ignore_errors=True)


def _filled_schemas(settings: IntakeSettings) -> Iterator[tuple[str, Engine]]:
    if settings.database_url is not None:
        for service in migrate.SERVICES:
            engine = open_engine(settings.database_url, settings.home, service)
            if inspect(engine).get_table_names(schema=service):
                yield service, engine


class _Load:
    """Takes an archive's members in their order. The databases' transactions end with the ``stack``."""

    def __init__(self, staged: IntakeSettings, manifest: Manifest, sign: str, stack: ExitStack) -> None:
        self._staged = staged
        self._tables = {name: rows.written_as(name.partition("/")[2], each) for name, each in manifest.columns.items()}
        self._columns = manifest.columns
        self._store: ObjectStore | None = None
        self._done = 0
        self._databases = {"intake": _begun(spool.open_file(staged.home / "intake"), stack)}
        for service, revision in manifest.revisions.items():
            connection = _begun(open_engine(staged.database_url, staged.home, service), stack)
            migrate.bring(connection, service, revision)
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"comment on table alembic_version is '{sign}'"))
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
    for path in [path for path in staged.rglob("*") if path.is_file()]:
        target = home / path.relative_to(staged)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)
