"""A service's own copy of the directory keeps up with records, whether or not an event came."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.schema import CreateSchema

from services.records.directory import read
from shared.contracts.directory import Directory
from shared.contracts.envelope import Unacceptable
from shared.db import metadata, open_engine
from shared.directory_store import KeptDirectory, directory_table
from shared.errors import Transient
from tests.small_town import GOOD

TABLES = metadata()
TABLE = directory_table(TABLES)
FIRST, SECOND = read(GOOD, 1), read(GOOD, 2)


class Silent(Exception):
    """Records does not answer."""


@pytest.fixture
def engine(database_url: str | None, home: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, home, "routing")
    with engine.begin() as connection:
        if database_url:
            connection.execute(CreateSchema("routing"))
        TABLES.create_all(connection)
    yield engine
    engine.dispose()


def records_with(directory: Directory | None, asked: list[str]) -> Callable[[str], Any]:
    """Records' two answers, as they come over the bus."""

    def answer(method: str) -> Any:
        asked.append(method)
        if method == "directory_version":
            return directory.version if directory else 0
        return directory.model_dump(mode="json") if directory else None

    return answer


def silence(_method: str) -> Any:
    raise Silent


def test_a_version_that_no_event_brought_is_taken_over(engine: Engine) -> None:
    """The first check brings what records has, keeps it, and does not ask for it again."""
    asked: list[str] = []
    kept = KeptDirectory(engine, TABLE)
    kept.take(FIRST)
    kept.keep_up(records_with(SECOND, asked))
    kept.keep_up(records_with(SECOND, asked))
    assert (kept.version, asked) == (2, ["directory_version", "directory"])
    assert KeptDirectory(engine, TABLE).town.version == 2


def test_without_a_directory_records_is_asked_each_time(engine: Engine) -> None:
    """Nothing is in force until records has one, and then it is in force at once."""
    asked: list[str] = []
    kept = KeptDirectory(engine, TABLE)
    for _ in range(2):
        kept.keep_up(records_with(None, asked))
        with pytest.raises(Transient):
            _ = kept.town
    kept.keep_up(records_with(FIRST, asked))
    assert (kept.version, asked.count("directory_version")) == (1, 3)


def test_an_older_version_is_never_put_in_force(engine: Engine) -> None:
    """Records put back from an old backup takes nothing away from the others: the audit tells."""
    kept = KeptDirectory(engine, TABLE)
    kept.take(SECOND)
    asked: list[str] = []
    kept.keep_up(records_with(FIRST, asked))
    assert (kept.version, asked) == (2, ["directory_version"])


def test_what_does_not_hold_together_is_not_kept(engine: Engine) -> None:
    """It is refused, and a new process goes by what was there before."""
    kept = KeptDirectory(engine, TABLE)
    kept.take(FIRST)
    with pytest.raises(Unacceptable, match="no place"):
        kept.take(SECOND.model_copy(update={"places": SECOND.places[1:]}))
    assert (kept.version, KeptDirectory(engine, TABLE).town.version) == (1, 1)


def test_what_another_process_kept_needs_no_records(engine: Engine) -> None:
    """A version in the service's own table is put in force though records is away, and records is asked again soon."""
    kept = KeptDirectory(engine, TABLE)
    KeptDirectory(engine, TABLE).take(SECOND)
    for _ in range(2):
        with pytest.raises(Silent):
            kept.keep_up(silence)
    assert kept.version == 2
