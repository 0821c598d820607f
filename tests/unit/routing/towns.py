"""Directories by chance: always checked ones (references hold, the top post is held), else anything goes.

A number names each: drawing one choice at a time would cost hypothesis more than all that it then tests.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

from shared.contracts.directory import Absence, Directory, Limit, Place, Policy, Post, Rule, Rung
from shared.contracts.vocabulary import Unit, Urgency, Visibility
from shared.directory import Town
from tests.builders import HOLIDAYS, PLACES, POSTS, ROLES, a_directory, a_policy, a_rule

BASE = a_directory()
ONE_DAY = timedelta(days=1)
TOP_ROLE = "subdistrict_officer"
LADDERS = (
    ("unit", "community", "subdistrict"),
    ("unit", "building", "compound", "community", "subdistrict"),
    ("community", "subdistrict"),
    ("subdistrict",),
)
POST_CODES = tuple(f"{place}:{role}" for role, place in POSTS)
AT_MOST = {Unit.MINUTES: 30_000, Unit.WORKING_HOURS: 150, Unit.WORKING_DAYS: 30, Unit.CALENDAR_DAYS: 40}
"""A month or so each."""


@cache
def directory_by_chance(number: int) -> Directory:
    """Places, roles and posts may be gone, posts vacant or held by others, calendars exchanged, 2027 known or not.

    In the first 100 every door and rule is there.
    """
    dice = Random(number)
    roles = set(ROLES) - some(dice, set(ROLES) - {TOP_ROLE}, 2)
    policy = a_policy() if dice.random() < 0.5 and roles == set(ROLES) else _policy(dice, sorted(roles))
    places, rules = BASE.places, dict(policy.rules)
    if number >= 100:
        gone = some(dice, set(PLACES) - {"S"}, 2)
        places = tuple(place for place in places if not gone & _up(place.code))
        rules.pop(dice.choice([*rules, "none"]), None)
    matters = [category.matter if category.matter in rules else next(iter(rules)) for category in BASE.categories]
    changed = {
        "places": places,
        "posts": _posts(dice, places, roles),
        "roles": tuple(role for role in BASE.roles if role.code in roles),
        "policy": policy.model_copy(update={"version": str(number), "rules": rules}),
        "categories": tuple(
            category.model_copy(update={"matter": matter})
            for category, matter in zip(BASE.categories, matters, strict=True)
        ),
        "holidays": HOLIDAYS.model_copy(update={"last_year": dice.choice((2026, 2027))}),
    }
    return BASE.model_copy(update=changed)


def _posts(dice: Random, places: tuple[Place, ...], roles: set[str]) -> tuple[Post, ...]:
    left = {place.code for place in places}
    vacant, moved = some(dice, POST_CODES, 4), some(dice, POST_CODES, 3)
    posts = []
    for post in BASE.posts:
        if post.role not in roles or post.place not in left:
            continue
        update: dict[str, Any] = {}
        if post.code in moved:
            update |= {"person": f"{post.person}-2", "calendar": dice.choice(BASE.calendars).code}
        if post.code in vacant and post.role != TOP_ROLE:
            update |= {"person": None}
        posts.append(post.model_copy(update=update))
    return tuple(posts)


def _policy(dice: Random, roles: list[str]) -> Policy:
    """Other rungs, shares, budgets, owners, limits than the preset's."""
    levels = dice.choice(LADDERS)
    parts = [dice.randint(0, 5) for _ in levels[1:]] + [dice.randint(1, 5)]
    changed = {
        "ladder": tuple(
            Rung(level=level, share=Fraction(part, sum(parts))) for level, part in zip(levels, parts, strict=True)
        ),
        "budgets": {urgency: _limit(dice) for urgency in Urgency},
        "accept_at_least_minutes": dice.randint(1, 600),
        "handler_share": dice.choice((Fraction(0), Fraction(1, 3), Fraction(1))),
        "hand_back_within": _limit(dice),
        "hand_backs_at_most": dice.randint(0, 3),
        "confirm_within": _limit(dice),
        "suspend_at_most": _limit(dice),
        "deliberate_at_most": _limit(dice),
        "transfers_at_most": dice.randint(0, 3),
        "rules": {matter: _rule(dice, matter, levels, roles) for matter in a_policy().rules},
    }
    return a_policy().model_copy(update=changed)


def _rule(dice: Random, matter: str, levels: tuple[str, ...], roles: list[str]) -> Rule:
    """Owners at every rung, at the top always one whose post is held."""
    owners = {level: tuple(dice.sample(roles, dice.randint(1, 2))) for level in levels}
    owners[levels[-1]] = (*some(dice, set(roles) - {TOP_ROLE}, 1), TOP_ROLE)
    told = {level: tuple(some(dice, roles, 2)) for level in levels}
    digest = {level: tuple(some(dice, roles, 2)) for level in levels}
    rule = a_rule(matter, start=dice.choice((None, *levels)), also_told=told, in_digest=digest)
    return rule.model_copy(update={"owners": owners, "visibility": dice.choice([*Visibility])})


def _limit(dice: Random) -> Limit:
    unit = dice.choice([*Unit])
    return Limit(amount=dice.randint(1, AT_MOST[unit]), unit=unit)


def some(dice: Random, of: Iterable[str], at_most: int) -> set[str]:
    return set(dice.sample(sorted(of), dice.randint(0, at_most)))


def _up(code: str) -> set[str]:
    """The place and those above it."""
    found, above = {code}, PLACES[code][0]
    return found | _up(above) if above else found


def without(town: Town, post: Post, now: datetime) -> Town:
    """The town on a day on which all people of the post are away."""
    people = [person for person in (post.person, post.deputy) if person]
    day = now.date()
    absences = [Absence(person=each, first_day=day - ONE_DAY, last_day=day + ONE_DAY) for each in people]
    return Town(town.directory.model_copy(update={"absences": (*town.directory.absences, *absences)}))
