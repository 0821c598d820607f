"""``loumen audit`` on a running system: clean while all is well, and each breach by its name."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, delete, func, select, update

from services.records import rebuilding
from services.records import store as records
from services.routing import store as routing
from shared.bus.topology import ROUTING_COMMANDS
from shared.db import transaction
from tests.builders import a_submission
from tests.integration.cli.conftest import System
from tests.system import eventually

Harm = Callable[[Connection, UUID], object]


def changed(table: Table, **values: Any) -> Harm:
    return lambda connection, id: connection.execute(update(table).where(table.c.id == id).values(**values))


def gone(table: Table) -> Harm:
    return lambda connection, id: connection.execute(delete(table).where(table.c.id == id))


def events_gone(*versions: int) -> Harm:
    here = records.ledger.c
    return lambda connection, id: connection.execute(
        delete(records.ledger).where(here.ticket_id == id, here.version.in_(versions))
    )


def event(version: int, **values: Any) -> Harm:
    here = records.ledger.c
    return lambda connection, id: connection.execute(
        update(records.ledger).where(here.ticket_id == id, here.version == version).values(**values)
    )


def event_says(version: int, before: str, after: str) -> Harm:
    return event(version, body=func.replace(records.ledger.c.body, before, after))


def tail_cut_with_care(connection: Connection, id: UUID) -> None:
    """The last event is gone, and the read table says what the one before it says."""
    events_gone(2)(connection, id)
    rebuilding.rebuild_tickets(connection, str(UUID(int=id.int - 1)), 1, True)


def all_gone(connection: Connection, id: UUID) -> None:
    """Records has never heard of it."""
    connection.execute(delete(records.ledger).where(records.ledger.c.ticket_id == id))
    gone(records.tickets)(connection, id)


def another_owner(connection: Connection, id: UUID) -> None:
    ticket = connection.scalar(select(routing.cases.c.ticket).where(routing.cases.c.id == id))
    assert ticket and "li:officer" in ticket
    changed(routing.cases, ticket=ticket.replace("li:officer", "town:top"))(connection, id)


def a_parent_that_is_not_there(connection: Connection, id: UUID) -> None:
    ticket = connection.scalar(select(routing.cases.c.ticket).where(routing.cases.c.id == id))
    assert ticket and '"parent"' not in ticket
    changed(routing.cases, ticket=ticket.replace("{", f'{{"parent":"{UUID(int=1)}",', 1))(connection, id)


HARMS: list[tuple[str, Harm, set[str]]] = [
    ("records", lambda _connection, _id: None, set()),
    ("records", changed(records.tickets, owner_post="town:top"), {"read_table"}),
    ("records", changed(records.tickets, body="{}"), {"read_table"}),
    ("records", gone(records.tickets), {"read_table"}),
    ("records", event_says(1, '"category":"other"', '"category":"clutter"'), {"tampered"}),
    ("records", event_says(1, "楼道灯不亮", "楼道灯亮"), {"tampered"}),
    ("records", event(1, body="?"), {"tampered", "broken"}),
    ("records", event(2, type="loumen.ticket.accepted.v1"), {"tampered"}),
    ("records", event(2, hash="0" * 64), {"tampered"}),
    ("records", events_gone(1), {"versions"}),
    ("records", events_gone(2), {"head", "read_table"}),
    ("records", tail_cut_with_care, {"head"}),
    ("records", events_gone(1, 2), {"head", "read_table"}),
    ("records", all_gone, {"head"}),
    ("routing", changed(routing.cases, due_at=None), {"no_clock"}),
    ("routing", changed(routing.cases, due_at=datetime(2100, 1, 1, tzinfo=UTC)), {"late_clock"}),
    ("routing", changed(routing.cases, hash="0" * 64), {"other_head"}),
    ("routing", another_owner, {"other_head"}),
    ("routing", a_parent_that_is_not_there, {"other_head", "tie"}),
    ("routing", gone(routing.cases), {"unknown"}),
]


def test_a_good_record_is_clean_and_each_breach_is_named(system: System) -> None:
    """Whatever is changed behind the services' back is found, by ticket; what was left alone is not blamed. The ledger
    by itself shows what was changed in it, and rebuilding puts the read table right.
    """
    submissions = [a_submission(door_code="D2", category="other") for _ in HARMS]
    system.submit(*submissions)
    clean = system.loumen("audit")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert clean.stdout.startswith(f"{len(HARMS)} tickets ({len(HARMS)} open)")

    codes = [system.call("records", "ticket", ticket_id=str(each.ticket_id))["ticket"]["code"] for each in submissions]
    for (service, harm, _), submission in zip(HARMS, submissions, strict=True):
        with transaction(system.engine(service)) as connection:
            harm(connection, submission.ticket_id)
    wanted = {code: flaws for code, (_, _, flaws) in zip(codes, HARMS, strict=True)}
    assert told(system, codes, "audit") == wanted
    in_ledger = {"tampered", "broken", "versions"}
    assert told(system, codes, "ledger", "verify") == {code: flaws & in_ledger for code, flaws in wanted.items()}

    rebuilt = system.loumen("ledger", "rebuild")
    assert rebuilt.stdout.splitlines() == [
        f"tickets: {len(HARMS) - 1} compared, 4 differed, 1 surplus",
        "tickets: 1 left alone, what they are made of is unreadable (see loumen ledger verify)",
        "orders: 0 compared, 0 differed, 0 surplus",
        f"texts: {len(HARMS)} compared, 0 differed, 2 surplus",
        "texts: 1 left alone, what they are made of is unreadable (see loumen ledger verify)",
        f"facts: {len(HARMS)} compared, 2 differed, 2 surplus",
        "facts: 1 left alone, what they are made of is unreadable (see loumen ledger verify)",
        "photos: 0 compared, 0 differed, 0 surplus",
        "photos: 2 left alone, what they are made of is unreadable (see loumen ledger verify)",
        "places: 5 compared, 0 differed, 0 surplus",
    ]
    assert told(system, codes, "audit") == {code: flaws - {"read_table"} for code, flaws in wanted.items()}


def told(system: System, codes: list[str], *command: str) -> dict[str, set[str]]:
    """The flaws that a proof names, by ticket."""
    done = system.loumen(*command, "--older-than", "1")
    assert done.returncode == 1, done.stderr
    found = {code: set[str]() for code in codes}
    for line in done.stdout.splitlines():
        code, _, rest = line.partition(" ")
        if code in found:
            found[code].add(rest.partition(":")[0])
    return found


def test_old_parked_messages_are_a_breach_until_somebody_decides(system: System) -> None:
    """A message that nobody could handle is parked with its reason, blamed by age, sent again, dropped."""
    system.put(ROUTING_COMMANDS, b"not json")
    listed = eventually(lambda: system.loumen("parked", "list").stdout)
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
    listed = eventually(lambda: system.loumen("parked", "list").stdout)
    assert listed.split()[0] != number
    assert system.loumen("parked", "drop", listed.split()[0]).stdout.endswith("dropped\n")
    assert system.loumen("parked", "list").stdout == ""
    assert len(system.loumen("parked", "list", "--all").stdout.splitlines()) == 2
