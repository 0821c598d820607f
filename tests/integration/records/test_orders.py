"""The hotline's orders: found by when they last changed, in pages, and made anew from the ledger."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, Engine, Table, delete, insert, inspect, select, update

from services.records import handlers, orders, store
from services.records.rebuilding import READ_TABLES
from shared.bus.outbox import Work
from shared.contracts.events import TicketEvent
from shared.contracts.vocabulary import Source
from shared.db import open_engine, reading, transaction
from shared.migrate import bring
from tests.builders import MONDAY_10
from tests.stories import a_story, a_ticket, at, heard


def an_order(number: int) -> list[TicketEvent]:
    return a_story(a_ticket(source=Source.HOTLINE, external_ref=f"GD-{number}"))


def record(engine: Engine, events: Sequence[TicketEvent]) -> None:
    with transaction(engine) as connection:
        handlers.record_events(Work(connection, "records"), [heard(event) for event in events], MONDAY_10)


def rows(engine: Engine) -> set[tuple[object, ...]]:
    with reading(engine) as connection:
        return {tuple(row) for row in connection.execute(select(store.orders))}


def right(stories: list[list[TicketEvent]]) -> set[tuple[object, ...]]:
    return {(story[-1].ticket.id, story[-1].ticket.version, story[-1].at) for story in stories}


def test_orders_come_in_the_order_of_their_changes(engine: Engine) -> None:
    """Page by page each once with its story, whatever the bites and repeats they came in; nothing else is an order."""
    stories = [an_order(number) for number in range(5)]
    others = [a_story(), a_story(a_ticket(source=Source.HOTLINE)), a_story(a_ticket(external_ref="GD-9"))]
    for number, story in enumerate(stories):
        record(engine, [*story[: number + 2], *story[:1], *others[number % 3]])
    found, cursor = [], None
    while True:
        with reading(engine) as connection:
            page = orders.changed_orders(connection, None, cursor, 2)
        found += page.items
        if (cursor := page.next) is None:
            break

    assert [each.record.ticket.external_ref for each in found] == [f"GD-{number}" for number in range(5)]
    assert [each.changed_at for each in found] == [story[number + 1].at for number, story in enumerate(stories)]
    assert [len(each.record.timeline) for each in found[:2]] == [2, 3]


def test_since_a_moment(engine: Engine) -> None:
    """What changed at it or later, and nothing earlier."""
    stories = [an_order(number) for number in range(3)]
    for number, story in enumerate(stories):
        record(engine, story[: number + 1])
    with reading(engine) as connection:
        page = orders.changed_orders(connection, at(10), None, 10)
        with pytest.raises(ValueError):
            orders.changed_orders(connection, None, "yesterday", 10)

    assert [each.record.ticket.external_ref for each in page.items] == ["GD-1", "GD-2"]


def test_which_are_known(engine: Engine) -> None:
    """Of the ids asked for, the tickets that are here."""
    here, elsewhere = an_order(1), an_order(2)
    record(engine, here)
    with reading(engine) as connection:
        found = orders.known(connection, [elsewhere[0].ticket.id, here[0].ticket.id])

    assert found == [here[-1].ticket]


def test_what_was_spoilt_is_put_right(engine: Engine) -> None:
    """A wrong row, a missing one and one that nothing explains; a dry run changes nothing."""
    stories = [an_order(number) for number in range(4)]
    record(engine, [event for story in [*stories, a_story()] for event in story])
    wrong, gone, stray = stories[0][0].ticket.id, stories[1][0].ticket.id, a_ticket().id
    with transaction(engine) as connection:
        here = store.orders.c.id
        connection.execute(update(store.orders).where(here == wrong).values(version=99))
        connection.execute(delete(store.orders).where(here == gone))
        connection.execute(insert(store.orders).values(id=stray, version=1, changed_at=MONDAY_10))
    for write, found in ((False, (2, 1)), (True, (2, 1)), (True, (0, 0))):
        last, differing, surplus = None, 0, 0
        while True:
            with transaction(engine) as connection:
                bite = READ_TABLES["orders"](connection, last, 2, write)
            differing, surplus = differing + bite.differing, surplus + bite.surplus
            if (last := bite.last) is None:
                break
        assert (differing, surplus) == found
    assert rows(engine) == right(stories)


def put(connection: Connection, table: Table, row: store.Row) -> None:
    """A row as far as the table has come in this revision."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    connection.execute(insert(table).values({name: value for name, value in row.items() if name in there}))


def test_orders_of_before_are_found(database_url: str | None, tmp_path) -> None:
    """The migration fills the table from the tickets that were there."""
    engine = open_engine(database_url, tmp_path, "records")
    stories = [an_order(number) for number in range(2)]
    with transaction(engine) as connection:
        bring(connection, "records", "0003")
        for story in [*stories, a_story(), a_story(a_ticket(source=Source.HOTLINE))]:
            put(connection, store.tickets, store.ticket_row(story[-1].ticket))
            for event in story:
                put(connection, store.ledger, handlers._ledger_row(heard(event), event, MONDAY_10))
    with transaction(engine) as connection:
        bring(connection, "records")

    assert rows(engine) == right(stories)
    engine.dispose()
