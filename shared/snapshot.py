"""The directory in force in a process: checked when it comes over the bus, swapped as a whole."""

from collections.abc import Iterable, Iterator
from threading import Lock

from shared.contracts.directory import Calendar, Directory, Level, Person, Place, Post, Role, Rule
from shared.contracts.envelope import Unacceptable
from shared.contracts.vocabulary import Urgency
from shared.directory import OTHER, Town
from shared.heap import settle


class Snapshot:
    """The town in force in this process, swapped as a whole."""

    def __init__(self) -> None:
        self._town: Town | None = None
        self._lock = Lock()

    @property
    def current(self) -> Town | None:
        return self._town

    def take(self, directory: Directory) -> bool:
        """Put the directory in force if it is newer; says whether it was. Raises ``Unacceptable``."""
        with self._lock:
            if self._town and directory.version <= self._town.version:
                return False
            self._town = town_of(directory)
        settle()
        return True


def town_of(directory: Directory) -> Town:
    """The town of a directory that came over the bus. Raises ``Unacceptable`` where it does not hold together: a town
    made of it would fail, or look for ever, at some later door.
    """
    for what, codes, named in _references(directory):
        if missing := {name for name in named if name is not None} - codes:
            raise Unacceptable(f"directory {directory.version} has no {what} {min(missing)!r}")
    parents = {place.code: place.parent for place in directory.places}
    rooted: set[str] = set()
    for start in parents:
        trail: list[str] = []
        code: str | None = start
        while code is not None and code not in rooted:
            if code in trail:
                raise Unacceptable(f"directory {directory.version}: place {code!r} is above itself")
            trail.append(code)
            code = parents[code]
        rooted.update(trail)
    try:
        return Town(directory)
    except ValueError as error:
        raise Unacceptable(f"directory {directory.version}: {error}") from error


def _references(directory: Directory) -> Iterator[tuple[str, set[str], Iterable[str | None]]]:
    """What is named, the codes that there are, and those that are named."""
    places, posts, policy = directory.places, directory.posts, directory.policy
    rules = (rule for each in (policy, *directory.presets) for rule in each.rules.values())
    roles = (role for rule in rules for named in _roles_of(rule) for role in named)
    matters = {category.code: category.matter for category in directory.categories}
    yield "level", _codes(directory.levels), (*(each.level for each in places), *(each.level for each in policy.ladder))
    yield "place", _codes(places), (*(each.parent for each in places), *(each.place for each in posts))
    about = (role for category in directory.categories for role in category.about)
    yield "role", _codes(directory.roles), (*(each.role for each in posts), *roles, *about)
    yield "person", _codes(directory.people), (name for each in posts for name in (each.person, each.deputy))
    yield "person", _codes(directory.people), (each.person for each in directory.duties)
    yield "person", _codes(directory.people), (each.person for each in directory.absences)
    yield "post", _codes(posts), (each.post for each in directory.duties)
    yield "calendar", _codes(directory.calendars), (each.calendar for each in posts)
    yield "category", set(matters), (OTHER,)
    yield "rule", set(policy.rules), (*matters.values(), matters.get(OTHER) or OTHER)
    yield "budget", set(policy.budgets), Urgency
    yield "policy", {preset.name for preset in directory.presets}, (each.policy for each in directory.categories)
    for preset in directory.presets:
        yield "rule", set(preset.rules), policy.rules
        yield "budget", set(preset.budgets), Urgency


def _codes(parts: Iterable[Place | Post | Role | Person | Level | Calendar]) -> set[str]:
    return {part.code for part in parts}


def _roles_of(rule: Rule) -> Iterator[tuple[str, ...]]:
    for named in (rule.owners, rule.also_told, rule.in_digest):
        yield from named.values()
