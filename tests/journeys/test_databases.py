"""The same story on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.steps import MONDAY, TUESDAY, begin_on_a_monday, happened, mailed, move_to
from tests.system import System, running_system, steps


@pytest.fixture
def system(home: Path, vhost: str, database_url: str | None) -> Iterator[System]:
    """A fresh system on each database in turn."""
    begin_on_a_monday(home)
    with running_system(home, vhost, database_url) as running:
        yield running


def test_climbed_and_settled(system: System) -> None:
    """Climbed for want of an answer, handed back, settled at the top, closed by itself; and the audit is clean."""
    move_to(system, MONDAY, 10)
    filed = system.file(description="大门到马路有 30 厘米台阶，轮椅下不去", reporter={"email": "resident@home.example"})
    mailed(system, filed, "liyuan-1-property-1")
    move_to(system, TUESDAY, 10)
    officer = system.link(filed, "liyuan-officer-1")
    assert system.act(officer, "hand_back", text="要街道协调").status_code == 200
    top = system.link(filed, "qingyuan-officer-1")
    assert system.act(top, "accept").status_code == 200
    assert system.act(officer, "accept").status_code == 409
    assert system.act(top, "resolve", text="坡道做好了").status_code == 200
    mailed(system, filed, "resident@home.example", "已办结")
    system.forward(days=14)

    ticket = system.wait_for(filed, lambda seen: seen["status"] == "closed")
    assert steps(ticket) == [("unit", "community", "accept_overdue"), ("community", "subdistrict", "handed_back")]
    assert happened(ticket)[-3:] == ["accepted", "resolved", "closed"]
    audit = system.loumen("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
