"""The read tables made anew: what was spoilt is put right, while events go on coming in."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from services.records import evidence, handlers, store
from services.records.rebuilding import READ_TABLES
from shared.bus.outbox import Work
from shared.contracts.events import TicketEvent
from shared.contracts.queries import Rebuilt
from shared.contracts.ticket import Ticket
from shared.db import reading, transaction
from tests.builders import MONDAY_10
from tests.small_town import GOOD
from tests.stories import a_story, a_ticket, heard
from tests.trail_of import notes

Harm = Callable[[Connection, list[TicketEvent]], object]


def record(engine: Engine, *events: TicketEvent) -> None:
    with transaction(engine) as connection:
        handlers.record_events(Work(connection, "records"), [heard(event) for event in events], MONDAY_10)


def rebuilt(engine: Engine, *, write: bool = True, bite: int = 3) -> tuple[int, int, int, int]:
    """What all bites of ``tickets`` have found: compared, differing, surplus, unreadable."""
    total, last = [0, 0, 0, 0], None
    while True:
        with transaction(engine) as connection:
            found: Rebuilt = READ_TABLES["tickets"](connection, last, bite, write)
        counts = (found.compared, found.differing, found.surplus, found.unreadable)
        total = [before + more for before, more in zip(total, counts, strict=True)]
        if (last := found.last) is None:
            return total[0], total[1], total[2], total[3]


def read_table(engine: Engine) -> dict[Any, Ticket | None]:
    """Each ticket whose row is whole; None for any other row."""
    with reading(engine) as connection:
        chains = evidence.chains(connection, None, 200)
        return {each.ticket_id: each.ticket if each.columns_agree else None for each in chains if each.ticket}


def changed(**values: Any) -> Harm:
    return lambda connection, story: connection.execute(
        update(store.tickets).where(store.tickets.c.id == story[0].ticket.id).values(**values)
    )


def gone(connection: Connection, story: list[TicketEvent]) -> None:
    connection.execute(delete(store.tickets).where(store.tickets.c.id == story[0].ticket.id))


def code_taken(connection: Connection, story: list[TicketEvent]) -> None:
    """Another row, which nothing explains, has the ticket's code."""
    gone(connection, story)
    impostor = store.ticket_row(story[-1].ticket) | {"id": uuid4()}
    connection.execute(insert(store.tickets).values(impostor))


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (lambda _connection, _story: None, (0, 0)),
        (changed(owner_post="S:nobody"), (1, 0)),
        (changed(body="{}"), (1, 0)),
        (changed(version=99, status="closed"), (1, 0)),
        (gone, (1, 0)),
    ],
    ids=["nothing", "a column", "the body", "a version that never was", "the row"],
)
def test_what_was_spoilt_is_put_right(engine: Engine, harm: Harm, found: tuple[int, int]) -> None:
    """A dry run finds it and changes nothing; the real one leaves the table as the ledger has it."""
    stories = [a_story() for _ in range(7)]
    record(engine, *(event for story in stories for event in story))
    with transaction(engine) as connection:
        harm(connection, stories[3])
    before = read_table(engine)

    assert rebuilt(engine, write=False) == (7, *found, 0)
    assert read_table(engine) == before
    assert rebuilt(engine) == (7, *found, 0)
    assert read_table(engine) == {story[0].ticket.id: story[-1].ticket for story in stories}
    assert rebuilt(engine) == (7, 0, 0, 0)


def test_rows_that_nothing_explains_go(engine: Engine) -> None:
    """A row without events is taken away, also where it stands in the way with another ticket's code."""
    stories = [a_story() for _ in range(4)]
    record(engine, *(event for story in stories for event in story))
    with transaction(engine) as connection:
        store.put_tickets(connection, [a_ticket()])
        code_taken(connection, stories[0])
    rebuilt(engine)
    assert read_table(engine) == {story[0].ticket.id: story[-1].ticket for story in stories}


def test_what_cannot_be_read_is_left_alone(engine: Engine) -> None:
    """A ticket whose newest event was spoilt keeps its row, and is told."""
    story = a_story()
    record(engine, *story)
    with transaction(engine) as connection:
        connection.execute(update(store.ledger).where(store.ledger.c.version == len(story)).values(body="?"))
    assert rebuilt(engine) == (1, 0, 0, 1)
    assert read_table(engine) == {story[0].ticket.id: story[-1].ticket}


def test_a_row_of_an_earlier_release_is_no_wrong_row(engine: Engine) -> None:
    """It says what has its default, as earlier releases did, in the table and in the ledger; nothing differs."""
    story = a_story()
    record(engine, *story)
    with transaction(engine) as connection:
        for table in (store.tickets, store.ledger):
            for each in connection.execute(table.select()):
                written = each.body.replace('"opened_at":', '"provisional":false,"opened_at":')
                assert "provisional" in written and "provisional" not in each.body
                connection.execute(update(table).where(table.c.body == each.body).values(body=written))
    assert rebuilt(engine) == (1, 0, 0, 0)
    with reading(engine) as connection:
        assert [each.columns_agree for each in evidence.chains(connection, None, 10)] == [True]


def test_events_go_on_coming_in(engine: Engine) -> None:
    """Tables are spoilt and made anew again and again while others record: in the end every ticket is at its newest."""
    stories = [a_story() for _ in range(40)]
    done = threading.Event()

    def spoil_and_rebuild() -> None:
        while not done.wait(0.02):  # a breath in which others come to write: SQLite lets in whoever asks first
            with transaction(engine) as connection:
                connection.execute(select(store.tickets.c.id).order_by(store.tickets.c.id).with_for_update())
                connection.execute(update(store.tickets).values(version=50, level="x"))
                gone(connection, stories[0])
            rebuilt(engine, bite=7)

    def go_on(part: int) -> None:
        for step in range(len(stories[0])):
            record(engine, *(story[step] for story in stories[part::2]))

    threads = [threading.Thread(target=go_on, args=(part,)) for part in (0, 1)]
    spoiler = threading.Thread(target=spoil_and_rebuild)
    for each in (spoiler, *threads):
        each.start()
    for each in threads:
        each.join()
    done.set()
    spoiler.join()
    assert rebuilt(engine, bite=7)[1:] == (0, 0, 0)
    assert read_table(engine) == {story[0].ticket.id: story[-1].ticket for story in stories}


def test_places_are_made_anew_from_the_directory(engine: Engine) -> None:
    """A place that was moved, one that is missing and one too many are put right."""
    with transaction(engine) as connection:
        handlers.load_directory(Work(connection, "records"), GOOD, MONDAY_10, notes(MONDAY_10))
        right = connection.execute(store.places.select().order_by(store.places.c.code)).all()
        connection.execute(update(store.places).where(store.places.c.code == "li").values(path="/elsewhere/"))
        connection.execute(delete(store.places).where(store.places.c.code == "li-1"))
        connection.execute(insert(store.places).values(code="moon", path="/moon/"))
    for write, differing, surplus in ((False, 2, 1), (True, 2, 1), (True, 0, 0)):
        with transaction(engine) as connection:
            found = READ_TABLES["places"](connection, None, 100, write)
        assert (found.differing, found.surplus, found.last) == (differing, surplus, None)
    with reading(engine) as connection:
        assert connection.execute(store.places.select().order_by(store.places.c.code)).all() == right
