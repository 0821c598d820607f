"""``loumen backup`` and ``restore`` without the services: what is in the file; a restore is whole or nothing."""

import gzip
import hashlib
import io
import json
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid5

import orjson
import pytest
from sqlalchemy import Column, Engine, MetaData, Table, delete, func, insert, inspect, select, text

from deploy.local.processes import holder, wait_until
from services.backup import copying, moment, restoring, rows
from services.backup.archive import Damaged, verified
from services.intake import store as spool
from services.intake.__main__ import main as intake
from services.intake.settings import IntakeSettings
from services.notify import store as notify
from services.records import store as records
from services.routing import store as routing
from shared import migrate
from shared.bus.runner import run
from shared.bus.topology import NOTIFY_EVENTS, RECORDS_REPORTERS, ROUTING_COMMANDS
from shared.clock import set_clock
from shared.contracts.envelope import decode
from shared.contracts.events import EVENT_NAMESPACE, PostUnreachable, TicketEvent
from shared.db import end_standstill, reading, transaction
from shared.settings import RestoreUnfinished, WorkerSettings
from tests.builders import MONDAY_10, a_submission
from tests.integration.cli.conftest import System
from tests.own_server import standing_still
from tests.stories import a_story
from tests.system import eventually

SERVICES = migrate.SERVICES
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database makes no difference

Members = dict[str, bytes]


def tables(service: str) -> list[Table]:
    found: MetaData = import_module(f"services.{service}.store").tables
    return found.sorted_tables


def a_value(column: Column[Any], number: int) -> Any:
    """Of every kind something that gets lost easily."""
    if column.nullable and number % 2:
        return None
    kind = rows.columns_of(column.table)[column.name]
    return {
        "uuid": uuid5(EVENT_NAMESPACE, f"{column.name}/{number}"),
        "moment": MONDAY_10 + timedelta(hours=number, microseconds=1),
        "bytes": json.dumps({"data": {"hash": f"文'\n{number}"}}).encode(),
        "boolean": bool(number % 2),
        "integer": number + 1,
        "number": number + 0.1,
        "text": f"文'\n{number}",
    }[kind]


def fill(engine: Engine, service: str) -> None:
    """Some rows in every table."""
    with transaction(engine) as connection:
        for table in tables(service):
            made = [{column.name: a_value(column, number) for column in table.columns} for number in range(5)]
            connection.execute(insert(table), made)


def all_rows(installation: System) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    for service in SERVICES:
        with reading(installation.engine(service)) as connection:
            for table in tables(service):
                found[f"{service}.{table.name}"] = [tuple(row) for row in rows.read(connection, table)]
    with reading(spool.open_file(installation.home / "intake")) as connection:
        found["spooled"] = [tuple(row) for row in rows.read(connection, spool.spooled)]
    return found


@pytest.fixture
def filled(installation: System) -> System:
    """Rows in every table, a photo and one that nothing names, a clock, a trained classifier."""
    for service in SERVICES:
        fill(installation.engine(service), service)
    with transaction(spool.open_file(installation.home / "intake")) as connection:
        connection.execute(
            insert(spool.spooled), [{column.name: a_value(column, 0) for column in spool.spooled.columns}]
        )
    for name, content in (
        ("photos/ab/cd/abcd.jpg", b"a photo"),
        ("photos/loose/ef.jpg", b"loose"),
        ("intake/classifier.json", b"what was trained"),
    ):
        path = installation.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    set_clock(installation.home / "clock.json", forward=timedelta(days=1))
    return installation


@pytest.fixture
def archive(filled: System, tmp_path: Path) -> Path:
    made = filled.loumen("backup", str(tmp_path / "loumen.tar"))
    assert (made.returncode, made.stderr) == (0, "")
    return tmp_path / "loumen.tar"


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, vhost: str) -> System:
    """Another machine, where there is nothing."""
    url = request.getfixturevalue("another_database") if request.param == "postgresql" else None
    return System(tmp_path / "elsewhere", vhost, url)


def assert_nothing_is_there(system: System) -> None:
    assert [path for path in system.home.rglob("*") if path.name != "photos"] == []
    if system.database_url:
        assert not set(SERVICES) & set(inspect(system.engine("routing")).get_schema_names())


