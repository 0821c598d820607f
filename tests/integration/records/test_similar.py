"""What is offered to somebody about to report: the same matter, at the place or near it, if the public may read it."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, insert, text

from services.records import similar as near
from services.records import store
from services.records.similar import similar
from shared.chain import free_text
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status, Visibility
from shared.db import reading, transaction
from tests.builders import MONDAY_10, PLACES
from tests.stories import KEY, a_place, a_ticket

LEAK = "三单元楼上漏水，泡了楼下的顶棚"


def said(words: str, **differences: object) -> Ticket:
    return a_ticket(description=free_text(words, KEY), **differences)


def recorded(engine: Engine, *tickets: Ticket) -> None:
    with transaction(engine) as connection:
        store.put_tickets(connection, tickets)


def offered(engine: Engine, words: str, place: str = "U", category: str | None = None, limit: int = 3) -> list[object]:
    with reading(engine) as connection:
        return [ticket.id for ticket in similar(connection, place, words, category, limit)]


def ids(*tickets: Ticket) -> list[object]:
    return [ticket.id for ticket in tickets]


@pytest.fixture(autouse=True)
def _places(engine: Engine) -> None:
    paths = {code: store.path_of(item.code for item in a_place(code).path) for code in PLACES}
    with transaction(engine) as connection:
        connection.execute(insert(store.places), [{"code": code, "path": path} for code, path in paths.items()])


def test_the_same_matter_comes_first_and_another_not_at_all(engine: Engine) -> None:
    """A leak is offered to who reports the leak in other words, and a lamp is not."""
    leak, lamp = said("楼上漏水了，楼下顶棚全泡了"), said("健身器材螺丝松")
    recorded(engine, lamp, leak, said("小区门口的路灯坏了很久"))
    assert offered(engine, LEAK) == ids(leak)


def test_the_nearer_of_two_comes_first(engine: Engine) -> None:
    """With the same words: this door, then another door of the community; nothing from where the place is unknown."""
    far, here = said(LEAK, place=a_place("V"), opened_at=MONDAY_10 + timedelta(days=1)), said(LEAK)
    recorded(engine, far, here)
    assert offered(engine, LEAK) == ids(here, far)
    assert offered(engine, LEAK, "V") == ids(far, here)
    assert offered(engine, LEAK, "nowhere") == []


def test_the_category_asked_for_comes_first(engine: Engine) -> None:
    """Of two alike; the other is offered all the same."""
    leak, noise = said(LEAK, category="leak"), said(LEAK, category="noise", opened_at=MONDAY_10 + timedelta(days=1))
    recorded(engine, leak, noise)
    assert offered(engine, LEAK, category="leak") == ids(leak, noise)
    assert offered(engine, LEAK, category="noise") == ids(noise, leak)
    assert offered(engine, LEAK, limit=1) == ids(noise)


@pytest.mark.parametrize("status", [status for status in Status if not status.is_open])
def test_what_has_ended_is_not_offered(engine: Engine, status: Status) -> None:
    """A ticket leaves with the event that ends it, and comes back when it is reopened; an old event changes nothing."""
    opened = said(LEAK)
    ended = opened.model_copy(update={"version": 2, "status": status})
    recorded(engine, opened)
    assert offered(engine, LEAK) == ids(opened)
    recorded(engine, ended)
    recorded(engine, opened)
    assert offered(engine, LEAK) == []
    recorded(engine, opened.model_copy(update={"version": 3, "status": Status.ASSIGNED}))
    assert offered(engine, LEAK) == ids(opened)


@pytest.mark.parametrize(
    "differences",
    [{"visibility": Visibility.STATUS}, {"visibility": Visibility.HIDDEN}, {"about_role": "property_manager"}],
    ids=str,
)
def test_what_the_public_may_not_read_is_not_offered(engine: Engine, differences: dict[str, object]) -> None:
    """Not even to who knows its very words; a complaint about a post is never offered."""
    recorded(engine, said(LEAK, **differences))
    assert offered(engine, LEAK) == []


def test_a_title_counts_and_erased_words_do_not(engine: Engine) -> None:
    """What was said in the title is compared too; a ticket without words is like nothing."""
    titled = said("请尽快处理", title=free_text(LEAK, KEY))
    erased = a_ticket()
    erased = erased.model_copy(update={"description": erased.description.model_copy(update={"text": None})})
    recorded(engine, titled, erased)
    assert offered(engine, LEAK) == ids(titled)


def test_where_too_much_is_open_the_nearest_is_compared(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As far around as is quick; at one crowded door its newest."""
    monkeypatch.setattr(near, "COMPARED", 2)
    here = [said(LEAK, opened_at=MONDAY_10 + timedelta(minutes=minute)) for minute in range(2)]
    recorded(engine, *here, *(said(LEAK, place=a_place("V")) for _ in range(2)))
    assert offered(engine, LEAK) == ids(*reversed(here))
    newest = said(LEAK, opened_at=MONDAY_10 + timedelta(days=1))
    recorded(engine, newest)
    assert offered(engine, LEAK) == ids(newest, here[1])


def test_closed_tickets_are_not_passed_over_one_by_one(engine: Engine) -> None:
    """Both databases find the open tickets of a place by an index that holds no others."""
    asked: list[tuple[str, object]] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _u, statement, values, _x, _m: asked.append((statement, values))
    )
    recorded(engine, *(a_ticket(status=Status.CLOSED) for _ in range(2000)), said(LEAK))
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("analyze tickets"))
    asked.clear()
    offered(engine, LEAK)
    explain = "explain query plan " if engine.dialect.name == "sqlite" else "explain "
    with engine.connect() as connection:
        plans = [
            str(connection.exec_driver_sql(explain + statement, values).all())
            for statement, values in list(asked)
            if "FROM tickets" in statement
        ]
    assert len(plans) == 2
    assert all("ix_tickets_open_" in plan for plan in plans), plans
