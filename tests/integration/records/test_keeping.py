"""Reporters, the directory and parked messages, as records keeps them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from services.records import handlers, queries, store
from services.records.directory import DirectoryProblems
from shared.bus.outbox import Work
from shared.bus.received import Parked
from shared.bus.topology import RECORDS_REPORTERS
from shared.contracts.commands import RecordReporter
from shared.contracts.envelope import decode
from shared.contracts.trail import What
from shared.db import reading, transaction
from shared.ids import ticket_code
from shared.sealing import cipher
from tests.small_town import GOOD
from tests.stories import a_ticket, heard
from tests.trail_of import notes

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PERSONAL = cipher(b"a key for tests", "reporters")


def a_reporter() -> RecordReporter:
    return RecordReporter(
        reporter_ref=uuid4(),
        ticket_id=uuid4(),
        name="Reporter Name",
        phone="13800000000",
        email="reporter@loumen.example",
        language="zh-CN",
        title=None,
        description="The unmasked words",
        location_note=None,
    )


def test_a_reporter_is_kept_once_and_encrypted(engine: Engine) -> None:
    """Who must reach the resident can; the database alone names nobody, and a repeat changes nothing."""
    reporter = a_reporter()
    for _ in range(2):
        with transaction(engine) as connection:
            handlers.record_reporters(
                Work(connection, "records"), [heard(reporter, queue=RECORDS_REPORTERS)], PERSONAL, NOW
            )
    with reading(engine) as connection:
        told = handlers.tell_reporter(connection, reporter.reporter_ref, PERSONAL)
        [row] = connection.execute(select(store.reporters)).all()
    assert told and (told.name, told.phone, told.email) == (reporter.name, reporter.phone, reporter.email)
    assert b"13800000000" not in bytes(row.sealed)
    assert b"unmasked" not in bytes(row.sealed)


def test_who_looks_how_to_reach_a_reporter_is_on_the_trail(engine: Engine) -> None:
    """Name and ways of contact and no more; the trail says which of them, and none of what they are."""
    reporter, told = a_reporter(), notes(NOW)
    with transaction(engine) as connection:
        work = Work(connection, "records")
        assert handlers.tell_contact(connection, reporter.reporter_ref, PERSONAL, told) is None
        handlers.record_reporters(work, [heard(reporter, queue=RECORDS_REPORTERS)], PERSONAL, NOW)
        shown = handlers.tell_contact(connection, reporter.reporter_ref, PERSONAL, told)
    assert shown == {"name": reporter.name, "phone": reporter.phone, "email": reporter.email}
    [deed] = told.deeds
    assert (deed.what, deed.subject, deed.details) == (
        What.REPORTER_SHOWN,
        ticket_code(reporter.ticket_id),
        {"shown": ["name", "phone", "email"]},
    )


def test_an_erased_reporter_stays_erased(engine: Engine) -> None:
    """Erasing leaves nothing to read, works once, and a message that comes again brings nothing back."""
    reporter = a_reporter()
    batch = [heard(reporter, queue=RECORDS_REPORTERS)]
    with transaction(engine) as connection:
        work = Work(connection, "records")
        handlers.record_reporters(work, batch, PERSONAL, NOW)
        code = ticket_code(reporter.ticket_id)
        assert handlers.erase_reporter(work, code, notes(NOW))
        assert not handlers.erase_reporter(work, code, notes(NOW))
        handlers.record_reporters(work, batch, PERSONAL, NOW)
    with reading(engine) as connection:
        assert handlers.tell_reporter(connection, reporter.reporter_ref, PERSONAL) is None
        assert connection.scalar(select(store.reporters.c.sealed)) is None


def test_what_comes_after_its_owner_erased_it_is_not_kept(engine: Engine) -> None:
    """While messages wait somebody may erase what is still among them; that is on the trail once."""
    reporter, told = a_reporter(), notes(NOW)
    with transaction(engine) as connection:
        work = Work(connection, "records")
        assert handlers.erase_personal(work, reporter.reporter_ref, reporter.ticket_id, told)
        assert not handlers.erase_personal(work, reporter.reporter_ref, reporter.ticket_id, told)
        handlers.record_reporters(work, [heard(reporter, queue=RECORDS_REPORTERS)], PERSONAL, NOW)
    with reading(engine) as connection:
        assert handlers.tell_reporter(connection, reporter.reporter_ref, PERSONAL) is None
        assert queries.never_came(connection, NOW + timedelta(days=2)) == ()
    assert [deed.subject for deed in told.deeds] == [ticket_code(reporter.ticket_id)]


def test_a_ticket_s_code_is_enough_to_erase(engine: Engine) -> None:
    """Who reported is found by the ticket's code; the reporter of another ticket stays."""
    reporter, other = a_reporter(), a_reporter()
    ticket = a_ticket(id=reporter.ticket_id)
    with transaction(engine) as connection:
        work = Work(connection, "records")
        batch = [heard(each, queue=RECORDS_REPORTERS) for each in (reporter, other)]
        handlers.record_reporters(work, batch, PERSONAL, NOW)
        store.put_tickets(connection, [ticket])
        assert handlers.erase_reporter(work, ticket.code, notes(NOW))
        assert handlers.tell_reporter(connection, reporter.reporter_ref, PERSONAL) is None
        assert handlers.tell_reporter(connection, other.reporter_ref, PERSONAL)
        assert not handlers.erase_reporter(work, ticket_code(uuid4()), notes(NOW))