def test_every_row_and_file_comes_back(filled: System, archive: Path, elsewhere: System) -> None:
    """From either database into either: the same rows, keys, photos and time; what nothing names stays behind; new
    rows get new numbers."""
    assert elsewhere.loumen("restore", str(archive)).returncode == 0

    assert all_rows(elsewhere) == all_rows(filled)
    files = ("keys/secret", "keys/chain", "keys/personal", "clock.json", "intake/classifier.json")
    for name in (*files, "photos/ab/cd/abcd.jpg"):
        assert (elsewhere.home / name).read_bytes() == (filled.home / name).read_bytes()
    assert (elsewhere.home / "keys/secret").stat().st_mode & 0o077 == 0
    assert not (elsewhere.home / "photos/loose").exists()
    with transaction(elsewhere.engine("records")) as connection:
        made = {column.name: a_value(column, 9) for column in records.parked.columns if column.name != "id"}
        assert connection.execute(insert(records.parked).returning(records.parked.c.id), [made]).scalar() == 6


@only_sqlite
@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)
def test_photos_move_from_store_to_store(
    filled: System, archive: Path, elsewhere: System, tmp_path: Path, s3: str
) -> None:
    """From a folder to an S3-compatible store, and from there to a folder."""
    store, last = {"LOUMEN_PHOTOS": s3, "LOUMEN_PHOTOS_KEY": "key:secret"}, replace(elsewhere, home=tmp_path / "last")
    assert elsewhere.loumen("restore", str(archive), **store).returncode == 0
    assert not (elsewhere.home / "photos").exists()
    assert elsewhere.loumen("backup", str(archive), **store).returncode == 0
    assert last.loumen("restore", str(archive)).returncode == 0
    assert (last.home / "photos/ab/cd/abcd.jpg").read_bytes() == b"a photo"


@only_sqlite
def test_what_is_there_is_never_touched(filled: System, archive: Path) -> None:
    """A restore onto an installation is refused, whatever part of it is left."""
    before = all_rows(filled)
    refused = filled.loumen("restore", str(archive))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("not empty: ")
    assert all_rows(filled) == before


@only_sqlite
@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)
def test_messages_of_another_installation_are_in_the_way(archive: Path, elsewhere: System) -> None:
    """A broker that still has messages would tell the restored services what they cannot know."""
    elsewhere.put(NOTIFY_EVENTS, b"of another")
    refused = elsewhere.loumen("restore", str(archive))
    assert refused.stderr == "1 messages of another installation wait in the broker\n"
    assert_nothing_is_there(elsewhere)


