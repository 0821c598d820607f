"""What must hold between the tables: codes once, references there, a tree, somebody at its top."""

from collections.abc import Iterator
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

from services.records.directory.check_duty import check_duty
from services.records.directory.check_policy import check_calendars, check_categories, check_policy
from services.records.directory.drafts import Entry, Table
from services.records.directory.problems import Fault, Problem
from services.records.directory.tables import Tables
from shared.contracts.directory import Holidays, Place, Post
from shared.contracts.events import REPORTER
from shared.directory import Town

REFERENCES = (
    ("places", "parent", "places"),
    ("places", "level", "levels"),
    ("posts", "role", "roles"),
    ("posts", "place", "places"),
    ("posts", "person", "people"),
    ("posts", "deputy", "people"),
    ("posts", "calendar", "calendars"),
    ("duties", "post", "posts"),
    ("duties", "person", "people"),
    ("absences", "person", "people"),
    ("categories", "parent", "categories"),
    ("categories", "policy", "presets"),
)
"""Table, column, and the table whose codes it names."""

LINK_SCHEMES = ("https://", "http://")


def check(tables: Tables, holidays: Holidays) -> list[Problem]:
    """Everything that no single record shows. A record that was refused causes no problems elsewhere."""
    looping = _loops(tables.places)
    cycles = [*looping, *_loops(tables.categories)]
    return [
        *_duplicates(tables),
        *_references(tables),
        *_contacts(tables),
        *(
            role.problem("code", Fault.RESERVED, value=REPORTER)
            for role in tables.roles.entries
            if role.value.code == REPORTER
        ),
        *(entry.problem("parent", Fault.CYCLE, value=entry.value.code) for entry in cycles),
        *_level_order(tables, {entry.value.code for entry in looping}),
        *check_policy(tables),
        *check_categories(tables),
        *check_calendars(tables.calendars),
        *check_duty(tables),
        *(() if looping else _top_posts(tables, holidays)),
    ]


def _duplicates(tables: Tables) -> Iterator[Problem]:
    for table in tables.all():
        column = {"posts.csv": "role", "policies.yaml": "code"}.get(table.file, "code")
        if table not in (tables.policy, tables.presets, tables.duties, tables.absences):
            yield from _twice(table, "code", column)
    yield from _twice(tables.places, "door_code", "door_code")
    yield from _twice(tables.presets, "name", "name")


def _twice(table: Table[Any], field: str, column: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for entry in table.entries:
        value = getattr(entry.value, field)
        if value in first:
            yield entry.problem(column, Fault.DUPLICATE, value=value, first=first[value])
        elif value is not None:
            first[value] = entry.line


def _references(tables: Tables) -> Iterator[Problem]:
    for source, column, target in REFERENCES:
        named: Table[Any] = getattr(tables, target)
        for entry in getattr(tables, source).entries:
            code = getattr(entry.value, column)
            if code is not None and named.lacks(code):
                yield entry.problem(
                    "place" if column == "post" else column, Fault.UNKNOWN, value=code, table=named.file
                )


def _contacts(tables: Tables) -> Iterator[Problem]:
    for person in tables.people.entries:
        if person.value.email and not _is_email(person.value.email):
            yield person.problem("email", Fault.EMAIL, value=person.value.email)
    for place in tables.places.entries:
        if place.value.group_link and not place.value.group_link.startswith(LINK_SCHEMES):
            yield place.problem("group_link", Fault.LINK, value=place.value.group_link)


def _is_email(text: str) -> bool:
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        return False
    return bool(address.username) and "." in address.domain.strip(".") and text.isascii()


def _loops(table: Table[Any]) -> list[Entry[Any]]:
    """The records whose parents lead back to themselves."""
    parents = {entry.value.code: entry.value.parent for entry in table.entries}
    found = []
    for entry in table.entries:
        seen = set()
        above = entry.value.parent
        while above is not None and above not in seen and above != entry.value.code:
            seen.add(above)
            above = parents.get(above)
        if above == entry.value.code:
            found.append(entry)
    return found


def _level_order(tables: Tables, looping: set[str]) -> Iterator[Problem]:
    """A place's level is below its parent's; one without a parent is at the top of the ladder or above."""
    heights = {level.code: height for height, level in enumerate(tables.levels.values)}
    places = {place.code: place for place in tables.places.values if place.level in heights}
    rungs = [rung.level for policy in tables.policy.values for rung in policy.ladder]
    for entry in tables.places.entries:
        place = entry.value
        if place.code in looping or place.level not in heights:
            continue
        above = places.get(place.parent) if place.parent else None
        if above and heights[place.level] >= heights[above.level]:
            words = {"value": place.level, "parent": above.code, "above": above.level}
            yield entry.problem("level", Fault.LEVEL_ORDER, **words)
        if place.parent is None and rungs and heights[place.level] < heights.get(rungs[-1], 0):
            yield entry.problem("parent", Fault.ROOT, value=place.level, top=rungs[-1])


def _top_posts(tables: Tables, holidays: Holidays) -> Iterator[Problem]:
    """Whatever the matter and the door, somebody holds a post of the top rung: there a ticket stays until it is
    settled. One problem a vacant post, or a tree without one.
    """
    if not (tables.places.whole and tables.posts.whole and tables.policy.values):
        return
    directory = tables.directory(0, holidays)
    town = Town(directory.model_copy(update={"calendars": ()}))
    rows: dict[str, Entry[Post] | Entry[Place]] = {entry.value.code: entry for entry in tables.posts.entries}
    rows |= {entry.value.code: entry for entry in tables.places.entries}
    blamed: set[str] = set()
    for place in directory.places:
        for matter, roles in _top_roles(tables) if place.door_code else ():
            posts = [post for role in roles if (post := town.nearest_post(role, place.code))]
            if any(map(town.staffed, posts)):
                continue
            root = town.chain(place.code)[-1]
            culprit = posts[0].code if posts else root.code
            if culprit not in blamed:
                blamed.add(culprit)
                fault = Fault.TOP_VACANT if posts else Fault.TOP_MISSING
                yield rows[culprit].problem("person" if posts else "code", fault, matter=matter, place=root.name)


def _top_roles(tables: Tables) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (rule.name, rule.owners[policy.ladder[-1].level])
        for policy in (*tables.policy.values, *tables.presets.values)
        for rule in policy.rules.values()
        if policy.ladder and rule.owners.get(policy.ladder[-1].level)
    ]
