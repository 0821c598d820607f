"""A restore is whole or nothing, wherever it is cut off."""

import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import inspect

from services.backup import copying
from services.intake.__main__ import main as intake
from services.intake.settings import IntakeSettings
from shared.bus.runner import run
from shared.settings import RestoreUnfinished, WorkerSettings
from tests.integration.cli.backup.archives import FILES, all_rows, assert_nothing_is_there, from_sqlite
from tests.integration.cli.conftest import System


@from_sqlite
def test_a_restore_that_fails_leaves_nothing(archive: Path, elsewhere: System) -> None:
    """The photo store is away when everything else is done: then nothing is there, in either database."""
    away = "s3://photos?endpoint=http://127.0.0.1:1&region=none&access_key_id=a&secret_access_key=b"
    refused = elsewhere.loumen("restore", str(archive), LOUMEN_PHOTOS=away)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("the photo store (LOUMEN_PHOTOS): ")
    assert_nothing_is_there(elsewhere)


KILLED = """
import os, signal
from pathlib import Path
from sqlalchemy import Engine
from services.backup import restoring
from services.cli import app

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def put_some(staged, home, put=restoring._put_in_place, replace=Path.replace):
    left = iter(range(3))
    Path.replace = lambda path, target: replace(path, target) if next(left, None) is not None else die()
    put(staged, home)

"""
POINTS = {
    "rows are written": ("sqlite", "restoring._Load.finish = die"),
    "one database is committed": ("postgresql", "Engine.dispose = die"),
    "all databases are committed": ("postgresql", "restoring._put_in_place = die"),
    "some files are in their place": ("sqlite", "restoring._put_in_place = put_some"),
    "all is in its place": ("sqlite", "Path.unlink = die"),
}


@from_sqlite
@pytest.mark.parametrize(("elsewhere", "point"), POINTS.values(), ids=POINTS, indirect=["elsewhere"])
def test_a_restore_that_is_killed_is_begun_anew(
    filled: System, archive: Path, elsewhere: System, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed anywhere: nothing starts, no new keys are made over old data, and a second restore puts all back."""
    script = f"{KILLED}{point}\napp()\n"
    died = subprocess.run(
        [sys.executable, "-c", script, "restore", str(archive)], env=elsewhere.environment, check=False, timeout=120
    )
    assert died.returncode == -signal.SIGKILL

    refused = elsewhere.loumen("migrate")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "run loumen restore again" in refused.stderr
    half = IntakeSettings(home=elsewhere.home, database_url=elsewhere.database_url)
    starts = (
        partial(run, object, WorkerSettings(home=half.home)),
        intake,
        partial(copying.back_up, half, archive, lambda _: None),
    )
    monkeypatch.setenv("LOUMEN_HOME", str(half.home))
    for start in starts:
        with pytest.raises(RestoreUnfinished):
            start()

    again = elsewhere.loumen("restore", str(archive))
    assert again.returncode == 0, again.stderr
    assert all_rows(elsewhere) == all_rows(filled)
    for name in FILES:
        assert (elsewhere.home / name).read_bytes() == (filled.home / name).read_bytes()
    assert not (elsewhere.home / "restoring").exists()


@from_sqlite
@pytest.mark.parametrize("elsewhere", ["postgresql"], indirect=True)
def test_a_restore_takes_nothing_out_of_another_database(
    archive: Path, elsewhere: System, migrated_database: str
) -> None:
    """One that was cut off is not taken up with a database that it did not write to; that one keeps what it has."""
    _, point = POINTS["all databases are committed"]
    subprocess.run(
        [sys.executable, "-c", f"{KILLED}{point}\napp()\n", "restore", str(archive)],
        env=elsewhere.environment,
        check=False,
        timeout=120,
    )
    other = replace(elsewhere, database_url=migrated_database)
    refused = other.loumen("restore", str(archive))
    assert refused.returncode == 1
    assert refused.stderr.startswith("not empty: PostgreSQL, schema ")
    assert inspect(other.engine("routing")).get_table_names(schema="routing")
