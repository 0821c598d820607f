"""Lists of tickets for those who work here: whatever is asked, what their posts let see, in order, page by page."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Engine, insert

from services.intake.scope import holdings, sees
from services.records import handlers, store
from services.records import inbox as inbox_module
from services.records.inbox import SOON, badges, inbox
from services.records.rebuilding import READ_TABLES
from shared.bus.outbox import Work
from shared.chain import free_text
from shared.contracts.queries import Badges, InboxAsked
from shared.contracts.ticket import Summons, Ticket
from shared.contracts.vocabulary import Due, Status, Visibility
from shared.db import reading, transaction
from shared.directory import Town
from shared.migrate import bring, config
from tests.builders import MONDAY_10, PLACES, a_directory
from tests.stories import KEY, a_place, a_seat, a_story, a_ticket, heard


def _hiding(matter: str) -> Town:
    """A town in which one matter is shown to nobody."""
    directory = a_directory()
    rules = directory.policy.rules
    hidden = rules[matter].model_copy(update={"visibility": Visibility.HIDDEN})
    policy = directory.policy.model_copy(update={"rules": {**rules, matter: hidden}})
    return Town(directory.model_copy(update={"policy": policy}))


TOWN = _hiding("neighbours")
WORDS = ("三单元楼上漏水，泡了楼下的顶棚", "楼道灯不亮", "WiFi 信号差，楼上漏水", "大门到马路有 30 厘米台阶", "灯")
SEATS = (("property_manager", "K"), ("grid_worker", "C"), ("community_officer", "C"), ("subdistrict_officer", "S"))
POSTS = {
    "nothing": (),
    "unit head": ("U:unit_head",),
    "property manager": ("K:property_manager",),
    "grid worker": ("C:grid_worker",),
    "two posts": ("V:unit_head", "C:community_officer"),
    "top": ("S:subdistrict_officer",),
    "elsewhere": ("V:unit_head",),
    "organisation": ("S:urban_management",),
}
CALLED = Summons(seat=a_seat("urban_management", "S", 3), by="K:property_manager")


def some_tickets() -> list[Ticket]:
    """Three hundred of all sorts, some due in the same moment."""
    random = Random(11)
    return [_drawn(random) for _ in range(300)]


def _drawn(random: Random) -> Ticket:
    owner, handler = (a_seat(*random.choice(SEATS), assignment) for assignment in (1, 2))
    due = MONDAY_10 + timedelta(hours=random.randint(-6, 40))
    return a_ticket(
        id=UUID(int=random.getrandbits(128)),
        place=a_place(random.choice(("U", "V", "U", "V", "K"))),
        status=random.choice([*Status, Status.ASSIGNED, Status.ASSIGNED, Status.ACCEPTED]),
        level=random.choice(("unit", "community", "subdistrict")),
        category=random.choice(("lighting", "leak")),
        about_role=random.choice((None, None, None, "property_manager", "community_officer")),
        opened_at=MONDAY_10 - timedelta(hours=random.randint(0, 20)),
        description=free_text(random.choice(WORDS), KEY),
        title=random.choice((None, free_text("漏水急修", KEY))),
        owner=owner,
        handler=random.choice((owner, handler.model_copy(update={"due_by": due - timedelta(hours=1)}))),
        summoned=random.choice(((), (), (CALLED,), (CALLED.model_copy(update={"released_at": due}),))),
        accept_by=due,
        resolve_by=due + timedelta(hours=8),
    )


ALL = some_tickets()


@pytest.fixture
def filled(engine: Engine) -> Engine:
    paths = {code: store.path_of(item.code for item in a_place(code).path) for code in PLACES}
    with transaction(engine) as connection:
        store.put_tickets(connection, ALL)
        store.add_texts(connection, ALL)
        connection.execute(insert(store.places), [{"code": code, "path": path} for code, path in paths.items()])
    return engine


def asking(posts: Sequence[str], **more: object) -> InboxAsked:
    held = [post for code in posts if (post := TOWN.post(code))]
    return InboxAsked.model_validate({"posts": holdings(TOWN, held), **more})


def expected(asked: InboxAsked) -> list[Ticket]:
    """The same by the rules alone, ticket by ticket."""
    ended = asked.status is not None and not asked.status.is_open
    found = [ticket for ticket in ALL if _fits(ticket, asked)]
    if ended:
        return sorted(found, key=lambda ticket: (ticket.opened_at, ticket.id), reverse=True)
    return sorted(found, key=lambda ticket: (ticket.due_at or datetime.max.replace(tzinfo=UTC), ticket.id))


def _fits(ticket: Ticket, asked: InboxAsked) -> bool:
    posts = [post for each in asked.posts if (post := TOWN.post(each.post))]
    here = {item.code for item in ticket.place.path}
    due = ticket.due_at
    theirs = {*(seat.post for seat in ticket.seats), *ticket.called}
    said = [(each.text or "").lower() for each in (ticket.title, ticket.description) if each]
    return (
        sees(posts, ticket, TOWN)
        and (not asked.mine or bool({each.post for each in asked.posts} & theirs))
        and (not asked.my_level or any(ticket.level in each.levels and each.place in here for each in asked.posts))
        and (asked.due is not Due.OVERDUE or (due is not None and due <= MONDAY_10))
        and (asked.due is not Due.SOON or (due is not None and MONDAY_10 < due <= MONDAY_10 + SOON))
        and (asked.place is None or asked.place in here)
        and (not asked.categories or ticket.category in asked.categories)
        and (ticket.status is asked.status if asked.status else ticket.status.is_open)
        and all(any(_plain(part) in _plain(text) for text in said) for part in (asked.text or "").split())
    )


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


ASKED: list[dict[str, object]] = [
    {},
    {"mine": True},
    {"my_level": True},
    {"mine": True, "my_level": True},
    {"due": "overdue"},
    {"due": "soon", "mine": True},
    {"place": "V"},
    {"place": "S", "my_level": True},
    {"place": "nowhere"},
    {"categories": ("leak",), "my_level": True},
    {"status": "suspended"},
    {"status": "assigned", "place": "U", "due": "overdue"},
    {"status": "closed"},
    {"status": "closed", "mine": True, "text": "漏水"},
    {"text": "漏水"},
    {"text": "灯"},
    {"text": "楼上 wifi"},
    {"text": "泡了楼下的顶棚"},
    {"text": "30厘米"},
    {"text": "漏水急修楼道灯"},
    {"text": "电梯", "mine": True},
]


@pytest.mark.parametrize("few", [0, 2000], ids=["many", "few"])
def test_pages_hold_what_one_sees_and_asked_for_in_one_order(
    filled: Engine, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for whatever: each page goes on where the last one ended, together they are exactly what the rule
    of who sees what lets through, the most urgent first, of ended ones the newest first.
    """
    monkeypatch.setattr(inbox_module, "FEW", few)
    met = 0
    for posts in POSTS.values():
        for more in ASKED:
            asked = asking(posts, **more)
            found = pages(filled, asked)
            assert [ticket.code for ticket in found] == [ticket.code for ticket in expected(asked)], (posts, more)
            met += len(found)
    assert met > 1000


