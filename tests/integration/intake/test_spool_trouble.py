"""What goes wrong with the spool itself: a full disk, a file that is none, rows that nobody can read."""

import asyncio
import json
import os
import resource
import time
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, event

from services.intake import store
from services.intake.spool import STANDSTILL_SECONDS, Spool
from shared.db import transaction
from shared.sealing import cipher
from tests.integration.intake.harness import a_setting, launched, serving, tickets, with_directory_on_disk
from tests.relay import Relay

UNLIMITED = resource.RLIM_INFINITY


def limit_files(pid: int, size: int) -> None:
    """No file of that process grows beyond ``size`` bytes: a disk that is full, as the kernel tells it."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def test_a_full_disk_is_said_and_nothing_half_kept(home: Path, vhost: str) -> None:
    """503 with Retry-After, not ready; with room again 202, ready; in the end what was promised arrives, no more."""
    with_directory_on_disk(home)
    line = Relay(vhost)
    with launched(a_setting(home, line.uri)) as (intake, pid):
        promised = [intake.submit().json()["id"]]
        limit_files(pid, (home / "intake" / "spool.db-wal").stat().st_size)
        for _ in range(3):
            refused = intake.submit()
            assert (refused.status_code, refused.json()["code"]) == (503, "not_kept")
            assert int(refused.headers["Retry-After"]) > 0
        assert intake.client.get("/readyz").json()["missing"] == ["broker", "spool"]
        limit_files(pid, UNLIMITED)
        assert intake.until_stands(status="ready")["spooled"] == 1
        promised.append(intake.submit().json()["id"])
        line.open()
        intake.until_stands(broker="connected", spooled=0)
    line.close()
    assert [ticket["ticket_id"] for ticket in tickets(vhost)] == promised


def test_what_was_forwarded_on_a_full_disk_goes_out_once(home: Path, vhost: str) -> None:
    """It cannot be forgotten there yet: it is not said again, and new tickets go to the broker."""
    with_directory_on_disk(home)
    line = Relay(vhost)
    with launched(a_setting(home, line.uri)) as (intake, pid):
        said = [intake.submit().json()["id"]]
        limit_files(pid, (home / "intake" / "spool.db-wal").stat().st_size)
        line.open()
        intake.until_stands(broker="connected", spooled=1)
        answer = intake.submit()
        assert answer.status_code == 201
        limit_files(pid, UNLIMITED)
        intake.until_stands(spooled=0)
    line.close()
    assert [ticket["ticket_id"] for ticket in tickets(vhost)] == [*said, answer.json()["id"]]


def test_a_spool_that_cannot_be_opened_does_not_stop_intake(home: Path, vhost: str) -> None:
    """201 with the broker there; 503 and not ready with both away."""
    with_directory_on_disk(home)
    (home / "intake" / "spool.db").mkdir()
    line = Relay(vhost)
    with serving(a_setting(home, line.uri)) as intake:
        assert (intake.submit().status_code, intake.submit().json()["code"]) == (503, "not_kept")
        assert intake.client.get("/readyz").json()["missing"] == ["broker", "spool"]
        line.open()
        assert intake.until_stands(broker="connected")["spooled"] is None
        assert intake.submit().status_code == 201
    line.close()


def test_a_row_that_nobody_can_read_is_parked(home: Path, vhost: str) -> None:
    """Sealed with another key, or of an unknown kind: told, kept for the next start; the others go their way."""
    with_directory_on_disk(home)
    line = Relay(vhost)
    settings = a_setting(home, line.uri)
    with serving(settings) as intake:
        intake.submit()
    ours = cipher(settings.key("personal"), "spool")
    unknown = json.dumps(['{"specversion": "1.0"}']).encode()
    engine = store.open_file(home / "intake")
    with transaction(engine) as connection:
        now = settings.clock.now()
        bad = (cipher(b"another key", "spool").encrypt(b"[]"), ours.encrypt(unknown), b"\0")
        store.add(connection, [store.Sealed(uuid4(), now, each) for each in bad])
    line.open()
    for _ in range(2):
        with serving(settings) as intake:
            intake.submit()
            intake.until_stands(broker="connected", spooled=0, parked=3, status="ready")
    line.close()
    assert len(tickets(vhost)) == 3


def test_one_that_stands_still_while_it_forwards_keeps_nobody_waiting(home: Path) -> None:
    """One process forwards at a time; the lock of one that has held it for long does not count at the next look."""
    folder = home / "intake"
    spool = Spool(folder, cipher(b"a key", "spool"))
    with spool.alone() as first, spool.alone() as second:
        assert (first, second) == (True, False)
        os.utime(folder / "spool.lock", times=(0, time.time() - STANDSTILL_SECONDS))
        with spool.alone() as looked:
            assert not looked
        with spool.alone() as third, spool.alone() as fourth:
            assert (third, fourth) == (True, False), "of the others one forwards, too"
    with spool.alone() as first, spool.alone() as second:
        assert (first, second) == (True, False)


def test_tickets_at_the_same_time_share_a_commit(home: Path) -> None:
    """Two hundred at once wait for the disk together, not one after the other."""
    spool = Spool(home / "intake", cipher(b"a key", "spool"))
    commits: list[object] = []
    count = commits.append

    async def keep_many() -> int:
        await spool.retry_parked()
        event.listen(Engine, "commit", count)
        try:
            await asyncio.gather(*(spool.keep(uuid4(), [b"{}"]) for _ in range(200)))
        finally:
            event.remove(Engine, "commit", count)
        return (await spool.backlog()).waiting

    assert asyncio.run(keep_many()) == 200
    assert len(commits) <= 2
