"""``loumen audit`` on a running system: clean while all is well, and each breach by its name."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, delete, func, select, update

from services.records import store as records
from services.routing import store as routing
from shared.bus.topology import ROUTING_COMMANDS
from shared.db import transaction
from tests.builders import a_submission
from tests.integration.cli.conftest import System

Harm = Callable[[Connection, UUID], object]


def changed(table: Table, **values: Any) -> Harm:
    return lambda connection, id: connection.execute(update(table).where(table.c.id == id).values(**values))


def gone(table: Table) -> Harm:
    return lambda connection, id: connection.execute(delete(table).where(table.c.id == id))


def event_gone(version: int) -> Harm:
    here = records.ledger.c
    return lambda connection, id: connection.execute(
        delete(records.ledger).where(here.ticket_id == id, here.version == version)
    )


def event_rewritten(connection: Connection, id: UUID) -> None:
    here = records.ledger.c
    values = {"body": func.replace(here.body, '"category":"other"', '"category":"clutter"')}
    connection.execute(update(records.ledger).where(here.ticket_id == id, here.version == 1).values(values))


def event_spoilt(connection: Connection, id: UUID) -> None:
    here = records.ledger.c
    connection.execute(update(records.ledger).where(here.ticket_id == id, here.version == 1).values(body="?"))


def another_owner(connection: Connection, id: UUID) -> None:
    ticket = connection.scalar(select(routing.cases.c.ticket).where(routing.cases.c.id == id))
    assert ticket and "li:officer" in ticket
    changed(routing.cases, ticket=ticket.replace("li:officer", "town:top"))(connection, id)


HARMS: list[tuple[str, Harm, set[str]]] = [
    ("records", lambda _connection, _id: None, set()),
    ("records", changed(records.tickets, owner_post="town:top"), {"read_table"}),
    ("records", changed(records.tickets, body="{}"), {"read_table"}),
    ("records", gone(records.tickets), {"read_table"}),
    ("records", event_rewritten, {"tampered"}),
    ("records", event_spoilt, {"tampered", "broken"}),
    ("records", event_gone(1), {"versions"}),
    ("records", event_gone(2), {"head", "read_table"}),
    ("routing", changed(routing.cases, due_at=None), {"no_clock"}),
    ("routing", changed(routing.cases, hash="0" * 64), {"other_head"}),
    ("routing", another_owner, {"other_head"}),
    ("routing", gone(routing.cases), {"unknown"}),
]


def test_a_good_record_is_clean_and_each_breach_is_named(system: System) -> None:
    """Whatever is changed behind the services' back is found, by ticket; what was left alone is not blamed."""
    submissions = [a_submission(door_code="D2", category="other") for _ in HARMS]
    system.submit(*submissions)
    clean = system.loumen("audit")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert clean.stdout.startswith(f"{len(HARMS)} tickets ({len(HARMS)} open)")

    codes = [system.call("records", "ticket", ticket_id=str(each.ticket_id))["ticket"]["code"] for each in submissions]
    for (service, harm, _), submission in zip(HARMS, submissions, strict=True):
        with transaction(system.engine(service)) as connection:
            harm(connection, submission.ticket_id)
    broken = system.loumen("audit", "--older-than", "3")
    assert broken.returncode == 1
    found = {code: set[str]() for code in codes}
    for line in broken.stdout.splitlines():
        code, _, rest = line.partition(" ")
        if code in found:
            found[code].add(rest.partition(":")[0])
    assert found == {code: flaws for code, (_, _, flaws) in zip(codes, HARMS, strict=True)}


def test_old_parked_messages_are_a_breach_until_somebody_decides(system: System) -> None:
    """A message that nobody could handle is parked with its reason, blamed by age, sent again, dropped."""
    system.put(ROUTING_COMMANDS, b"not json")
    while not (listed := system.loumen("parked", "list").stdout):
        pass
    number = listed.split()[0]
    assert ROUTING_COMMANDS in listed
    assert "not a CloudEvents document" in listed
    assert "not json" in system.loumen("parked", "show", number).stdout

    blamed = system.loumen("audit", "--older-than", "0")
    assert blamed.returncode == 1
    assert "parked_old: 1 parked messages" in blamed.stdout

    assert system.loumen("parked", "resend", number).returncode == 0
    again = system.loumen("parked", "resend", number)
    assert (again.returncode, again.stderr) == (1, f"{number} is not a message that waits here\n")
    while not (listed := system.loumen("parked", "list").stdout):
        pass
    assert listed.split()[0] != number
    assert system.loumen("parked", "drop", listed.split()[0]).stdout.endswith("dropped\n")
    assert system.loumen("parked", "list").stdout == ""
    assert len(system.loumen("parked", "list", "--all").stdout.splitlines()) == 2
