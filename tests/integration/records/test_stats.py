"""Figures: whatever comes in, in whatever order, they are what the ledger says when somebody counts it by hand."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from services.intake.scope import holdings
from services.records import handlers, queries, store
from services.records.rebuilding import READ_TABLES
from services.records.stats.asking import stats
from services.records.stats.figures import Weights
from shared.bus.outbox import Work
from shared.contracts.events import (
    TicketAssigned,
    TicketCalledBack,
    TicketContacted,
    TicketEscalated,
    TicketEvent,
    TicketRated,
    TicketReopened,
)
from shared.contracts.stats import Figures, Share, Stats, StatsAsked
from shared.contracts.vocabulary import Grade, Grouping, Outcome, Status
from shared.db import reading, transaction
from tests.builders import MONDAY_10, PLACES, a_town
from tests.lives import lives
from tests.stories import a_place, heard

NOW = MONDAY_10 + timedelta(days=10)
TOWN = a_town()
EQUAL = Weights(1, 1, 1)
GOOD = {Grade.VERY_GOOD, Grade.GOOD, Grade.FAIR}
LIVES = lives(Random(5), 120)
EVENTS = [event for life in LIVES for event in life]
Record = Callable[[Iterable[TicketEvent]], None]


@pytest.fixture
def record(engine: Engine) -> Record:
    paths = {code: store.path_of(item.code for item in a_place(code).path) for code in PLACES}
    with transaction(engine) as connection:
        connection.execute(insert(store.places), [{"code": code, "path": path} for code, path in paths.items()])

    def recorded(events: Iterable[TicketEvent]) -> None:
        with transaction(engine) as connection:
            handlers.record_events(Work(connection, "records"), [heard(event) for event in events], NOW)

    return recorded


def asking(*codes: str, **more: Any) -> StatsAsked:
    held = [post for code in codes if (post := TOWN.post(code))]
    return StatsAsked.model_validate({"posts": holdings(TOWN, held), **more})


def told(engine: Engine, asked: StatsAsked, smallest: int = 1, weights: Weights = EQUAL) -> Stats:
    with reading(engine) as connection:
        return stats(connection, asked, NOW, smallest, weights)


def test_figures_are_what_the_ledger_says(engine: Engine, record: Record) -> None:
    """With every grouping and filter, after events in any order, in bites and with repeats: the same as a count by
    hand; and the table is what a rebuild would make of it.
    """
    arrivals = [*EVENTS, *EVENTS[::7]]
    Random(3).shuffle(arrivals)
    for start in range(0, len(arrivals), 50):
        record(arrivals[start : start + 50])
    assert rebuilt(engine) == (len(LIVES), 0, 0)
    stories = by_hand(engine)
    weeks = sorted({each["week"] for each in stories})
    assert len(weeks) > 2
    for posts in (("S:subdistrict_officer",), ("U:unit_head", "V:unit_head"), ("C:community_officer",)):
        for more in (
            {},
            {"by": Grouping.PLACE},
            {"by": Grouping.CATEGORY},
            {"by": Grouping.POST, "categories": ("leak", "lighting")},
            {"by": Grouping.WEEK, "place": "K"},
            {"by": Grouping.PLACE, "place": "L", "post": "C:community_officer"},
            {"since": date.fromisoformat(weeks[1]) + timedelta(days=3), "until": date.fromisoformat(weeks[1])},
        ):
            asked = asking(*posts, **more)
            fitting = [each for each in stories if counts(each, asked)]
            found = told(engine, asked)
            same(found.total, fitting)
            groups = defaultdict(list)
            for each in fitting if asked.by else ():
                groups[key_of(each, asked)].append(each)
            assert {group.key for group in found.groups} == set(groups), (posts, more)
            for group in found.groups:
                same(group.figures, groups[group.key])


def same(figures: Figures, stories: list[dict[str, Any]]) -> None:
    ended = [each for each in stories if each["outcome"] is not Outcome.OPEN]
    assert figures.n == len(stories)
    due = [each for each in stories if each["contact_by"] and (each["in_time"] or each["contact_by"] <= NOW)]
    assert figures.response == a_share([each["in_time"] for each in due])
    assert figures.solution == a_share([each["said"] for each in ended if each["said"] is not None])
    assert figures.satisfaction == a_share([grade in GOOD for each in ended for grade in each["grades"]])
    assert figures.reopened == a_share([each["reopenings"] > 0 for each in ended])
    for outcome in Outcome:
        assert figures.outcomes.get(outcome, 0) == sum(each["outcome"] is outcome for each in stories)
    if ended:
        assert figures.rungs == pytest.approx(sum(each["rungs"] for each in ended) / len(ended))
    closed = [each["level"] for each in ended if each["outcome"].is_closed]
    for level in figures.levels:
        stays = [each["seconds"][level.level] for each in ended if level.level in each["seconds"]]
        assert (level.closed, level.n) == (closed.count(level.level), len(stays))
        assert level.hours == (pytest.approx(sum(stays) / len(stays) / 3600, abs=0.01) if stays else None)
    assert {level.level for level in figures.levels} >= set(closed)


def a_share(parts: list[bool]) -> Share:
    return Share(n=len(parts), value=sum(parts) / len(parts) if parts else None)


def by_hand(engine: Engine) -> list[dict[str, Any]]:
    """The same from the ledger's events, one by one and by what they say, not by the ticket that they carry."""
    with reading(engine) as connection:
        ids = connection.scalars(select(store.ledger.c.ticket_id).distinct()).all()
        found = [queries.events_of(connection, id) for id in ids]
    return [_counted([each for each in story if isinstance(each, TicketEvent)]) for story in found]