def pages(engine: Engine, asked: InboxAsked) -> list[Ticket]:
    found: list[Ticket] = []
    cursor: str | None = None
    while True:
        with reading(engine) as connection:
            page = inbox(connection, asked.model_copy(update={"cursor": cursor, "limit": 17}), MONDAY_10)
        found += map(Ticket.model_validate_json, page.bodies)
        if (cursor := page.next) is None:
            return found


@pytest.mark.parametrize("posts", POSTS.values(), ids=POSTS)
def test_badges_count_what_the_lists_hold(
    filled: Engine, posts: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each as many as its list has, up to where counting ends."""
    lists = ({"mine": True}, {"my_level": True}, {"due": Due.OVERDUE}, {"due": Due.SOON})
    there = [len(expected(asking(posts, **each))) for each in lists]
    for most in (100, 4):
        monkeypatch.setattr(Badges, "COUNTED", most)
        with reading(filled) as connection:
            told = badges(connection, asking(posts), MONDAY_10)
        assert [told.mine, told.my_level, told.overdue, told.soon] == [min(each, most) for each in there]


@pytest.mark.parametrize("cursor", ["", "x", "2026-01-01~", "2026-01-01T00:00:00~00000000-0000-0000-0000-000000000000"])
def test_a_foreign_cursor_is_refused(engine: Engine, cursor: str) -> None:
    """A cursor that is not ours is an error, not a first page."""
    with reading(engine) as connection, pytest.raises(ValueError):
        inbox(connection, asking(["U:unit_head"], cursor=cursor), MONDAY_10)


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
        assert inbox(connection, asking(["U:unit_head"]), MONDAY_10).bodies == []


def test_an_older_database_is_filled(engine: Engine) -> None:
    """Tickets that were there before can be listed and found like those that come."""
    events = [each for number in range(5) for each in a_story(ALL[number].model_copy(update={"version": 1}))]
    with transaction(engine) as connection:
        handlers.record_events(Work(connection, "records"), [heard(each) for each in events], MONDAY_10)
    with transaction(engine) as connection:
        command.downgrade(config("records", connection), "0005")
        bring(connection, "records")
    for table in ("tickets", "texts"):
        with transaction(engine) as connection:
            found = READ_TABLES[table](connection, None, 100, True)
        assert (found.compared, found.differing, found.surplus) == (5, 0, 0)
