"""What residents wrote goes out of the ledger, on both databases, whatever comes when."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, delete, insert, select

from services.audit.rules import ledger_breaches
from services.records import evidence, handlers, queries, store
from services.records.erasing import photos_to_erase
from services.records.rebuilding import READ_TABLES
from shared.bus.outbox import Work
from shared.chain import free_text, seal
from shared.contracts.events import RESIDENTS, TicketCommented, TicketErased, TicketEvent
from shared.db import reading, transaction
from shared.migrate import bring, config
from tests.stories import KEY, a_story, a_ticket, at, heard

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WORDS, PHOTOS = ("楼道灯不亮", "还是不亮"), ("a" * 64, "b" * 64, "c" * 64)


def an_erased_story() -> list[TicketEvent]:
    """With a comment of the reporter's at its end, and then erased."""
    events = a_story(a_ticket(photos=PHOTOS[:1]))
    more = (
        (TicketCommented, {}, {"actor": RESIDENTS["reporter"], "text": free_text(WORDS[1], KEY), "photos": PHOTOS[1:]}),
        (
            TicketErased,
            {"photos": (), "description": events[-1].ticket.description.model_copy(update={"text": None})},
            {},
        ),
    )
    for kind, changes, fields in more:
        ticket = events[-1].ticket.model_copy(update={**changes, "version": events[-1].ticket.version + 1})
        events.append(seal(kind(at=at(90), ticket=ticket, **fields), events[-1].hash, KEY))
    return events


def record(engine: Engine, events: Sequence[TicketEvent]) -> None:
    with transaction(engine) as connection:
        handlers.record_events(Work(connection, "records"), [heard(event) for event in events], NOW)


@pytest.mark.parametrize("late", [0, 3, 7])
def test_no_word_of_a_resident_is_left(engine: Engine, late: int) -> None:
    """Not in the ledger nor among what can be looked for, also where an event comes after the erasing; what those at
    work wrote stays, and the chain holds."""
    events = an_erased_story()
    record(engine, [event for number, event in enumerate(events) if number != late])
    record(engine, [events[late]])
    with reading(engine) as connection:
        bodies = connection.scalars(select(store.ledger.c.body)).all()
        [chain] = evidence.chains(connection, None, 10)
        [words] = connection.scalars(select(store.texts.c.words)).all()
        record_of = queries.ticket_record(connection, code=events[0].ticket.code, ticket_id=None)
    assert [word for word in WORDS for body in bodies if word in body] == []
    assert "已看过" in str(bodies)
    assert "楼道" not in words
    assert ledger_breaches(chain, KEY) == []
    assert chain.columns_agree
    assert record_of is not None
    assert {entry.text for entry in record_of.timeline} == {None, "已看过"}
    assert not any(entry.photos for entry in record_of.timeline)


@pytest.mark.parametrize("late", [None, 0, 1])
def test_what_a_household_said_goes_alone(engine: Engine, late: int | None) -> None:
    """Its words before it erased them, also where they come after; the reporter's and another household's stay, and so
    does what it says again. The chain holds."""
    events = a_story(a_ticket())
    said = [("reporter", None, "甲说"), ("cosigner", "h1", "乙说"), ("cosigner", "h2", "丙说")]
    whole = [
        *(
            (TicketCommented, {"actor": RESIDENTS[who], "household": h, "text": free_text(w, KEY)})
            for who, h, w in said
        ),
        (TicketErased, {"household": "h1"}),
        (TicketCommented, {"actor": RESIDENTS["cosigner"], "household": "h1", "text": free_text("乙又说", KEY)}),
    ]
    first = len(events)
    for number, (kind, fields) in enumerate(whole):
        photos = {"photos": (f"{number}" * 64,)} if kind is TicketCommented else {}
        ticket = events[-1].ticket.model_copy(update={"version": events[-1].ticket.version + 1})
        events.append(seal(kind(at=at(90), ticket=ticket, **fields, **photos), events[-1].hash, KEY))
    missing = None if late is None else first + late
    record(engine, [event for number, event in enumerate(events) if number != missing])
    if missing is not None:
        record(engine, [events[missing]])
    with reading(engine) as connection:
        [chain] = evidence.chains(connection, None, 10)
        record_of = queries.ticket_record(connection, code=events[0].ticket.code, ticket_id=None)
        bodies = str(connection.scalars(select(store.ledger.c.body)).all())
        assert photos_to_erase(connection, events[0].ticket.id, "h1") == ["1" * 64, "4" * 64]
    assert "乙说" not in bodies
    assert record_of is not None
    comments = [(entry.text, bool(entry.photos)) for entry in record_of.timeline if entry.type == "commented"]
    assert comments == [("甲说", True), (None, False), ("丙说", True), ("乙又说", True)]
    assert events[0].ticket.description.text in bodies
    assert ledger_breaches(chain, KEY) == []


def test_a_photo_that_another_ticket_names_stays(engine: Engine) -> None:
    """The same picture may be evidence elsewhere."""
    events, other = an_erased_story(), a_story(a_ticket(photos=PHOTOS[2:]))
    record(engine, events + other)
    with reading(engine) as connection:
        assert photos_to_erase(connection, events[0].ticket.id) == list(PHOTOS[:2])
        assert photos_to_erase(connection, other[0].ticket.id) == []


def all_photos(connection: Connection) -> set[tuple[UUID, str]]:
    return {(row.ticket_id, row.photo) for row in connection.execute(select(store.photos))}


def test_which_tickets_name_a_photo_can_be_made_anew(engine: Engine) -> None:
    """A missing row, one that nothing explains, and a database of before: then all are there as they were."""
    events, other = an_erased_story(), a_story(a_ticket(photos=PHOTOS[2:]))
    record(engine, events + other)
    named = {(events[0].ticket.id, photo) for photo in PHOTOS} | {(other[0].ticket.id, PHOTOS[2])}
    with transaction(engine) as connection:
        assert all_photos(connection) == named
        connection.execute(delete(store.photos).where(store.photos.c.photo == PHOTOS[1]))
        connection.execute(insert(store.photos).values(ticket_id=other[0].ticket.id, photo=PHOTOS[0]))
    for write, wrong in ((False, (1, 1)), (True, (1, 1)), (True, (0, 0))):
        with transaction(engine) as connection:
            found = READ_TABLES["photos"](connection, None, 10, write)
        assert (found.differing, found.surplus, found.unreadable) == (*wrong, 0)
    with transaction(engine) as connection:
        command.downgrade(config("records", connection), "0007")
        bring(connection, "records")
        assert all_photos(connection) == named