def test_a_reporter_without_a_ticket_is_told_after_a_day(engine: Engine) -> None:
    """By the code that the reporter was given; a ticket that came, or an erased reporter, is no longer missed."""
    came, lost, erased = a_reporter(), a_reporter(), a_reporter()
    with transaction(engine) as connection:
        work = Work(connection, "records")
        batch = [heard(each, queue=RECORDS_REPORTERS) for each in (came, lost, erased)]
        handlers.record_reporters(work, batch, PERSONAL, NOW)
        store.put_tickets(connection, [a_ticket(id=came.ticket_id)])
        handlers.erase_reporter(work, ticket_code(erased.ticket_id), notes(NOW))
        soon, late = NOW + timedelta(hours=23), NOW + timedelta(hours=25)
        assert queries.never_came(connection, soon) == ()
        assert queries.never_came(connection, late) == (ticket_code(lost.ticket_id),)


def test_a_directory_gets_a_version_only_when_something_changed(engine: Engine) -> None:
    """The first load is version 1 and says so to all; the same again is nothing; a change is version 2."""
    changed = GOOD | {"roles.csv": GOOD["roles.csv"].replace("unit head", "head of the unit")}
    said = []
    for files in (GOOD, GOOD, changed):
        with transaction(engine) as connection:
            work = Work(connection, "records")
            changes, directory = handlers.load_directory(work, files, NOW, notes(NOW))
            assert directory == queries.newest_directory(connection)
            said.append((bool(changes), queries.directory_version(connection), len(work.said)))
    assert said == [(True, 1, 1), (False, 1, 0), (True, 2, 1)]
    envelope, message = decode(work.said[0]["body"])
    assert envelope.type == "loumen.directory.changed.v1"
    with reading(engine) as connection:
        assert message.directory == queries.newest_directory(connection)  # type: ignore[attr-defined]
        assert (
            connection.scalar(select(store.places.c.path).where(store.places.c.code == "li-1-1"))
            == "/town/li/li-1/li-1-1/"
        )


def test_a_bad_directory_changes_nothing(engine: Engine) -> None:
    """With one bad row nothing is loaded."""
    with pytest.raises(DirectoryProblems), transaction(engine) as connection:
        handlers.load_directory(Work(connection, "records"), GOOD | {"roles.csv": "code\n"}, NOW, notes(NOW))
    with reading(engine) as connection:
        assert queries.directory_version(connection) == 0
        assert queries.newest_directory(connection) is None


def a_parked(body: bytes = b"\x00\xff not json", queue: str = "routing.commands") -> Parked:
    return Parked(
        body=body,
        queue=queue,
        reason="not a CloudEvents \0 document",
        attempts=3,
        message_id="m-1",
        content_type="text/plain",
        headers={"x": b"\xff", "y": "\udcff"},
    )


def test_a_parked_message_goes_back_as_it_came_once(engine: Engine) -> None:
    """Parked bytes are kept exactly, sent again to their own queue once, and can be parked anew after that."""
    with transaction(engine) as connection:
        work = Work(connection, "records")
        for _ in range(2):
            handlers.park(work, [a_parked()], NOW)
        [parked] = queries.parked_messages(connection, all=False, after=0, limit=10)
        assert handlers.resend_parked(work, parked.id, notes(NOW))
        assert not handlers.resend_parked(work, parked.id, notes(NOW))
        assert not handlers.drop_parked(work, parked.id, notes(NOW))
        handlers.park(work, [a_parked()], NOW)
    [said] = work.said
    assert (said["exchange"], said["routing_key"], said["body"]) == ("", "routing.commands", a_parked().body)
    with reading(engine) as connection:
        everything = queries.parked_messages(connection, all=True, after=0, limit=10)
        assert [each.resent_at is None for each in everything] == [False, True]
        assert queries.backlog(connection, NOW, 0.0, None).parked_messages == 1
        shown = queries.parked_in_full(connection, parked.id)
    assert shown and (shown["size"], shown["message_id"], shown["properties"]["attempts"]) == (11, "m-1", 3)


def test_a_message_from_no_queue_of_ours_cannot_go_back(engine: Engine) -> None:
    """Where the queue is unknown, resending is refused and the message stays."""
    with transaction(engine) as connection:
        handlers.park(Work(connection, "records"), [a_parked(queue="")], NOW)
        [parked] = queries.parked_messages(connection, all=False, after=0, limit=10)
    with pytest.raises(ValueError, match="no queue"), transaction(engine) as connection:
        handlers.resend_parked(Work(connection, "records"), parked.id, notes(NOW))
    with transaction(engine) as connection:
        assert handlers.drop_parked(Work(connection, "records"), parked.id, notes(NOW))
        assert queries.parked_messages(connection, all=False, after=0, limit=10) == []
        assert not handlers.drop_parked(Work(connection, "records"), 10**6, notes(NOW))