def _counted(story: list[TicketEvent]) -> dict[str, Any]:
    first, last = next(each for each in story if isinstance(each, TicketAssigned)), story[-1].ticket
    begun = max((number for number, each in enumerate(story) if isinstance(each, TicketReopened)), default=0)
    reached = [each.contact.at for each in story if isinstance(each, TicketContacted) and each.contact.reached]
    answered = [each.contact for each in story[begun:] if isinstance(each, TicketCalledBack) and each.contact.reached]
    rated = {(each.household, each.through): each.grade for each in story[begun:] if isinstance(each, TicketRated)}
    if answered and answered[-1].grade:
        rated.setdefault((None, None), answered[-1].grade)
    said = answered[-1].settled if answered else None
    settled = last.settled if said is None else said
    names = {True: Outcome.FIXED, False: Outcome.UNFIXED, None: Outcome.UNSAID}
    others = {Status.WITHDRAWN: Outcome.WITHDRAWN, Status.REJECTED: Outcome.REJECTED, Status.MERGED: Outcome.MERGED}
    outcome = names[settled] if last.status is Status.CLOSED else others.get(last.status, Outcome.OPEN)
    seconds: dict[str, float] = defaultdict(float)
    for here, after in pairwise(story):
        if here.ticket.status in (Status.SUBMITTED, Status.ASSIGNED, Status.ACCEPTED):
            seconds[here.ticket.level] += (after.at - here.at).total_seconds()
    contact_by = first.ticket.accept_by if last.reporter_ref else None
    seat = last.owner if outcome is not Outcome.OPEN else first.ticket.owner
    local = (last.opened_at + timedelta(hours=8)).date()
    return {
        "here": [item.code for item in last.place.path],
        "category": last.category,
        "about": last.about_role,
        "post": seat.post if seat else "",
        "week": (local - timedelta(days=local.weekday())).isoformat(),
        "contact_by": contact_by,
        "in_time": bool(contact_by and reached and reached[0] <= contact_by),
        "said": said,
        "grades": list(rated.values()),
        "outcome": outcome,
        "reopenings": sum(isinstance(each, TicketReopened) for each in story),
        "rungs": sum(len(each.steps) for each in story if isinstance(each, TicketEscalated)),
        "level": last.level,
        "seconds": dict(seconds),
    }


