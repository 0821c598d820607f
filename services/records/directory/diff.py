"""What a new version of the directory changes, for the people who loaded it and for the record."""

from typing import Any

from shared.contracts.base import Frozen
from shared.contracts.directory import Directory, Policy
from shared.contracts.vocabulary import Word


class What(Word):
    """What happened to a record."""

    ADDED = "added", "新增", "added"
    CHANGED = "changed", "修改", "changed"
    REMOVED = "removed", "删除", "removed"


class Part(Word):
    """The parts of a directory."""

    LEVELS = "levels", "层级", "level"
    PLACES = "places", "地点", "place"
    ROLES = "roles", "角色", "role"
    PEOPLE = "people", "人员", "person"
    POSTS = "posts", "岗位", "post"
    DUTIES = "duties", "值班表", "duty roster"
    ABSENCES = "absences", "缺勤", "absences"
    CATEGORIES = "categories", "类别", "category"
    POLICY = "policy", "规则", "policy"
    PRESETS = "presets", "预设规则", "preset"
    RULES = "rules", "事项规则", "rule"
    CALENDARS = "calendars", "日历", "calendar"
    HOLIDAYS = "holidays", "节假日", "holidays"


class Change(Frozen):
    """One record that came, went or changed; ``fields`` names what changed of it."""

    part: Part
    what: What
    code: str
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        fields = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.what.zh}{self.part.zh} / {self.part.en} {self.what.en}: {self.code}{fields}"


def changes(old: Directory | None, new: Directory) -> list[Change]:
    """What the new version adds, changes and removes; empty where only the version differs."""
    before = _records(old) if old else {}
    after = _records(new)
    return [
        change
        for part in Part
        for code in dict.fromkeys([*after.get(part, {}), *before.get(part, {})])
        if (change := _change(part, code, before.get(part, {}).get(code), after.get(part, {}).get(code)))
    ]


def _records(directory: Directory) -> dict[Part, dict[str, Any]]:
    """The records by part and code, as plain values. The order of levels and rungs counts, so it is a field."""
    tables: dict[Part, tuple[Any, ...]] = {
        Part.PLACES: directory.places,
        Part.ROLES: directory.roles,
        Part.PEOPLE: directory.people,
        Part.POSTS: directory.posts,
        Part.CATEGORIES: directory.categories,
        Part.CALENDARS: directory.calendars,
    }
    records: dict[Part, dict[str, Any]] = {
        part: {record.code: record.model_dump() for record in table} for part, table in tables.items()
    }
    levels = enumerate(directory.levels)
    records[Part.LEVELS] = {level.code: level.model_dump() | {"order": order} for order, level in levels}
    records[Part.DUTIES] = _by("post", directory.duties)
    records[Part.ABSENCES] = _by("person", directory.absences)
    policy: Policy = directory.policy
    records[Part.POLICY] = {policy.name: policy.model_dump(exclude={"rules", "version"})}
    records[Part.PRESETS] = {
        preset.name: preset.model_dump(exclude={"version", *preset.inherited}) for preset in directory.presets
    }
    records[Part.RULES] = {matter: rule.model_dump() for matter, rule in policy.rules.items()}
    records[Part.HOLIDAYS] = {"holidays": directory.holidays.model_dump()}
    return records


def _by(field: str, lines: tuple[Any, ...]) -> dict[str, Any]:
    """The lines of each post, or person, as one record: none of them has a code of its own."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        found.setdefault(getattr(line, field), {"lines": []})["lines"].append(line.model_dump())
    return found


def _change(part: Part, code: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> Change | None:
    if old == new:
        return None
    if old is None or new is None:
        return Change(part=part, what=What.ADDED if old is None else What.REMOVED, code=code)
    fields = tuple(field for field in new if old[field] != new[field])
    return Change(part=part, what=What.CHANGED, code=code, fields=fields)
