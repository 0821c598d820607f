"""``loumen backup`` and ``restore`` without the services: what is in the file; a restore is whole or nothing."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid5

import pytest
from sqlalchemy import Column, Engine, MetaData, Table, delete, insert, inspect, select, text

from services.backup import copying, moment, restoring, rows
from services.backup.archive import Damaged, verified
from services.intake import store as spool
from services.intake.settings import IntakeSettings
from services.notify import store as notify
from services.records import store as records
from services.routing import store as routing
from shared import migrate
from shared.bus.topology import NOTIFY_EVENTS
from shared.clock import set_clock
from shared.contracts.envelope import decode
from shared.contracts.events import EVENT_NAMESPACE, PostUnreachable, TicketEvent
from shared.db import end_standstill, reading, transaction
from tests.builders import MONDAY_10
from tests.integration.cli.conftest import System
from tests.stories import a_story

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
    """Rows in every table, a photo and one that nothing names, a clock."""
    for service in SERVICES:
        fill(installation.engine(service), service)
    with transaction(spool.open_file(installation.home / "intake")) as connection:
        connection.execute(
            insert(spool.spooled), [{column.name: a_value(column, 0) for column in spool.spooled.columns}]
        )
    for name, content in (("photos/ab/cd/abcd.jpg", b"a photo"), ("photos/loose/ef.jpg", b"loose")):
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
    for name in ("keys/secret", "keys/chain", "keys/personal", "clock.json", "photos/ab/cd/abcd.jpg"):
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
    (filled.home / "keys" / "photos").write_text("key:secret\n")
    with_key, last = tmp_path / "with-key.tar", replace(elsewhere, home=tmp_path / "last")
    assert filled.loumen("backup", str(with_key)).returncode == 0
    assert elsewhere.loumen("restore", str(with_key), LOUMEN_PHOTOS=s3).returncode == 0
    assert not (elsewhere.home / "photos").exists()
    assert elsewhere.loumen("backup", str(archive), LOUMEN_PHOTOS=s3).returncode == 0
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


def beside(archive: Path, member: str) -> None:
    write(archive, {member: b"smuggled", **read(archive)})


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a row": lambda path: flip(path, "rows/records/ledger/000000.jsonl.gz"),
    "a photo": lambda path: flip(path, "photos/ab/cd/abcd.jpg"),
    "the manifest": lambda path: flip(path, "manifest.json"),
    "the seal": lambda path: flip(path, "manifest.sha256"),
    "a key is missing": lambda path: without(path, "home/keys/chain.gz"),
    "the manifest is missing": lambda path: without(path, "manifest.json"),
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
    members = read(archive)
    manifest = json.dumps(json.loads(members["manifest.json"]) | change | {"loumen": "7.0"}).encode()
    members |= {"manifest.json": manifest, "manifest.sha256": hashlib.sha256(manifest).hexdigest().encode()}
    write(archive, members)
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
            for _ in range(3):
                with copying.settled(engines) as (_, found):
                    assert found.unarrived == 0
        finally:
            over.set()
        saying.result()
    assert found.tickets > 1


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
    assert "1 tickets whose newest events are not in the ledger (see loumen audit)\n" in made.stderr
    assert elsewhere.loumen("restore", str(tmp_path / "loumen.tar")).returncode == 0
    with reading(elsewhere.engine("routing")) as connection:
        outbox = connection.execute(select(routing.outbox).order_by(routing.outbox.c.id)).all()
    assert [decode(row.body)[1] for row in outbox] == [story[3], gone]
    assert [(row.message_id, row.routing_key) for row in outbox] == [
        (str(story[3].id), "ticket.escalated"),
        (str(in_ledger(gone)["event_id"]), "post.unreachable"),
    ]


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
        "body": event.model_dump_json(),
        "received_at": MONDAY_10,
    }
