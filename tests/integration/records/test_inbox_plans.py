"""No list of tickets reads the whole table, however many there are."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, text

from services.records.inbox import badges, inbox
from shared.contracts.queries import InboxAsked
from shared.cursor import write_cursor
from shared.db import reading, transaction
from tests.builders import MONDAY_10
from tests.stories import a_ticket

CROWD = """
insert into tickets (id, code, version, status, open, level, place, path, category, owner_post, handler_post,
    helper_posts, about_role, overdue, opened_at, due_at, body)
select gen_random_uuid(), number::text, 1, status, status <> 'closed',
    case dice(3) % 33 when 0 then 'community' when 1 then 'subdistrict' else 'unit' end,
    'd', '/S/C' || dice(4) % 10 || '/B' || dice(4) % 400 || '/', 'category-' || dice(5) % 30,
    'owner-' || dice(6) % 500, 'handler-' || dice(7) % 499,
    case when dice(8) % 10 = 0 then '/helper-' || dice(9) % 300 || '/owner-' || dice(10) % 500 || '/' end, null, false,
    timestamptz '2026-03-02T02:00Z' - number * interval '5 minutes',
    timestamptz '2026-03-02T02:00Z' + (dice(11) % 1000 - 20) * interval '10 minutes', :body
from (
    select number, case dice(1) % 20 when 0 then 'assigned' when 1 then 'accepted' else 'closed' end as status
    from generate_series(1, 30000) as number
) as drawn"""
CROWD = re.sub(r"dice\((\d+)\)", r"abs(hashint8(number * 100 + \1))", CROWD)
CROWDED_WORDS = """
insert into texts
select id, code || '漏 ' || left(code, 2) || ' ' || right(code, 2) || repeat(' 楼道', 100) from tickets
"""


@pytest.fixture(scope="module")
def statements() -> list[tuple[str, object]]:
    return []


@pytest.fixture
def crowded(engine: Engine, statements: list[tuple[str, object]]) -> Iterator[Engine]:
    with transaction(engine) as connection:
        connection.execute(text(CROWD), {"body": a_ticket().model_dump_json()})
        connection.execute(text(CROWDED_WORDS))
        connection.execute(text("insert into places values ('S', '/S/'), ('C3', '/S/C3/'), ('B3', '/S/C3/B3/')"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze tickets"))
        connection.execute(text("vacuum analyze texts"))
    statements.clear()
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _u, statement, values, _x, _m: statements.append((statement, values)),
    )
    yield engine


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)  # SQLite has no statistics to choose by
def test_no_list_reads_the_whole_table(crowded: Engine, statements: list[tuple[str, object]]) -> None:
    """For every filter, and for the badges, PostgreSQL finds its way by an index among 30,000 tickets, and reads no
    more than a few hundred of them."""
    holding = {"post": "owner-3", "role": "r", "levels": ["community"]}
    for place in ("S", "C3", "B3"):
        for more in ({}, *LISTED):
            asked = InboxAsked.model_validate({"posts": [{**holding, "place": place}], **more})
            with reading(crowded) as connection:
                inbox(connection, asked, MONDAY_10)
        with reading(crowded) as connection:
            badges(connection, InboxAsked.model_validate({"posts": [{**holding, "place": place}]}), MONDAY_10)
    asked = [each for each in statements if "FROM tickets" in each[0]]
    assert len(asked) == 3 * (len(LISTED) + 2)
    with crowded.connect() as connection:
        for statement, values in asked:
            lines = [row[0] for row in connection.exec_driver_sql(f"explain analyze {statement}", values)]
            plan = "\n".join(lines)
            assert "Seq Scan" not in plan, f"{statement}\n{values}\n{plan}"
            assert max(_rows(line) for line in lines if "Bitmap Index Scan" not in line) <= MET, (
                f"{statement}\n{values}\n{plan}"
            )


def _rows(line: str) -> int:
    """How many rows a step of a plan has met: those that it gave, and those that it passed over."""
    given = re.search(r"actual time=\S+ rows=(\d+) loops=(\d+)", line)
    passed = re.search(r"Rows Removed by \w+(?: \w+)*: (\d+)", line)
    return int(given[1]) * int(given[2]) if given else int(passed[1]) if passed else 0


MET = 1500
"""More would be a walk through all that is open, or all that has a word, of a whole subdistrict."""
LISTED: tuple[dict[str, object], ...] = (
    {"mine": True},
    {"my_level": True},
    {"due": "overdue"},
    {"due": "soon"},
    {"place": "C3"},
    {"place": "B3"},
    {"categories": ("category-7",)},
    {"categories": ("category-7", "category-8", "category-9")},
    {"status": "accepted"},
    {"status": "suspended"},
    {"status": "closed"},
    {"status": "closed", "mine": True},
    {"text": "2999"},
    {"text": "漏"},
    {"text": "没有"},
    {"status": "closed", "text": "2999"},
    {"cursor": write_cursor(MONDAY_10 + timedelta(hours=2), UUID(int=0))},
)