def test_a_database_of_nobody_is_no_backup(home: Path, vhost: str, database_url: str | None, tmp_path: Path) -> None:
    """Keys without tables, as where DATABASE_URL was forgotten: that is said, and neither file nor database is made."""
    refused = System(home, vhost, database_url).loumen("backup", str(tmp_path / "loumen.tar"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "not the database of an installation (DATABASE_URL)" in refused.stderr
    assert not (tmp_path / "loumen.tar").exists()
    assert not list(home.glob("*.db"))


@only_sqlite
def test_a_database_without_the_tickets_of_the_services_is_no_backup(system: System, tmp_path: Path) -> None:
    """The services have tickets, and the command was told of another, empty database."""
    system.submit(a_submission(door_code="D2", category="other"))
    other = replace(system, home=tmp_path / "other")
    assert other.loumen("migrate").returncode == 0
    refused = other.loumen("backup", str(tmp_path / "loumen.tar"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "this database (DATABASE_URL) has none" in refused.stderr
    assert not (tmp_path / "loumen.tar").exists()


@only_sqlite
def test_photos_that_are_not_in_the_store_are_told_of(filled: System, tmp_path: Path) -> None:
    """Tickets name a photo that is there, and two that are not."""
    there, gone, later = "ab" * 32, "cd" * 32, "ef" * 32
    (filled.home / f"photos/ab/ab/{there}.jpg").parent.mkdir()
    (filled.home / f"photos/ab/ab/{there}.jpg").write_bytes(b"a photo")
    event = a_story()[0]
    ticket = event.ticket.model_copy(update={"photos": (there, gone)})
    with transaction(filled.engine("records")) as connection:
        named = event.model_copy(update={"ticket": ticket, "photos": (later,)})
        connection.execute(insert(records.ledger), [in_ledger(named)])
    made = filled.loumen("backup", str(tmp_path / "loumen.tar"))
    assert "left out: 2 photos of tickets, which are not in the photo store (LOUMEN_PHOTOS)\n" in made.stderr


@only_sqlite
@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)
@pytest.mark.parametrize("service", ["routing", "records"])
def test_what_a_service_has_in_hand_is_told_of(system: System, elsewhere: System, tmp_path: Path, service: str) -> None:
    """It stands still with messages in its hands, which no queue shows: the backup says that they are left out. Nothing
    is restored on that broker either."""
    pid = holder(tmp_path / "pids" / service)
    assert pid
    with standing_still(pid):
        system.put(ROUTING_COMMANDS if service == "routing" else RECORDS_REPORTERS, b"taken")
        assert wait_until(lambda: system.ready(ROUTING_COMMANDS, RECORDS_REPORTERS) == 0, 60)
        made = system.loumen("backup", str(tmp_path / "loumen.tar"))
    assert f"left out: whatever {service} has in hand, as a process of it does not answer\n" in made.stderr
    refused = elsewhere.loumen("restore", str(tmp_path / "loumen.tar"))
    assert (refused.returncode, refused.stderr) == (1, "services run on this broker: stop them first\n")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("elsewhere", ["postgresql"], indirect=True)
def test_a_database_that_is_not_empty_is_refused(filled: System, archive: Path, elsewhere: System) -> None:
    """A new home beside an old database is no empty installation."""
    refused = replace(elsewhere, database_url=filled.database_url).loumen("restore", str(archive))
    assert refused.stderr == "not empty: PostgreSQL, schema routing. A backup is put back where there is nothing\n"


def read(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]


def write(archive: Path, members: Members) -> None:
    with tarfile.open(archive, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def inside(archive: Path, member: str) -> int:
    """Where a member is, and then a little."""
    with tarfile.open(archive) as tar:
        return tar.getmember(member).offset_data + 3


def cut(archive: Path, member: str) -> None:
    archive.write_bytes(archive.read_bytes()[: inside(archive, member)])


def flip(archive: Path, member: str) -> None:
    damaged = bytearray(archive.read_bytes())
    damaged[inside(archive, member)] ^= 1
    archive.write_bytes(damaged)


def without(archive: Path, member: str) -> None:
    write(archive, {name: content for name, content in read(archive).items() if name != member})


def beside(archive: Path, member: str, *, in_manifest: bool = False) -> None:
    """One more member; the digests need no key, so its maker may have put it into the manifest as well."""
    members = read(archive)
    if in_manifest:
        listed = json.loads(members["manifest.json"])["members"] | {member: hashlib.sha256(b"smuggled").hexdigest()}
        members = with_manifest(members, members=listed)
    write(archive, {member: b"smuggled", **members})


def with_manifest(members: Members, /, **change: Any) -> Members:
    """Sealed again, with something changed in the manifest."""
    manifest = json.dumps(json.loads(members["manifest.json"]) | change).encode()
    return members | {"manifest.json": manifest, "manifest.sha256": hashlib.sha256(manifest).hexdigest().encode()}


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a row": lambda path: flip(path, "rows/records/ledger/000000.jsonl.gz"),
    "a photo": lambda path: flip(path, "photos/ab/cd/abcd.jpg"),
    "the manifest": lambda path: flip(path, "manifest.json"),
    "the seal": lambda path: flip(path, "manifest.sha256"),
    "a key is missing": lambda path: without(path, "home/keys/chain.gz"),
    "the manifest is missing": lambda path: without(path, "manifest.json"),
    "it climbs out": lambda path: beside(path, "home/../keys/other.gz", in_manifest=True),
    "it climbs out in the end": lambda path: beside(path, "home/...gz", in_manifest=True),
    "it names a place of its own": lambda path: beside(path, "home//tmp/other.gz", in_manifest=True),
    "something else is in it": lambda path: beside(path, "home/keys/other.gz"),
    "cut in the middle": lambda path: cut(path, "rows/records/ledger/000000.jsonl.gz"),
    "cut at the end": lambda path: cut(path, "manifest.sha256"),
    "empty": lambda path: path.write_bytes(b""),
    "no archive": lambda path: path.write_bytes(b"not a tar" * 1000),
}


@only_sqlite
@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)
def test_a_damaged_archive_is_refused(archive: Path, elsewhere: System) -> None:
    """One wrong bit, a missing end, a missing or foreign member: one line says so, and nothing is restored."""
    whole = archive.read_bytes()
    for name, harm in DAMAGES.items():
        archive.write_bytes(whole)
        harm(archive)
        with pytest.raises(Damaged):
            pytest.fail(f"{name}: {verified(archive)}")
    refused = elsewhere.loumen("restore", str(archive))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"{archive} is damaged (loumen.tar): nothing restored\n"
    assert_nothing_is_there(elsewhere)


@only_sqlite
@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change", [{"format": 2}, {"revisions": {"routing": "9999"}}, {"revisions": {"other": "0001"}}]
)
def test_a_newer_release_s_archive_is_refused(archive: Path, elsewhere: System, change: dict[str, Any]) -> None:
    """What this release does not know it does not guess at."""
    write(archive, with_manifest(read(archive), **change, loumen="7.0"))
    assert elsewhere.loumen("restore", str(archive)).stderr == "a newer Loumen made this backup: 7.0\n"
    assert_nothing_is_there(elsewhere)


@only_sqlite
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


@only_sqlite
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
    files = ("keys/secret", "keys/chain", "keys/personal", "clock.json", "intake/classifier.json")
    for name in (*files, "photos/ab/cd/abcd.jpg"):
        assert (elsewhere.home / name).read_bytes() == (filled.home / name).read_bytes()
    assert not (elsewhere.home / "restoring").exists()


@only_sqlite
@pytest.mark.parametrize("elsewhere", ["postgresql"], indirect=True)
def test_a_restore_takes_nothing_out_of_another_database(
    archive: Path, elsewhere: System, postgres_database: str
) -> None:
    """One that was cut off is not taken up with a database that it did not write to; that one keeps what it has."""
    _, point = POINTS["all databases are committed"]
    subprocess.run(
        [sys.executable, "-c", f"{KILLED}{point}\napp()\n", "restore", str(archive)],
        env=elsewhere.environment,
        check=False,
        timeout=120,
    )
    other = replace(elsewhere, database_url=postgres_database)
    for service in SERVICES:
        migrate.upgrade(other.engine(service), service)
    refused = other.loumen("restore", str(archive))
    assert refused.returncode == 1
    assert refused.stderr.startswith("not empty: PostgreSQL, schema ")
    assert inspect(other.engine("routing")).get_table_names(schema="routing")


@only_sqlite
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


def test_nothing_is_between_outbox_and_ledger(installation: System) -> None:
    """Routing says one thing after the other, each for a while in the broker alone; at the moment of the picture none
    is."""
    engines = {service: installation.engine(service) for service in SERVICES}
    over = Event()
    with ThreadPoolExecutor(1) as pool:
        saying = pool.submit(say_and_record, engines, over)
        try:
            eventually(lambda: number_of_cases(engines["routing"]) > 1)
            for _ in range(3):
                with copying.settled(engines) as (_, found):
                    assert found.unarrived == 0
        finally:
            over.set()
        saying.result()
    assert found.tickets > 1


def number_of_cases(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(routing.cases)).scalar_one()


def say_and_record(engines: dict[str, Engine], over: Event) -> None:
    """As routing, its publisher and records would, one after the other."""
    while not over.is_set():
        event = a_story()[0]
        with transaction(engines["routing"]) as connection:
            connection.execute(insert(routing.cases), [a_case(event)])
            row = {"message_id": str(event.id), "exchange": "", "routing_key": "", "created_at": 0.0}
            body = json.dumps({"data": {"hash": event.hash}}).encode()
            connection.execute(insert(routing.outbox), [{**row, "body": body}])
        with transaction(engines["routing"]) as connection:
            connection.execute(delete(routing.outbox))
        over.wait(0.05)
        with transaction(engines["records"]) as connection:
            connection.execute(insert(records.ledger), [in_ledger(event)])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_services_leave_a_long_copy_alone(installation: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service ends what its like has left behind in the database; a backup that takes long is not that."""
    monkeypatch.setattr("shared.db.STANDSTILL_SECONDS", 0)
    engines = {service: installation.engine(service) for service in SERVICES}
    with moment.picture(engines, 0.1) as picture:
        assert [end_standstill(engine) for engine in engines.values()] == [0, 0, 0]
        assert all(connection.scalar(text("select 1")) for connection in picture.values())


@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)
def test_what_is_under_way_is_said_again(installation: System, elsewhere: System, tmp_path: Path) -> None:
    """What notify has not heard of, and that a post cannot be reached where nothing came of it yet, goes to the outbox;
    what was taken in does not. An event that is nowhere is told of."""
    story, lost = a_story()[:4], a_story()[:2]
    ticket = story[0].ticket.id
    gone = PostUnreachable(at=MONDAY_10, ticket_id=ticket, post="S:subdistrict_officer", assignment=2)
    with transaction(installation.engine("records")) as connection:
        for event in (*story, gone, lost[0]):
            connection.execute(insert(records.ledger), [in_ledger(event)])
    with transaction(installation.engine("routing")) as connection:
        for last in (story[-1], lost[-1]):
            connection.execute(insert(routing.cases), [a_case(last)])
    with transaction(installation.engine("notify")) as connection:
        heard = {"id": ticket, "version": story[1].ticket.version, "is_open": True}
        connection.execute(insert(notify.tickets), [heard])

    made = installation.loumen("backup", str(tmp_path / "loumen.tar"))
    assert "1 tickets with events that are not in the ledger (see loumen audit)\n" in made.stderr
    assert elsewhere.loumen("restore", str(tmp_path / "loumen.tar")).returncode == 0
    with reading(elsewhere.engine("routing")) as connection:
        outbox = connection.execute(select(routing.outbox).order_by(routing.outbox.c.id)).all()
    assert [decode(row.body)[1] for row in outbox] == [*story[2:], gone]
    assert [(row.message_id, row.routing_key) for row in outbox] == [
        (str(story[2].id), "ticket.noted"),
        (str(story[3].id), "ticket.escalated"),
        (str(in_ledger(gone)["event_id"]), "post.unreachable"),
    ]


def test_a_gap_in_the_record_is_told_of(installation: System, tmp_path: Path) -> None:
    """The newest event has arrived, the one before it has not."""
    story = a_story()[:3]
    with transaction(installation.engine("records")) as connection:
        for event in (story[0], story[2]):
            connection.execute(insert(records.ledger), [in_ledger(event)])
    with transaction(installation.engine("routing")) as connection:
        connection.execute(insert(routing.cases), [a_case(story[-1])])
    made = installation.loumen("backup", str(tmp_path / "loumen.tar"))
    assert "1 tickets with events that are not in the ledger (see loumen audit)\n" in made.stderr


def test_files_are_never_newer_than_the_databases(
    filled: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that is loaded during the backup: intake's copy in the archive is not ahead of records'."""
    copy = filled.home / "intake" / "directory.json"
    copy.write_bytes(b"the one before")
    picture = moment.picture

    def and_then_loaded(*args: Any) -> Any:
        copy.write_bytes(b"a newer one")
        return picture(*args)

    monkeypatch.setattr(moment, "picture", and_then_loaded)
    settings = IntakeSettings(home=filled.home, database_url=filled.database_url)
    copying.back_up(settings, tmp_path / "loumen.tar", lambda _: None)
    assert gzip.decompress(read(tmp_path / "loumen.tar")["home/intake/directory.json.gz"]) == b"the one before"


def a_case(last: TicketEvent) -> dict[str, Any]:
    return {"id": last.ticket.id, "code": last.ticket.code, "hash": last.hash, "ticket": "", "policy": ""}


def in_ledger(event: TicketEvent | PostUnreachable) -> dict[str, Any]:
    chained = isinstance(event, TicketEvent)
    return {
        "event_id": event.id if chained else uuid5(EVENT_NAMESPACE, "unreachable"),
        "ticket_id": event.ticket.id if chained else event.ticket_id,
        "version": event.ticket.version if chained else None,
        "type": event.wire_type(),
        "at": event.at,
        "prev_hash": event.prev_hash if chained else "",
        "hash": event.hash if chained else "",
        "body": orjson.dumps(event.data).decode(),
        "received_at": MONDAY_10,
    }
