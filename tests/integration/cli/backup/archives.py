"""What backups are made of here: rows in every table, and archives taken apart and put together again."""

import hashlib
import io
import json
import tarfile
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid5

import orjson
import pytest
from sqlalchemy import Column, Engine, MetaData, Table, insert, inspect

from services.backup import rows
from services.intake import store as spool
from shared.clock import set_clock
from shared.contracts.events import EVENT_NAMESPACE, PostUnreachable, TicketEvent
from shared.db import reading, transaction
from shared.migrate import SERVICES
from tests.builders import MONDAY_10
from tests.integration.cli.conftest import System

FILES = ("keys/secret", "keys/chain", "keys/personal", "clock.json", "intake/classifier.json", "photos/ab/cd/abcd.jpg")
"""What a restore brings back beside the rows."""

Members = dict[str, bytes]

from_sqlite = pytest.mark.parametrize("filled", ["sqlite"], indirect=True)  # the database makes no difference
to_sqlite = pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)


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


def fill_all(installation: System) -> None:
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


def assert_nothing_is_there(system: System) -> None:
    assert [path for path in system.home.rglob("*") if path.name != "photos"] == []
    if system.database_url:
        assert not set(SERVICES) & set(inspect(system.engine("routing")).get_schema_names())


def read(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]


def write(archive: Path, members: Members) -> None:
    with tarfile.open(archive, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def with_manifest(members: Members, /, **change: Any) -> Members:
    """Sealed again, with something changed in the manifest."""
    manifest = json.dumps(json.loads(members["manifest.json"]) | change).encode()
    return members | {"manifest.json": manifest, "manifest.sha256": hashlib.sha256(manifest).hexdigest().encode()}


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
