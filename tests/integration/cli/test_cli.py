"""The ``loumen`` command: what it prints, and that no error is a stack trace."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from shared.ids import ticket_code
from tests.integration.cli.conftest import System, on_sqlite, system_on_sqlite
from tests.small_town import GOOD


def a_folder(path: Path, **changes: str) -> str:
    path.mkdir()
    for name, text in (GOOD | {name.replace("_", "."): text for name, text in changes.items()}).items():
        (path / name).write_text(text)
    return str(path)


@system_on_sqlite
def test_a_directory_is_loaded_all_or_nothing(system: System, tmp_path: Path) -> None:
    """The same again changes nothing, a change is told, a bad row is named and changes nothing; it can be undone."""
    again = system.loumen("directory", "load", a_folder(tmp_path / "again"))
    assert again.stdout == "directory version 1, changes: 0\n"
    renamed = GOOD["places.csv"].replace("丽园社区", "学院社区")
    changed = system.loumen("directory", "load", a_folder(tmp_path / "changed", places_csv=renamed))
    assert changed.stdout.splitlines() == [
        "修改地点 / place changed: li (name)",
        "directory version 2, changes: 1",
    ]
    bad = system.loumen(
        "directory", "load", a_folder(tmp_path / "bad", places_csv=renamed.replace("https:", "javascript:"))
    )
    assert (bad.returncode, bad.stderr) == (1, "problems: 1, nothing loaded\n")
    assert [line.split()[0] for line in bad.stdout.splitlines()] == ["places.csv:4"]
    assert system.loumen("directory", "show").stdout.startswith("version 2, policy test\n")
    undone = system.loumen("directory", "load", str(tmp_path / "again"))
    assert undone.stdout.splitlines()[-1] == "directory version 3, changes: 1"


@on_sqlite
def test_who_does_not_answer_is_named_in_one_line(installation: System, tmp_path: Path) -> None:
    """Without the services, without the broker, without a directory: one line on stderr, and status 1."""
    away = {"AMQP_URI": "amqp://guest:guest@127.0.0.1:1//"}
    with ThreadPoolExecutor() as together:  # each waits for somebody who does not answer
        asked = [
            (together.submit(installation.loumen, "directory", "show"), "does not answer"),
            (together.submit(installation.loumen, "directory", "show", **away), "broker"),
            (together.submit(installation.loumen, "erase", ticket_code(UUID(int=1)), **away), "broker"),
            (together.submit(installation.loumen, "erase", "not-a-code"), "mistyped"),
        ]
    for answer, word in asked:
        told = answer.result()
        assert (told.returncode, told.stdout) == (1, "")
        assert len(told.stderr.splitlines()) == 1
        assert word in told.stderr


@system_on_sqlite
def test_a_ticket_is_previewed(system: System) -> None:
    """Rung by rung, with the policy that it would go by; a door that nobody knows is one line."""
    said = system.loumen("policy", "preview", "D1", "--category", "clutter", "--at", "2026-09-30T17:00")
    policy, *rungs, last = said.stdout.splitlines()
    assert policy.startswith("filed 2026-09-30 17:00: things in hallways (ordinary), policy test@"), said
    assert rungs[:3] == [
        "2026-09-30 17:00 unit 丽园社区1号楼1单元楼门长",
        "    accept by 2026-10-05 04:40, settle by 2026-10-06 00:00",
        "2026-10-05 04:40 community 丽园社区：not accepted in time",
    ]
    assert last == "2026-10-06 14:30 marked overdue"
    missing = system.loumen("policy", "preview", "D9")
    assert (missing.returncode, missing.stderr) == (1, "there is no door D9\n")
    unknown = system.loumen("policy", "preview", "D1", "--category", "nope")
    assert (unknown.returncode, unknown.stderr) == (1, "the directory has no category nope\n")


@system_on_sqlite
def test_an_account_is_somebody_s(system: System) -> None:
    """Of a person in the directory or an admin's; one that does not administer gets no token that reaches all over."""

    def add(login: str, *more: str) -> tuple[int, str]:
        command = (str(Path(sys.executable).with_name("loumen")), "account", "add", login, *more)
        done = subprocess.run(
            command,
            env=system.environment,
            input="eine lange Treppe 7\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stderr

    assert add("nobody") == (1, "say whose with --person, or --admin\n")
    assert add("nobody", "--person", "nope") == (1, "the directory has no person nope\n")
    assert add("nobody", "--person", "nope", "--admin")[0] == 1
    assert add("officer", "--person", "li-officer")[0] == 0
    assert add("admin", "--admin")[0] == 0
    assert [line.split()[0] for line in system.loumen("account", "list").stdout.splitlines()] == ["admin", "officer"]
    token = ("account", "token", "--name", "sheets", "--scope", "hotline")
    refused = system.loumen(*token, "officer")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "officer does not administer" in refused.stderr
    assert system.loumen(*token, "admin").returncode == 0


@on_sqlite
def test_a_backup_goes_where_a_folder_is(installation: System, tmp_path: Path) -> None:
    """A mistyped folder is said, and is not made."""
    refused = installation.loumen("backup", str(tmp_path / "nowhere" / "b.tar"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"there is no folder {tmp_path / 'nowhere'}" in refused.stderr
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_a_database_that_is_away_is_named_in_one_line(installation: System) -> None:
    """``migrate`` says in one line that the database does not answer."""
    told = installation.loumen("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    assert told.stderr.startswith("the database (DATABASE_URL): ")


def test_migrating_twice_is_safe(home: Path, database_url: str | None) -> None:
    """The second time there is nothing to do; a service without a database is refused."""
    installation = System(home, "amqp://unused", database_url)
    assert installation.loumen("migrate").returncode == 0
    assert installation.loumen("migrate").stdout.splitlines() == [
        f"{service}: the database is at the newest version" for service in ("routing", "notify", "records")
    ]
    assert installation.loumen("migrate", "intake").returncode == 1


def test_the_clock_only_runs_forward(home: Path) -> None:
    """It jumps ahead by days, keeps its speed, and refuses nonsense."""
    system = System(home, "amqp://unused", None)
    before = datetime.fromisoformat(system.loumen("clock").stdout.strip())
    after = datetime.fromisoformat(system.loumen("clock", "--forward", "3d", "--speed", "60").stdout.strip())
    assert after - before >= timedelta(days=3)
    assert datetime.fromisoformat(system.loumen("clock").stdout.strip()) >= after
    for nonsense in (("--forward", "soon"), ("--speed", "0")):
        told = system.loumen("clock", *nonsense)
        assert (told.returncode, len(told.stderr.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    ("language", "word"), [("zh_CN.UTF-8", "没有数据库属于 x"), ("en_GB.UTF-8", "no database"), ("C.UTF-8", "没有")]
)
def test_it_speaks_the_language_of_the_terminal(home: Path, language: str, word: str) -> None:
    """English where LANG says so, Chinese everywhere else."""
    system = System(home, "amqp://unused", None)
    assert word in system.loumen("migrate", "x", LOUMEN_LANG=language).stderr
