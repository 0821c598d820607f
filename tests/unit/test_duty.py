"""Who answers for a post at a moment. Moments are those of the post's own clock, Shanghai's."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.contracts.directory import Absence, Duty, Post
from shared.directory import Town
from tests.builders import a_directory

SHANGHAI = ZoneInfo("Asia/Shanghai")
POST = "C:community_officer"
NIGHT = {"opens": time(20), "closes": time(8)}


def a_duty(person: str, **more: object) -> Duty:
    return Duty(post=POST, person=person, **more)


def a_town(
    *duties: Duty, person: str | None = "first", deputy: str | None = "deputy", away: dict[str, tuple[int, int]]
) -> Town:
    """``away``: from which to which day of November 2026."""
    directory = a_directory()
    posts = [
        post.model_copy(update={"person": person, "deputy": deputy}) if post.code == POST else post
        for post in directory.posts
    ]
    absences = tuple(
        Absence(person=who, first_day=date(2026, 11, first), last_day=date(2026, 11, last))
        for who, (first, last) in away.items()
    )
    return Town(directory.model_copy(update={"posts": tuple(posts), "duties": duties, "absences": absences}))


def the_post(town: Town) -> Post:
    post = town.post(POST)
    assert post
    return post


def november(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """The 23rd is the Monday of week 48."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


WEEKS = (a_duty("odd", week="2026-W47"), a_duty("even", week="2026-W48"))
NIGHTS = (a_duty("friday", weekday=5, **NIGHT), a_duty("any", **NIGHT))


@pytest.mark.parametrize(
    ("case", "duties", "away", "at", "who"),
    [
        ("without a roster its person", (), {}, november(23), "first"),
        ("away: the deputy, on the first day", (), {"first": (23, 24)}, november(23, 0), "deputy"),
        ("away: the deputy, to the end of the last day", (), {"first": (23, 24)}, november(24, 23, 59), "deputy"),
        ("back on the day after", (), {"first": (23, 24)}, november(25, 0), "first"),
        ("both away: nobody", (), {"first": (23, 24), "deputy": (24, 24)}, november(24), None),
        ("the week's person", WEEKS, {}, november(22, 23, 59), "odd"),
        ("from Monday 00:00 the next week's", WEEKS, {}, november(23, 0), "even"),
        ("in a week that nobody has, the post's person", WEEKS, {}, november(30), "first"),
        ("on duty and away: the deputy", WEEKS, {"even": (23, 23)}, november(23), "deputy"),
        ("off duty the person away is not missed", WEEKS, {"first": (23, 23)}, november(23), "even"),
        ("at night the night's", NIGHTS, {}, november(23, 20), "any"),
        ("the night goes on after midnight", NIGHTS, {}, november(24, 7, 59), "any"),
        ("in the morning it is over", NIGHTS, {}, november(24, 8), "first"),
        ("Friday's night is Friday's on Saturday as well", NIGHTS[:1], {}, november(28, 3), "friday"),
        ("but not the night before", NIGHTS[:1], {}, november(27, 3), "first"),
        (
            "a week's own line outranks one for every week",
            (a_duty("always"), a_duty("even", week="2026-W48")),
            {},
            november(23),
            "even",
        ),
        (
            "a week's last night is still that week's",
            (a_duty("odd", week="2026-W47", **NIGHT),),
            {},
            november(23, 7),
            "odd",
        ),
    ],
)
def test_who_answers(case: str, duties: tuple[Duty, ...], away: dict[str, tuple[int, int]], at: datetime, who: str):
    """Each sentence of the table holds, whatever zone the moment is given in."""
    town = a_town(*duties, away=away)
    for zone in ("Asia/Shanghai", "UTC", "America/New_York"):
        assert town.holder(the_post(town), at.astimezone(ZoneInfo(zone))) == who, case
    assert town.held(the_post(town), at) is (who is not None)


def test_the_year_of_a_week_is_the_weeks_own():
    """The first days of January belong to the last week of the year before."""
    town = a_town(a_duty("last", week="2026-W53"), away={})
    assert town.holder(the_post(town), datetime(2027, 1, 3, 12, tzinfo=SHANGHAI)) == "last"
    assert town.holder(the_post(town), datetime(2027, 1, 4, 12, tzinfo=SHANGHAI)) == "first"


def test_who_may_act():
    """The post's person and deputy always; whoever else is on its roster while on duty."""
    town = a_town(*WEEKS, away={"first": (23, 23)})
    at = november(23)
    acting = {who: POST in [post.code for post in town.posts_of(who, at)] for who in ("first", "deputy", "even", "odd")}
    assert acting == {"first": True, "deputy": True, "even": True, "odd": False}
    assert [post.code for post in town.posts_of("odd", at - timedelta(days=1))] == [POST]


def test_a_post_of_a_roster_alone_is_staffed_but_not_always_held():
    """Between shifts nobody answers for it; it is no vacant post."""
    town = a_town(a_duty("even", week="2026-W48"), person=None, deputy=None, away={})
    assert town.held(the_post(town), november(23))
    assert not town.held(the_post(town), november(30))
    assert town.staffed(the_post(town))
