"""Lists of tickets: what fits, in which order, page by page."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert

from services.records import queries, store
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status
from shared.db import reading, transaction
from tests.builders import MONDAY_10, PLACES
from tests.stories import a_place, a_seat, a_ticket


@pytest.fixture
def some_tickets(engine: Engine) -> list[Ticket]:
    """Twelve tickets, the newest first; every second at the door V, pairs opened in the same moment."""
    found = [
        a_ticket(
            place=a_place("V" if number % 2 else "U"),
            opened_at=MONDAY_10 - timedelta(minutes=number // 2),
            status=Status.ACCEPTED if number < 3 else Status.ASSIGNED,
            level="community" if number == 0 else "unit",
            owner=a_seat("grid_worker", "C") if number % 3 == 0 else a_seat(),
            overdue=number == 5,
        )
        for number in range(12)
    ]
    paths = {code: store.path_of(item.code for item in a_place(code).path) for code in PLACES}
    with transaction(engine) as connection:
        store.put_tickets(connection, found)
        connection.execute(insert(store.places), [{"code": code, "path": path} for code, path in paths.items()])
    return sorted(found, key=lambda each: (each.opened_at, each.id), reverse=True)


def ids(tickets: Sequence[Ticket]) -> list[object]:
    return [ticket.id for ticket in tickets]


@pytest.mark.parametrize("few", [0, 2000], ids=["many", "few"])
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"place": "S"},
        {"place": "V"},
        {"place": "U", "status": "assigned"},
        {"level": "community"},
        {"status": "accepted"},
        {"owner": "C:grid_worker", "place": "C"},
        {"overdue": True},
        {"overdue": False, "place": "K"},
        {"place": "nowhere"},
    ],
    ids=str,
)
def test_pages_hold_what_fits_newest_first(
    engine: Engine, some_tickets: list[Ticket], wanted: dict[str, object], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page goes on where the last one ended, and together they are exactly what fits, in one order."""
    monkeypatch.setattr(queries, "FEW", few)
    filters = queries.Wanted.model_validate(wanted)
    found: list[Ticket] = []
    cursor: str | None = None
    while True:
        with reading(engine) as connection:
            page = queries.page_of_tickets(connection, filters, cursor, limit=2)
        found += page.items
        if (cursor := page.next) is None:
            break
    assert ids(found) == ids([ticket for ticket in some_tickets if _fits(ticket, filters)])


def _fits(ticket: Ticket, wanted: queries.Wanted) -> bool:
    return (
        (wanted.place is None or wanted.place in [item.code for item in ticket.place.path])
        and (wanted.level is None or wanted.level == ticket.level)
        and (wanted.status is None or wanted.status == ticket.status)
        and (wanted.owner is None or (ticket.owner is not None and wanted.owner == ticket.owner.post))
        and (wanted.overdue is None or wanted.overdue == ticket.overdue)
    )


@pytest.mark.parametrize("cursor", ["", "x", "2026-01-01~", "2026-01-01T00:00:00~00000000-0000-0000-0000-000000000000"])
def test_a_foreign_cursor_is_refused(engine: Engine, cursor: str) -> None:
    """A cursor that is not ours is an error, not a first page."""
    with reading(engine) as connection, pytest.raises(ValueError):
        queries.page_of_tickets(connection, queries.Wanted(), cursor)


def test_a_subtree_is_whole_places(engine: Engine) -> None:
    """A place whose code begins like another's is not below it."""
    near = a_place("U").model_copy(
        update={"path": (*a_place("U").path[:-1], a_place("U").path[-1].model_copy(update={"code": "U2"}))}
    )
    with transaction(engine) as connection:
        store.put_tickets(connection, [a_ticket(place=near)])
        path = store.path_of(item.code for item in a_place("U").path)
        connection.execute(insert(store.places), [{"code": "U", "path": path}])
    with reading(engine) as connection:
        assert queries.page_of_tickets(connection, queries.Wanted(place="U")).items == ()
