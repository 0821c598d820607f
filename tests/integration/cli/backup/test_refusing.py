"""Where no backup is made, and where none is put back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.bus.topology import NOTIFY_EVENTS
from tests.integration.cli.backup.archives import (
    all_rows,
    assert_nothing_is_there,
    from_sqlite,
    read,
    to_sqlite,
    with_manifest,
    write,
)
from tests.integration.cli.conftest import System


@from_sqlite
def test_what_is_there_is_never_touched(filled: System, archive: Path) -> None:
    """A restore onto an installation is refused, whatever part of it is left."""
    before = all_rows(filled)
    refused = filled.loumen("restore", str(archive))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("not empty: ")
    assert all_rows(filled) == before


@from_sqlite
@to_sqlite
def test_messages_of_another_installation_are_in_the_way(archive: Path, elsewhere: System) -> None:
    """A broker that still has messages would tell the restored services what they cannot know."""
    elsewhere.put(NOTIFY_EVENTS, b"of another")
    refused = elsewhere.loumen("restore", str(archive))
    assert refused.stderr == "1 messages of another installation wait in the broker\n"
    assert_nothing_is_there(elsewhere)


@pytest.mark.parametrize("filled", ["postgresql"], indirect=True)
@pytest.mark.parametrize("elsewhere", ["postgresql"], indirect=True)
def test_a_database_that_is_not_empty_is_refused(filled: System, archive: Path, elsewhere: System) -> None:
    """A new home beside an old database is no empty installation."""
    refused = replace(elsewhere, database_url=filled.database_url).loumen("restore", str(archive))
    assert refused.stderr == "not empty: PostgreSQL, schema routing. A backup is put back where there is nothing\n"


@from_sqlite
@to_sqlite
@pytest.mark.parametrize(
    "change", [{"format": 2}, {"revisions": {"routing": "9999"}}, {"revisions": {"other": "0001"}}]
)
def test_a_newer_release_s_archive_is_refused(
    archive: Path, elsewhere: System, tmp_path: Path, change: dict[str, Any]
) -> None:
    """What this release does not know it does not guess at."""
    newer = tmp_path / "newer.tar"
    write(newer, with_manifest(read(archive), **change, loumen="7.0"))
    assert elsewhere.loumen("restore", str(newer)).stderr == "a newer Loumen made this backup: 7.0\n"
    assert_nothing_is_there(elsewhere)


def test_a_database_of_nobody_is_no_backup(home: Path, vhost: str, database_url: str | None, tmp_path: Path) -> None:
    """Keys without tables, as where DATABASE_URL was forgotten: that is said, and neither file nor database is made."""
    refused = System(home, vhost, database_url).loumen("backup", str(tmp_path / "loumen.tar"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "not the database of an installation (DATABASE_URL)" in refused.stderr
    assert not (tmp_path / "loumen.tar").exists()
    assert not list(home.glob("*.db"))
