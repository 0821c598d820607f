"""What the audit finds, and that it finds nothing in a good record."""

from collections.abc import Callable
from typing import Any

import pytest

from services.audit.rules import (
    Breach,
    Flaw,
    backlog_breaches,
    directory_breaches,
    has_arrived,
    is_whole,
    ledger_breaches,
    newest,
    queue_breaches,
    ticket_breaches,
    together,
)
from shared.contracts.events import TicketEvent, TicketNoted
from shared.contracts.queries import Backlog, Chain, Head, Recorded
from shared.contracts.vocabulary import Channel
from tests.stories import KEY, a_story, at, recorded

STORY = a_story()[:5]
TICKET = STORY[-1].ticket

Record = tuple[Head | None, Chain | None]


def a_record(events: int = 5) -> tuple[Head, Chain]:
    head = Head(ticket=TICKET, hash=STORY[-1].hash, due_at=at(100))
    return head, a_chain(STORY[:events])


def a_chain(story: list[TicketEvent]) -> Chain:
    """What records holds of a ticket after these events."""
    return Chain(
        ticket_id=story[0].ticket.id,
        events=tuple(recorded(event) for event in story),
        ticket=story[-1].ticket,
        columns_agree=True,
    )


def flaws(record: Record) -> list[str]:
    return [breach.flaw.value for breach in ticket_breaches(*record, KEY)]


def with_ticket(**changes: Any) -> Record:
    """Routing's case was changed behind its back."""
    head, chain = a_record()
    return head.model_copy(update={"ticket": head.ticket.model_copy(update=changes)}), chain


def with_events(change: Callable[[list[Recorded]], Any]) -> Record:
    head, chain = a_record()
    events = list(chain.events)
    change(events)
    return head, chain.model_copy(update={"events": tuple(events)})


def with_event(version: int, /, **changes: Any) -> Record:
    """The row of one event was changed."""

    def change(events: list[Recorded]) -> None:
        events[version - 1] = events[version - 1].model_copy(update=changes)

    return with_events(change)


def with_chain(**changes: Any) -> Record:
    head, chain = a_record()
    return head, chain.model_copy(update=changes)


def with_json(version: int, /, **changes: Any) -> Record:
    """The JSON of one event was changed."""
    return with_event(version, event=STORY[version - 1].data | changes)


NOTE = STORY[2].data["text"]
MOVED = STORY[1].data["ticket"] | {"level": "community"}
CASES: list[tuple[str, Record, list[str]]] = [
    ("a good record", a_record(), []),
    ("a text was erased", with_json(3, text=NOTE | {"text": None}), []),
    ("a text was rewritten", with_json(3, text=NOTE | {"text": "未去看"}), ["tampered"]),
    ("an open ticket has no owner", with_ticket(owner=None), ["no_owner", "other_head"]),
    ("an open ticket has no level", with_ticket(level=""), ["no_level", "other_head"]),
    ("no clock runs", (a_record()[0].model_copy(update={"due_at": None}), a_record()[1]), ["no_clock"]),
    (
        "the clock was put back",
        (a_record()[0].model_copy(update={"due_at": at(10_000)}), a_record()[1]),
        ["late_clock"],
    ),
    ("an event was changed", with_json(3, at="2026-01-01T00:00:00Z"), ["tampered"]),
    ("a ticket in an event was changed", with_json(2, ticket=MOVED), ["tampered"]),
    ("an event was made another kind of event", with_event(5, type=TicketNoted.wire_type()), ["tampered"]),
    ("an event's columns say otherwise", with_event(2, columns_agree=False), ["tampered"]),
    ("an event stands at another version", with_event(5, version=6), ["versions", "tampered", "head"]),
    ("the last event cannot be read", with_event(5, event={}), ["tampered", "broken", "read_table", "other_head"]),
    ("an event was cut out", with_events(lambda events: events.pop(2)), ["versions"]),
    ("the first event is gone", with_events(lambda events: events.pop(0)), ["versions"]),
    ("the tail is missing", (a_record()[0], a_record(events=3)[1]), ["head"]),
    ("everything is missing", (a_record()[0], None), ["head"]),
    ("routing never heard of it", (None, a_record()[1]), ["unknown"]),
    ("routing's head is another", (a_record()[0].model_copy(update={"hash": "0" * 64}), a_record()[1]), ["other_head"]),
    ("the row is of an older version", with_chain(ticket=STORY[3].ticket), ["read_table"]),
    ("the row is gone", with_chain(ticket=None), ["read_table"]),
    ("the row's columns say otherwise", with_chain(columns_agree=False), ["read_table"]),
]


