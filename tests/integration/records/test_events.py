"""What records keeps of events: whatever their order, and however often they come."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from services.records import evidence, handlers, queries, store
from shared.bus.outbox import Work
from shared.bus.received import Received
from shared.contracts.directory import DirectoryChanged
from shared.contracts.events import PostUnreachable, TicketEvent
from shared.db import reading, transaction
from tests.builders import a_directory
from tests.stories import a_delivery, a_seat, a_story, at, heard, recorded

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def record(engine: Engine, batch: Sequence[Received]) -> None:
    with transaction(engine) as connection:
        handlers.record_events(Work(connection, "records"), batch, NOW)


def kept(engine: Engine, events: list[TicketEvent]) -> list[tuple[int | None, str]]:
    with reading(engine) as connection:
        query = select(store.ledger.c.version, store.ledger.c.hash).order_by(store.ledger.c.version)
        return [tuple(row) for row in connection.execute(query.where(store.ledger.c.ticket_id == events[0].ticket.id))]


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_repeats_and_bites_do_not_matter(engine: Engine, data: st.DataObject) -> None:
    """Any order, repetition and batching of a ticket's events gives the same ledger and the same row."""
    events = a_story()
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=5))
    arrivals = data.draw(st.permutations([*events, *repeats]))
    while arrivals:
        size = data.draw(st.integers(1, len(arrivals)))
        record(engine, [heard(event) for event in arrivals[:size]])
        arrivals = arrivals[size:]
    assert kept(engine, events) == [(event.ticket.version, event.hash) for event in events]
    with reading(engine) as connection:
        [chain] = [each for each in evidence.chains(connection, None, 200) if each.ticket_id == events[0].ticket.id]
    assert chain.ticket == events[-1].ticket
    assert chain.columns_agree
    assert list(chain.events) == [recorded(event) for event in events]


def test_many_tickets_in_one_batch(engine: Engine) -> None:
    """A batch of many tickets' events keeps all, each ticket at its highest version."""
    stories = [a_story() for _ in range(25)]
    batch = [heard(event) for step in zip(*stories, strict=True) for event in step]
    record(engine, batch)
    with reading(engine) as connection:
        rows = connection.execute(select(store.tickets.c.id, store.tickets.c.version)).all()
        found = connection.scalars(select(store.texts.c.id)).all()
    assert {tuple(row) for row in rows} == {(story[0].ticket.id, 7) for story in stories}
    assert set(found) == {story[0].ticket.id for story in stories}


def test_an_event_that_differs_from_the_ledgers_is_parked(engine: Engine) -> None:
    """A second event with the same version and another hash changes nothing and is kept for somebody to look at."""
    events = a_story()
    record(engine, [heard(event) for event in events[:2]])
    forged = events[1].model_copy(
        update={"hash": "0" * 64, "ticket": events[1].ticket.model_copy(update={"level": "x"})}
    )
    for _ in range(2):
        record(engine, [heard(forged), heard(events[2])])
    assert kept(engine, events) == [(event.ticket.version, event.hash) for event in events[:3]]
    with reading(engine) as connection:
        record_now = queries.ticket_record(connection, code=None, ticket_id=events[0].ticket.id)
        parked = queries.parked_messages(connection, all=True, after=0, limit=10)
    assert record_now and record_now.ticket == events[2].ticket
    assert {each.reason for each in parked} == {"version 2 is in the ledger with another hash"}
    assert parked[0].queue == "records.events"


def test_deliveries_are_in_the_story(engine: Engine) -> None:
    """Delivery events stand in the ledger outside the chain, once, and on the timeline, for whoever asks for that."""
    events = a_story()
    sent, failed = heard(a_delivery(events[1], 11)), heard(a_delivery(events[3], 31, failed=True))
    gone = heard(PostUnreachable(at=at(32), ticket_id=events[0].ticket.id, post=a_seat().post, assignment=1))
    for _ in range(2):
        record(engine, [sent, *(heard(event) for event in events), failed, gone])
    with reading(engine) as connection:
        found = queries.ticket_record(connection, code=events[0].ticket.code, ticket_id=None)
        short = queries.ticket_record(connection, code=events[0].ticket.code, ticket_id=None, story=False)
        assert len(queries.events_of(connection, events[0].ticket.id)) == len(events) + 3
    assert found and short and (short.ticket, short.timeline) == (found.ticket, ())
    assert [line.type for line in found.timeline].count("notified") == 1
    assert [line.type for line in found.timeline].count("notification_failed") == 1


def test_its_own_directory_event_is_passed_over(engine: Engine) -> None:
    """Records hears all events, its own too; the ledger is of tickets."""
    record(engine, [heard(DirectoryChanged(directory=a_directory()))])
    with reading(engine) as connection:
        assert connection.execute(select(store.ledger)).all() == []
