"""What is in the file, and that all of it comes back, in either database and either photo store."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from services.backup import restoring
from services.intake.settings import IntakeSettings
from services.records import store as records
from shared import migrate
from shared.db import reading, transaction
from tests.integration.cli.backup.archives import FILES, a_value, all_rows, from_sqlite, to_sqlite
from tests.integration.cli.conftest import System


def test_every_row_and_file_comes_back(filled: System, archive: Path, elsewhere: System) -> None:
    """From either database into either: the same rows, keys, photos and time; what nothing names stays behind; new
    rows get new numbers."""
    assert elsewhere.loumen("restore", str(archive)).returncode == 0

    assert all_rows(elsewhere) == all_rows(filled)
    for name in FILES:
        assert (elsewhere.home / name).read_bytes() == (filled.home / name).read_bytes()
    assert (elsewhere.home / "keys/secret").stat().st_mode & 0o077 == 0
    assert not (elsewhere.home / "photos/loose").exists()
    with transaction(elsewhere.engine("records")) as connection:
        made = {column.name: a_value(column, 9) for column in records.parked.columns if column.name != "id"}
        assert connection.execute(insert(records.parked).returning(records.parked.c.id), [made]).scalar() == 6


@from_sqlite
@to_sqlite
def test_photos_move_from_store_to_store(
    filled: System, archive: Path, elsewhere: System, tmp_path: Path, s3: str
) -> None:
    """From a folder to an S3-compatible store, and from there to a folder."""
    store, last = {"LOUMEN_PHOTOS": s3, "LOUMEN_PHOTOS_KEY": "key:secret"}, replace(elsewhere, home=tmp_path / "last")
    assert elsewhere.loumen("restore", str(archive), **store).returncode == 0
    assert not (elsewhere.home / "photos").exists()
    assert elsewhere.loumen("backup", str(tmp_path / "again.tar"), **store).returncode == 0
    assert last.loumen("restore", str(tmp_path / "again.tar")).returncode == 0
    assert (last.home / "photos/ab/cd/abcd.jpg").read_bytes() == b"a photo"


@from_sqlite
def test_an_earlier_version_is_migrated(
    archive: Path, elsewhere: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows go into the tables that they come from, and those are then brought up to date."""
    script = tmp_path / "later" / "later.py"
    script.parent.mkdir()
    script.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision, down_revision = "later", "{migrate.newest("routing")}"\n\n\n'
        'def upgrade():\n    op.add_column("cases", sa.Column("later", sa.Text, server_default="since"))\n'
    )
    config = migrate.config

    def with_later(service: str, connection: Any = None) -> Any:
        made = config(service, connection)
        if service == "routing":
            here = made.get_main_option("version_locations")
            made.set_main_option("version_locations", f"{here}\n{script.parent}")
        return made

    monkeypatch.setattr(migrate, "config", with_later)
    settings = IntakeSettings(home=elsewhere.home, database_url=elsewhere.database_url)
    restoring.restore(settings, archive, lambda _: None)
    with reading(elsewhere.engine("routing")) as connection:
        assert migrate.revision(connection) == "later"
        assert connection.execute(text("select later from cases")).scalars().all() == ["since"] * 5