def counts(each: dict[str, Any], asked: StatsAsked) -> bool:
    def week(day: date) -> str:
        return (day - timedelta(days=day.weekday())).isoformat()

    return (
        any(post.place in each["here"] for post in asked.posts)
        and each["about"] not in {post.role for post in asked.posts}
        and (asked.place is None or asked.place in each["here"])
        and (not asked.categories or each["category"] in asked.categories)
        and asked.post in (None, each["post"])
        and (asked.since is None or each["week"] >= week(asked.since))
        and (asked.until is None or each["week"] <= week(asked.until))
    )


def key_of(each: dict[str, Any], asked: StatsAsked) -> str:
    if asked.by is not Grouping.PLACE:
        return str(each[asked.by])
    roots = [asked.place] if asked.place else [post.place for post in asked.posts]
    chains = [[item.code for item in a_place(root).path] for root in roots]
    common = [codes[0] for codes in zip(*chains, strict=False) if len(set(codes)) == 1]
    below = each["here"][len(common) :]
    return below[0] if below else ""


def rebuilt(engine: Engine, write: bool = False) -> tuple[int, int, int]:
    """What all bites of ``facts`` have found: compared, differing, surplus."""
    total, last = [0, 0, 0], None
    while True:
        with transaction(engine) as connection:
            found = READ_TABLES["facts"](connection, last, 50, write)
        total = [sum(pair) for pair in zip(total, (found.compared, found.differing, found.surplus), strict=True)]
        if (last := found.last) is None:
            return total[0], total[1], total[2]


def test_what_was_spoilt_or_never_counted_is_put_right(engine: Engine, record: Record) -> None:
    """By a rebuild; what comes in meanwhile, and after an upgrade that left the table empty, counts as well."""
    record(EVENTS[:-200])
    with transaction(engine) as connection:
        connection.execute(update(store.facts).where(store.facts.c.category == "leak").values(rungs=77))
        connection.execute(delete(store.facts).where(store.facts.c.category == "lighting"))
    record(EVENTS[-200:])
    _, differing, surplus = rebuilt(engine, write=True)
    assert (differing > 0, surplus) == (True, 0)
    assert rebuilt(engine) == (len(LIVES), 0, 0)
    same(told(engine, asking("S:subdistrict_officer")).total, by_hand(engine))


def test_few_are_not_told_apart(engine: Engine, record: Record) -> None:
    """Of fewer than the smallest number only how many they are."""
    record(EVENTS)
    every = told(engine, asking("S:subdistrict_officer", by=Grouping.WEEK), smallest=36)
    assert every.total.response.value is not None
    small = [group.figures for group in every.groups if group.figures.n < 36]
    assert small
    for figures in small:
        shares = (figures.response, figures.solution, figures.satisfaction, figures.reopened)
        assert [share.value for share in shares] == [None] * 4
        assert (figures.outcomes, figures.levels, figures.rungs, figures.score) == ({}, (), None, None)


def test_the_weights_make_the_score(engine: Engine, record: Record) -> None:
    """A rate that counts nothing does not; they need not sum up to one."""
    record(EVENTS)
    asked = asking("S:subdistrict_officer")
    total = told(engine, asked, weights=Weights(0, 2, 2)).total
    rates = [total.solution.value or 0, total.satisfaction.value or 0]
    assert total.score == pytest.approx(sum(rates) / 2)
    assert told(engine, asked, weights=Weights(5, 0, 0)).total.score == total.response.value
    assert told(engine, asked, weights=Weights(0, 0, 0)).total.score is None


def test_who_holds_no_post_counts_nothing(engine: Engine, record: Record) -> None:
    """Nor does anybody count what lies elsewhere."""
    record(EVENTS)
    assert told(engine, asking()).total.n == 0
    assert told(engine, asking("U:unit_head", place="V", by=Grouping.PLACE)) == told(
        engine, asking("U:unit_head", place="nowhere", by=Grouping.PLACE)
    )
