"""Look-ups over one version of the directory. Immutable, no I/O."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from shared.calendar import WorkTime
from shared.contracts.directory import (
    Absence,
    Category,
    Directory,
    Duty,
    Person,
    Place,
    Policy,
    Post,
    Role,
    Rule,
)
from shared.contracts.ticket import PathItem, PlaceRef
from shared.duty import holder, on_duty

OTHER = "other"
"""The category of what nobody sorted. Every directory has it."""


def post_code(place_code: str, role_code: str) -> str:
    """The code of the post of a role at a place."""
    return f"{place_code}:{role_code}"


class Town:
    """One version of the directory, indexed.

    Trusts that the directory was checked (``services/records/directory``): references hold, the place tree has no
    cycle. What a ticket may still name though a newer version has dropped it (a place, a post, a person, a
    category) is None, or empty, when it is not there.
    """

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._places = {place.code: place for place in directory.places}
        self._doors = {place.door_code: place for place in directory.places if place.door_code}
        self._roles = {role.code: role for role in directory.roles}
        self._people = {person.code: person for person in directory.people}
        self._posts = {post.code: post for post in directory.posts}
        self._posts_at: dict[str, tuple[Post, ...]] = {}
        for post in directory.posts:
            self._posts_at[post.place] = (*self._posts_at.get(post.place, ()), post)
        self._duties: defaultdict[str, list[Duty]] = defaultdict(list)
        for duty in directory.duties:
            self._duties[duty.post].append(duty)
        self._absences: defaultdict[str, list[Absence]] = defaultdict(list)
        for absence in directory.absences:
            self._absences[absence.person].append(absence)
        self._by_clock = {post.code for post in directory.posts if self._needs_clock(post)}
        self._posts_of: dict[str, tuple[Post, ...]] = {}
        for post in directory.posts:
            for person in self._named(post):
                self._posts_of[person] = (*self._posts_of.get(person, ()), post)
        self._categories = {category.code: category for category in directory.categories}
        self._presets = {preset.name: preset for preset in directory.presets}
        self._work_times = {each.code: WorkTime(each, directory.holidays) for each in directory.calendars}
        self._own_names = {level.code for level in directory.levels if level.own_name}
        self._place_refs: dict[str, PlaceRef] = {}

    @property
    def version(self) -> int:
        return self.directory.version

    def place(self, code: str) -> Place | None:
        return self._places.get(code)

    def door(self, door_code: str) -> Place | None:
        """The place that the QR code hangs on; the code may be written small, wide, or with space around it."""
        return self._doors.get(door_code) or self._doors.get(_plain(door_code))

    def role(self, code: str) -> Role | None:
        return self._roles.get(code)

    def person(self, code: str) -> Person | None:
        return self._people.get(code)

    def post(self, code: str) -> Post | None:
        return self._posts.get(code)

    def category(self, code: str) -> Category | None:
        return self._categories.get(code)

    def categories_under(self, code: str) -> tuple[str, ...]:
        """The category itself, and all that it is the group of."""
        found = [code]
        for group in found:
            found += (each.code for each in self.directory.categories if each.parent == group)
        return tuple(found)

    def work_time(self, calendar_code: str) -> WorkTime:
        """Raises ``KeyError``; a post's calendar is always there."""
        return self._work_times[calendar_code]

    def policy_for(self, category_code: str) -> Policy:
        """The policy in force for a category: its preset, or the directory's own, with the category's own budgets.

        The version then names the category, so that what is stamped on a ticket tells by whose budget it runs.
        """
        category = self._categories.get(category_code) or self._categories[OTHER]
        policy = self._presets.get(category.policy or "", self.directory.policy)
        if not category.budgets:
            return policy
        own = {"budgets": {**policy.budgets, **category.budgets}, "version": f"{policy.version}+{category.code}"}
        return policy.model_copy(update=own)

    def rule_for(self, category_code: str) -> Rule:
        """The rule of the category's matter; of ``other`` for a group and for a category that is not there."""
        category = self._categories.get(category_code)
        if category is None or category.matter is None:
            category = self._categories[OTHER]
        return self.policy_for(category.code).rules[category.matter or OTHER]

    def has_judge(self, category_code: str, role: str) -> bool:
        """Whether a complaint about the role has somebody else to go to at the top."""
        return self.policy_for(category_code).has_judge(self.rule_for(category_code), role)

    def chain(self, place_code: str) -> tuple[Place, ...]:
        """The place and its ancestors, from the bottom up."""
        chain = []
        place = self._places.get(place_code)
        while place:
            chain.append(place)
            place = self._places.get(place.parent) if place.parent else None
        return tuple(chain)

    def place_ref(self, place_code: str) -> PlaceRef:
        """The place as a ticket carries it. Raises ``KeyError``."""
        if place_code not in self._place_refs:  # made when first asked for: a city has many doors that never report
            path = tuple(
                PathItem(level=place.level, code=place.code, name=place.name)
                for place in reversed(self.chain(place_code))
            )
            self._place_refs[place_code] = PlaceRef(code=place_code, name=self.full_name(place_code), path=path)
        return self._place_refs[place_code]

    def full_name(self, place_code: str) -> str:
        """The name as people say it: 丽园小区1号楼2单元. Raises ``KeyError``.

        A place of a level with names of its own has that alone; any other is named after the one above it, unless
        its name holds that already. A building in no compound is so named after its community (学院社区3号楼).
        """
        place = self._places[place_code]
        if place.parent is None or place.level in self._own_names:
            return place.name
        before = self.full_name(place.parent)
        return place.name if place.name.startswith(before) else before + place.name

    def posts_at(self, place_code: str) -> tuple[Post, ...]:
        """The posts at a place itself, held or vacant."""
        return self._posts_at.get(place_code, ())

    def posts_under(self, top: str) -> Sequence[Post]:
        """The posts at the place at the top of a tree, and everywhere below it, held or vacant."""
        return self._trees.get(top, ())

    @cached_property
    def _trees(self) -> dict[str, list[Post]]:
        trees: defaultdict[str, list[Post]] = defaultdict(list)
        for post in self.directory.posts:
            trees[self.chain(post.place)[-1].code].append(post)
        return trees

    def posts_at_door(self, place_code: str, but: str | None = None) -> tuple[Post, ...]:
        """The posts at a place that somebody is named for, without the role ``but``; where there is none, those of the
        nearest place above that has any."""
        named = (
            tuple(post for post in self.posts_at(place.code) if self.staffed(post) and post.role != but)
            for place in self.chain(place_code)
        )
        return next(filter(None, named), ())

    def posts_of(self, person: str, now: datetime) -> tuple[Post, ...]:
        """The posts that a person may act for: his own, those he is the deputy of, those he is on duty at just now."""
        return tuple(
            post
            for post in self._posts_of.get(person, ())
            if person in (post.person, post.deputy) or self._on_duty(post, now) == person
        )

    def nearest_post(self, role: str, place_code: str) -> Post | None:
        """The role's post at the nearest of the place and its ancestors, held or vacant; None if there is none."""
        posts = (self._posts.get(post_code(place.code, role)) for place in self.chain(place_code))
        return next((post for post in posts if post), None)

    def holder(self, post: Post, now: datetime) -> str | None:
        """Who answers for the post at the moment: the one on duty, else its person; else, where away, the deputy."""
        if post.code not in self._by_clock:  # most posts
            return post.person or post.deputy
        duties = self._duties.get(post.code, ())
        absences = [each for person in self._named(post) for each in self._absences.get(person, ())]
        return holder(post, duties, absences, self._local(post, now))

    def held(self, post: Post, now: datetime) -> bool:
        """Whether somebody answers for the post at the moment."""
        return self.holder(post, now) is not None

    def staffed(self, post: Post) -> bool:
        """Whether anybody is named for the post at all, there at the moment or not."""
        return bool(self._named(post))

    def _named(self, post: Post) -> list[str]:
        people = (post.person, post.deputy, *(duty.person for duty in self._duties.get(post.code, ())))
        return list(dict.fromkeys(person for person in people if person))

    def _needs_clock(self, post: Post) -> bool:
        """Whether it depends on the moment who answers for it."""
        return post.code in self._duties or any(person in self._absences for person in self._named(post))

    def _on_duty(self, post: Post, now: datetime) -> str | None:
        return on_duty(self._duties.get(post.code, ()), self._local(post, now))

    def _local(self, post: Post, now: datetime) -> datetime:
        return now.astimezone(self.work_time(post.calendar).zone)

    def post_name(self, post: Post) -> str:
        """The full name of the place and the role's, shared words once: 丽园小区物业, 清源街道, 丽园社区值班."""
        place, role = self.full_name(post.place), self._roles[post.role].name
        common = next(size for size in range(len(role), -1, -1) if place.endswith(role[:size]))
        return place + role[common:]


def _plain(door_code: str) -> str:
    """As codes stand on doors: capitals, narrow, hyphens for dashes."""
    plain = unicodedata.normalize("NFKC", door_code).strip().upper()
    return "".join("-" if unicodedata.category(each) == "Pd" else each for each in plain)
