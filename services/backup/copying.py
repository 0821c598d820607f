"""From a running installation into an archive."""

import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
from obstore.store import ObjectStore
from sqlalchemy import Connection, Engine, MetaData, Table, select

from services.backup import archive, moment, rows, under_way
from services.backup.archive import Manifest, Writer
from services.backup.moment import Picture
from services.backup.under_way import UnderWay
from services.intake import store as spool
from services.intake.settings import IntakeSettings
from services.intake.uploads_store import LOOSE, SUFFIX, open_store, reached
from services.records.store import ledger
from shared import migrate
from shared.db import open_engine, reading

HOME_FILES = ("clock.json", "demo-directory-loaded", "intake/directory.json", "intake/classifier.json", "keys/*")
"""What belongs to an installation beside databases and photos."""

QUIET_SECONDS = (0.5, 1.0, 2.0)
"""For how long the ledger must have had nothing to take in, at the first try and the next ones."""

PHOTOS = '"photos":'
NAMED = re.compile(PHOTOS + r"(\[[^]]*])")
"""Where an event, as JSON, names photos; in people's words the quotation marks would be escaped."""

Tell = Callable[[int], None]
"""Hears how many rows and files have been copied."""


class OtherRevision(Exception):
    """A database is not at the newest version that this release knows."""


class NeverMigrated(Exception):
    """There are no tables; the text says where."""


class WrongDatabase(Exception):
    """It has no tickets, while the services that run have some."""


def back_up(settings: IntakeSettings, path: Path, tell: Tell, *, has_tickets: bool = False) -> Manifest:
    """Write the archive: it is there whole or not at all. The services may run; ``has_tickets``: it is known that they
    have some.

    Raises ``NeverMigrated``, ``OtherRevision``, ``WrongDatabase``, ``StoreAway``, ``FileNotFoundError`` where there is
    no installation, ``OSError``, and what SQLAlchemy raises.
    """
    settings.key("secret")
    home = list(_home_files(settings.home))  # before the moment: intake's directory may be behind, never ahead
    waiting = list(_spooled(settings.home / "intake"))  # before the moment: what is forwarded meanwhile is in both
    engines = {service: open_engine(settings.database_url, settings.home, service) for service in migrate.SERVICES}
    with ExitStack() as stack:
        _require_tables(settings, engines)
        taken_at = datetime.now(UTC)
        picture, found = stack.enter_context(settled(engines))
        if has_tickets and not found.tickets:
            raise WrongDatabase
        named = _named_photos(picture["records"])
        copy = _Copy(stack.enter_context(archive.writing(path)), tell)
        for service, connection in picture.items():
            for table in _tables(service).sorted_tables:
                again = table is under_way.OUTBOX
                more = under_way.said_again(picture, found.unheard) if again else ()
                copy.table(service, table, chain(rows.read(connection, table), more))
        copy.table("intake", spool.spooled, waiting)
        copy.files(home)
        photos = copy.photos(open_store(settings), named)  # after the moment: a photo is kept before anything names it
        manifest = Manifest(
            loumen=version("loumen"),
            taken_at=taken_at,
            revisions={service: migrate.newest(service) for service in picture},
            columns=copy.columns,
            members=copy.writer.members,
            tickets=found.tickets,
            photos=photos,
            missing_photos=len(named),
            unarrived=found.unarrived,
        )
        copy.writer.finish(manifest)
    return manifest


@contextmanager
def settled(engines: Mapping[str, Engine]) -> Iterator[tuple[Picture, UnderWay]]:
    """The first picture in which all has arrived, else the last one taken."""
    for quiet in QUIET_SECONDS:
        with moment.picture(engines, quiet) as picture:
            for service, connection in picture.items():
                if migrate.revision(connection) != migrate.newest(service):
                    raise OtherRevision(service)
            found = under_way.survey(picture)
            if not found.unarrived or quiet == QUIET_SECONDS[-1]:
                yield picture, found
                return


def _require_tables(settings: IntakeSettings, engines: Mapping[str, Engine]) -> None:
    for service, engine in engines.items():
        file = settings.home / f"{service}.db"
        if settings.database_url is None and not file.exists():  # looking would make it
            raise NeverMigrated(str(file))
        with reading(engine) as connection:
            if migrate.revision(connection) is None:
                raise NeverMigrated(f"{service}, {engine.url.host or file}")


def _named_photos(records: Connection) -> set[str]:
    """The ids of all photos in the ledger."""
    bodies = select(ledger.c.body).where(ledger.c.body.like(f'%{PHOTOS}["%'))
    found = records.execute(bodies, execution_options={"yield_per": rows.BITE}).scalars()
    return {id for body in found for ids in NAMED.findall(body) for id in orjson.loads(ids)}


def _tables(service: str) -> MetaData:
    tables: MetaData = import_module(f"services.{service}.store").tables
    return tables


def _home_files(home: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents, compressed."""
    for pattern in HOME_FILES:
        for path in sorted(home.glob(pattern)):
            yield str(path.relative_to(home)), gzip.compress(path.read_bytes(), mtime=0)


def _spooled(folder: Path) -> Iterator[Sequence[Any]]:
    """What intake keeps for the broker."""
    if (folder / "spool.db").exists():
        with reading(spool.open_file(folder)) as connection:
            yield from rows.read(connection, spool.spooled)


class _Copy:
    """Puts one thing after the other into the archive, and tells how much that was."""

    def __init__(self, writer: Writer, tell: Tell) -> None:
        self.writer = writer
        self.columns: dict[str, dict[str, str]] = {}
        self._tell = tell
        self._done = 0

    def table(self, service: str, table: Table, found: Iterable[Sequence[Any]]) -> None:
        name = f"{service}/{table.name}"
        self.columns[name] = rows.columns_of(table)
        for number, (count, chunk) in enumerate(rows.packed(found)):
            self._add(f"rows/{name}/{number:06}.jsonl.gz", chunk, count)

    def files(self, found: Iterable[tuple[str, bytes]]) -> None:
        for name, content in found:
            self._add(f"home/{name}.gz", content, 1)

    def photos(self, store: ObjectStore, named: set[str]) -> int:
        """How many files: each photo has a thumbnail beside it. Those that nothing names yet stay behind. Takes what it
        finds out of ``named``."""
        count = 0
        with reached():
            for batch in store.list():
                kept = [each["path"] for each in batch if not each["path"].startswith(f"{LOOSE}/")]
                for path in kept:
                    self._add(f"photos/{path}", bytes(store.get(path).bytes()), 1)
                    named.discard(Path(path).name.removesuffix(SUFFIX["photo"]))
                count += len(kept)
        return count

    def _add(self, name: str, content: bytes, count: int) -> None:
        self.writer.add(name, content)
        self._done += count
        self._tell(self._done)
