"""The trail on a running system: what is done by command is in it, and what is done to it by hand is found."""

import json
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Connection, RowMapping, Table, delete, insert, select, update

from services.records.store import trail, trail_head
from shared.db import reading, transaction
from tests.integration.cli.conftest import System

Harm = Callable[[Connection], object]
Rows = Sequence[tuple[Table, Sequence[RowMapping]]]


def gone(*seqs: int) -> Harm:
    return lambda connection: connection.execute(delete(trail).where(trail.c.seq.in_(seqs)))


def says(seq: int, column: str, value: str) -> Harm:
    return lambda connection: connection.execute(update(trail).where(trail.c.seq == seq).values({column: value}))


def put_in(connection: Connection) -> None:
    """One more after the last, as if the last had been done twice."""
    last = connection.execute(select(trail).order_by(trail.c.seq.desc())).first()
    assert last
    again = dict(last._mapping) | {"seq": last.seq + 1, "prev_hash": last.hash, "id": last.id.__class__(int=1)}
    connection.execute(insert(trail).values(again))


def end_put_back(connection: Connection) -> None:
    """The last entry is gone, and the end is told to be the one before."""
    last = connection.execute(select(trail).order_by(trail.c.seq.desc())).first()
    assert last
    gone(last.seq)(connection)
    connection.execute(update(trail_head).values(seq=last.seq - 1, hash=last.prev_hash))


HARMS: list[tuple[str, Harm, list[str]]] = [
    (
        "tampered",
        lambda c: says(3, "body", _body(c, 3).replace("officer", "someone"))(c),
        ["trail_tampered: entry 3 is"],
    ),
    ("found by another name", says(3, "who", "somebody"), ["trail_tampered: entry 3 is"]),
    ("deleted", gone(2), ["trail_gone: gone: 2"]),
    ("no tail", gone(4, 5), ["trail_gone: gone: 4–5"]),
    ("no tail, and no trace of it", end_put_back, ["trail_end: its end is not"]),
    ("inserted", put_in, ["trail_tampered: entry 6 is", "trail_beyond: beyond the sealed end: 6"]),
    ("no end", lambda c: c.execute(delete(trail_head)), ["trail_end: its end is not"]),
]


def _body(connection: Connection, seq: int) -> str:
    return str(connection.scalar(select(trail.c.body).where(trail.c.seq == seq)))


@pytest.fixture(scope="module")
def five_entries(system: System) -> Rows:
    """A directory was loaded (two entries), an account made, disabled and enabled."""
    assert system.call("records", "add_account", login="officer", person=None, admin=False, password="-")
    assert system.loumen("account", "disable", "officer").returncode == 0
    assert system.loumen("account", "enable", "officer").returncode == 0
    with reading(system.engine("records")) as connection:
        return [(table, connection.execute(select(table)).mappings().all()) for table in (trail, trail_head)]


def put_back(system: System, rows: Rows) -> None:
    with transaction(system.engine("records")) as connection:
        for table, there in rows:
            connection.execute(delete(table))
            connection.execute(insert(table), [dict(row) for row in there])


@pytest.fixture
def five(system: System, five_entries: Rows) -> System:
    """Its trail has five entries, whatever other tests have done."""
    put_back(system, five_entries)
    return system


def test_an_account_is_one_however_its_login_is_typed(five: System) -> None:
    """Its token is its own, and the trail names it as everywhere else."""
    made = five.loumen("account", "token", " Officer", "--name", "report", "--scope", "tickets:read")
    assert made.returncode == 0, made.stderr
    assert [each["name"] for each in five.call("records", "api_tokens", login="officer")] == ["report"]


def test_what_is_done_by_command_is_in_the_trail(five: System) -> None:
    """With the machine and its user, and whoever does not say who it is as unknown; the export is the newest entry."""
    done = five.loumen("trail", "export", "--format", "ndjson")
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["seq"], each["what"], each["via"]) for each in entries] == [
        (6, "exported", "command_line"),
        (5, "account_enabled", "command_line"),
        (4, "account_disabled", "command_line"),
        (3, "account_added", "unknown"),
        (2, "policy_changed", "command_line"),
        (1, "directory_loaded", "command_line"),
    ]
    assert all(entries[0][name] for name in ("who", "address"))
    table = five.loumen("trail", "export", "--subject", "officer", "--what", "account_added").stdout.splitlines()
    assert [line.split(",")[0] for line in table] == ["seq", "3"]
    assert five.loumen("trail", "cut", "2025-01-01").stdout == "entries cut off: 0\n"
    young = five.loumen("trail", "cut", "2100-01-01")
    assert (young.returncode, young.stderr) == (1, "entries stay for half a year at least\n")


def test_what_is_done_to_the_trail_by_hand_is_found(five: System, five_entries: Rows) -> None:
    """An entry changed, deleted, inserted, the end cut off: each is named, by the audit and by the ledger's proof."""
    clean = five.loumen("audit", "--older-than", "0")
    assert (clean.returncode, ", trail 5:" in clean.stdout) == (0, True), clean.stdout
    for name, harm, wanted in HARMS:
        with transaction(five.engine("records")) as connection:
            harm(connection)
        proof = ("audit", "--older-than", "0") if name in ("tampered", "no tail") else ("ledger", "verify")
        done = five.loumen(*proof)
        found = [line.removeprefix("trail ") for line in done.stdout.splitlines() if line.startswith("trail ")]
        assert done.returncode == 1, name
        assert [line.startswith(each) for line, each in zip(found, wanted, strict=True)] == [True] * len(wanted), found
        put_back(five, five_entries)
    assert five.loumen("ledger", "verify").returncode == 0
