"""What a backup has not got, and says so."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from deploy.local.processes import holder, wait_until
from services.records import store as records
from services.routing import store as routing
from shared.bus.topology import RECORDS_REPORTERS, ROUTING_COMMANDS
from shared.db import transaction
from tests.builders import a_submission
from tests.integration.cli.backup.archives import a_case, in_ledger, to_sqlite
from tests.integration.cli.conftest import System, on_sqlite, system_on_sqlite
from tests.own_server import standing_still
from tests.stories import a_story


@system_on_sqlite
def test_a_database_without_the_tickets_of_the_services_is_no_backup(system: System, tmp_path: Path) -> None:
    """The services have tickets, and the command was told of another, empty database."""
    system.submit(a_submission(door_code="D2", category="other"))
    other = replace(system, home=tmp_path / "other")
    assert other.loumen("migrate").returncode == 0
    refused = other.loumen("backup", str(tmp_path / "loumen.tar"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "this database (DATABASE_URL) has none" in refused.stderr
    assert not (tmp_path / "loumen.tar").exists()


@system_on_sqlite
@to_sqlite
@pytest.mark.parametrize("service", ["routing", "records"])
def test_what_a_service_has_in_hand_is_told_of(system: System, elsewhere: System, tmp_path: Path, service: str) -> None:
    """It stands still with messages in its hands, which no queue shows: the backup says that they are left out. Nothing
    is restored on that broker either."""
    pid = holder(system.pids / service)
    assert pid
    with standing_still(pid):
        system.put(ROUTING_COMMANDS if service == "routing" else RECORDS_REPORTERS, b"taken")
        assert wait_until(lambda: system.ready(ROUTING_COMMANDS, RECORDS_REPORTERS) == 0, 60)
        made = system.loumen("backup", str(tmp_path / "loumen.tar"))
    assert f"left out: whatever {service} has in hand, as a process of it does not answer\n" in made.stderr
    refused = replace(elsewhere, amqp_uri=system.amqp_uri).loumen("restore", str(tmp_path / "loumen.tar"))
    assert (refused.returncode, refused.stderr) == (1, "services run on this broker: stop them first\n")


@on_sqlite
def test_photos_that_are_not_in_the_store_are_told_of(installation: System, tmp_path: Path) -> None:
    """Tickets name a photo that is there, and two that are not."""
    there, gone, later = "ab" * 32, "cd" * 32, "ef" * 32
    (installation.home / f"photos/ab/ab/{there}.jpg").parent.mkdir(parents=True)
    (installation.home / f"photos/ab/ab/{there}.jpg").write_bytes(b"a photo")
    event = a_story()[0]
    ticket = event.ticket.model_copy(update={"photos": (there, gone)})
    with transaction(installation.engine("records")) as connection:
        named = event.model_copy(update={"ticket": ticket, "photos": (later,)})
        connection.execute(insert(records.ledger), [in_ledger(named)])
    made = installation.loumen("backup", str(tmp_path / "loumen.tar"))
    assert "left out: 2 photos of tickets, which are not in the photo store (LOUMEN_PHOTOS)\n" in made.stderr


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
