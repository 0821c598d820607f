"""One moment for all: nothing is between the databases, and what is under way is not lost."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, insert, select, text

from services.backup import copying, moment
from services.intake.settings import IntakeSettings
from services.notify import store as notify
from services.records import store as records
from services.routing import store as routing
from shared.contracts.envelope import decode
from shared.contracts.events import PostUnreachable
from shared.db import end_standstill, reading, transaction
from shared.migrate import SERVICES
from tests.builders import MONDAY_10
from tests.integration.cli.backup.archives import (
    a_case,
    in_ledger,
    read,
    to_sqlite,
)
from tests.integration.cli.conftest import System
from tests.stories import a_story
from tests.system import eventually


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


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_services_leave_a_long_copy_alone(installation: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service ends what its like has left behind in the database; a backup that takes long is not that."""
    monkeypatch.setattr("shared.db.STANDSTILL_SECONDS", 0)
    engines = {service: installation.engine(service) for service in SERVICES}
    with moment.picture(engines, 0.1) as picture:
        assert [end_standstill(engine) for engine in engines.values()] == [0, 0, 0]
        assert all(connection.scalar(text("select 1")) for connection in picture.values())


@to_sqlite
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


def test_files_are_never_newer_than_the_databases(
    installation: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that is loaded during the backup: intake's copy in the archive is not ahead of records'."""
    copy = installation.home / "intake" / "directory.json"
    copy.parent.mkdir()
    copy.write_bytes(b"the one before")
    picture = moment.picture

    def and_then_loaded(*args: Any) -> Any:
        copy.write_bytes(b"a newer one")
        return picture(*args)

    monkeypatch.setattr(moment, "picture", and_then_loaded)
    settings = IntakeSettings(home=installation.home, database_url=installation.database_url)
    copying.back_up(settings, tmp_path / "loumen.tar", lambda _: None)
    assert gzip.decompress(read(tmp_path / "loumen.tar")["home/intake/directory.json.gz"]) == b"the one before"
