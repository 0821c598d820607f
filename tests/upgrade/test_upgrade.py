"""Yesterday's database with today's release."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.journeys.steps import begin_at, happened
from tests.journeys.test_backup import restored
from tests.journeys.test_photos import opens
from tests.system import Filed, running_system
from tests.upgrade.write_first import ARCHIVE, KNOWN


def test_the_first_version_goes_on(
    tmp_path: Path, vhost: str, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation of the first version is taken over: its story is as it was, links and photos work, open tickets
    climb, and the record is whole."""
    known = json.loads(KNOWN.read_text())
    tickets = {name: Filed(each["code"], each["token"], each) for name, each in known["tickets"].items()}
    monkeypatch.setenv("LOUMEN_ACTION_LINK_DAYS", "36500")  # those in the archive get older and older
    home = restored(ARCHIVE, tmp_path / "home", vhost, database_url)
    begin_at(home, datetime.fromisoformat(known["now"]))

    with running_system(home, vhost, database_url) as system:
        for filed in tickets.values():
            seen = system.ticket(filed)
            as_it_was = [filed.body[name] for name in ("status", "level", "happened")]
            assert [seen["status"], seen["level"], happened(seen)] == as_it_was
        assert all(opens(system, photo) for photo in system.ticket(tickets["waiting"])["photos"])
        assert system.act(tickets["working"].body["link"], "resolve", text="修好了").status_code == 200
        parked = system.loumen("parked", "list").stdout.split()
        assert system.loumen("parked", "drop", parked[0]).returncode == 0
        system.forward(days=7)
        for name, level in (("waiting", "community"), ("climbed", "subdistrict")):
            system.wait_for(tickets[name], lambda seen, level=level: seen["level"] == level)
        audit = system.loumen("audit")
        assert audit.returncode == 0, audit.stdout + audit.stderr