@pytest.mark.parametrize(("record", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_breach_is_found_and_no_other(record: Record, wanted: list[str]) -> None:
    """A record with one thing wrong has that breach; a good one has none."""
    assert flaws(record) == wanted


GAPS = [((1, 3), "2"), ((3, 4), "1–2"), ((1, 2**31 - 1), f"2–{2**31 - 2}"), ((2, 3, 7), "1, 4–6")]


@pytest.mark.parametrize(("versions", "missing"), GAPS)
def test_what_lacks_is_said_by_its_ends(versions: tuple[int, ...], missing: str) -> None:
    """However far away somebody has forged a version, to look for it takes no time."""
    events = tuple(Recorded(version=version, type="", event={}) for version in versions)
    chain = a_record()[1].model_copy(update={"events": events})

    breach = next(each for each in ledger_breaches(chain, KEY) if each.flaw is Flaw.VERSIONS)
    assert breach.details == {"missing": missing, "newest": versions[-1]}
    assert not is_whole(chain, versions[-1])


def test_a_chain_sealed_with_another_key_is_not_ours() -> None:
    """Whoever has not the installation's key can make no event that passes."""
    assert {breach.flaw for breach in ticket_breaches(*a_record(), b"another key")} == {Flaw.TAMPERED}


def test_an_event_of_another_chain_does_not_fit() -> None:
    """An event that was sealed, but after another one, breaks the chain there."""
    other = a_story(STORY[0].ticket.model_copy(update={"level": "community"}))
    found = ticket_breaches(*with_event(4, event=other[3].data), KEY)
    assert [(breach.flaw, breach.details["version"]) for breach in found] == [(Flaw.BROKEN, 4), (Flaw.BROKEN, 5)]


def test_a_closed_ticket_needs_no_clock() -> None:
    """What is over is owned by nobody in a hurry; what waits to be confirmed still has its clock."""
    story = a_story()
    for event, wanted in ((story[5], [Flaw.NO_CLOCK]), (story[6], [])):
        head = Head(ticket=event.ticket, hash=event.hash, due_at=None)
        chain = a_chain(story[: event.ticket.version])
        assert [breach.flaw for breach in ticket_breaches(head, chain, KEY)] == wanted


def test_old_work_is_a_breach_and_young_work_is_not() -> None:
    """Each kind of backlog counts once it is older than stated."""
    backlog = Backlog(
        oldest_outbox_seconds=61,
        oldest_delivery_seconds={Channel.EMAIL: 61, Channel.WECOM: 3},
        oldest_parked_seconds=61,
        oldest_due_seconds=61,
        oldest_in_hand_seconds=61,
        parked_messages=2,
    )
    found = [breach.flaw for breach in backlog_breaches("routing", backlog, 60)]
    assert found == [Flaw.OUTBOX_OLD, Flaw.DELIVERY_OLD, Flaw.DUE_OLD, Flaw.IN_HAND_OLD, Flaw.PARKED_OLD]
    assert backlog_breaches("routing", backlog, 61) == []
    assert backlog_breaches("routing", Backlog(), 0) == []


def test_processes_of_a_service_are_judged_together() -> None:
    """The longest in hand and the oldest directory count, whichever process tells of them."""
    one, other = Backlog(directory_version=2, oldest_due_seconds=3), Backlog(directory_version=1)
    busy = other.model_copy(update={"oldest_in_hand_seconds": 5.0, "oldest_due_seconds": 3})
    wanted = Backlog(directory_version=1, oldest_in_hand_seconds=5, oldest_due_seconds=3)
    assert together([one, busy]) == together([busy, one]) == wanted
    assert together([one]) == one


def test_what_waits_on_intakes_disk_is_a_breach() -> None:
    """By the age of the oldest, and where it cannot be forwarded at any age."""
    [old, parked] = sorted(backlog_breaches("intake", Backlog(oldest_spooled_seconds=61, spool_parked=2), 60), key=str)
    assert (old.flaw, old.details) == (Flaw.SPOOL_OLD, {"age": 61})
    assert (parked.flaw, parked.details) == (Flaw.SPOOL_PARKED, {"parked": 2})
    assert backlog_breaches("intake", Backlog(oldest_spooled_seconds=59), 60) == []


def test_a_ticket_that_never_came_is_a_breach() -> None:
    """A reporter without a ticket is told by the ticket's code, whatever age is stated."""
    [breach] = backlog_breaches("records", Backlog(never_came=(TICKET.code,)), 3600)
    assert (breach.flaw, breach.subject) == (Flaw.NEVER_CAME, TICKET.code)


def test_who_judges_by_another_directory_is_named() -> None:
    """A service that is not at the version of records is told with both versions; an empty town is no breach."""
    backlogs = {name: Backlog(directory_version=version) for name, version in (("routing", 1), ("records", 2))}
    [breach] = directory_breaches(backlogs)
    assert (breach.subject, breach.details) == ("routing", {"here": 1, "records": 2})
    assert directory_breaches({"routing": Backlog(), "records": Backlog()}) == []


def test_queues_with_messages_are_named() -> None:
    """A queue that nobody takes from is told with its length; an empty one is not."""
    [breach] = queue_breaches({"routing.commands": 3, "notify.events": 0})
    assert (breach.subject, breach.details) == ("routing.commands", {"waiting": 3})


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (a_record(), True),
        (a_record(events=3), False),
        ((a_record()[0], None), False),
        ((None, a_record()[1]), False),
        (with_events(lambda events: events.pop(2)), False),
        ((a_record()[0].model_copy(update={"ticket": STORY[3].ticket}), a_record()[1]), False),
    ],
    ids=["whole", "tail missing", "all missing", "not in routing", "gap", "routing behind"],
)
def test_what_was_seen_has_arrived_or_not(record: Record, wanted: bool) -> None:
    """Both must have all versions up to the newest that anybody had at first sight."""
    assert newest(*record) == 5
    assert has_arrived(*record, 5) is wanted


@pytest.mark.parametrize("flaw", Flaw)
def test_each_breach_has_a_line_in_both_languages(flaw: Flaw) -> None:
    """Every breach can be said, with its code, whatever its details are."""
    ticket = TICKET.model_copy(update={"owner": None, "level": ""})
    details = {"missing": "2", "newest": 3, "version": 2, "routing": 3, "records": 2, "here": 1, "age": 61}
    details |= {
        "parked": 1,
        "waiting": 1,
        "channel": Channel.EMAIL,
        "seq": 1,
        "gone": "1–2",
        "beyond": 3,
        "other": "CODE",
    }
    breach = Breach(flaw=flaw, subject=ticket.code, details=details | {"status": ticket.status})
    for english in (True, False):
        assert breach.line(english=english).startswith(f"{ticket.code} {flaw.value}: ")
        assert "{" not in breach.line(english=english)
