"""What must hold in the policy, the taxonomy and the calendars."""

from collections.abc import Iterator
from datetime import time
from zoneinfo import available_timezones

from services.records.directory.drafts import Entry, Table
from services.records.directory.problems import Fault, Problem, problem
from services.records.directory.tables import Tables
from shared.contracts.directory import Calendar, Category, Limit, Policy, Rule, Shift
from shared.contracts.vocabulary import Unit, Urgency
from shared.directory import OTHER

WEEKDAYS = range(1, 8)

LIMITS = ("hand_back_within", "confirm_within", "reopen_within", "suspend_at_most", "deliberate_at_most")

AT_MOST = {Unit.MINUTES: 1_000_000, Unit.WORKING_HOURS: 4_000, Unit.WORKING_DAYS: 500, Unit.CALENDAR_DAYS: 730}
"""Some two years each: more is a slip of the pen, and beyond what the calendar reckons with."""


def check_policy(tables: Tables) -> Iterator[Problem]:
    """The directory's own, and each preset: of that only what it says itself."""
    for entry in tables.policy.entries:
        yield from _check(entry, tables)
    for preset in tables.presets.entries:
        inherited = preset.value.inherited
        for each in _check(preset, tables):
            path = each.column.split(".")
            if not {path[0], ".".join(path[:2])} & set(inherited):
                yield each


def _check(entry: Entry[Policy], tables: Tables) -> Iterator[Problem]:
    yield from _ladder(entry, tables)
    for urgency in Urgency:
        if urgency not in entry.value.budgets:
            yield entry.problem("budgets", Fault.BUDGET, value=urgency.value)
    yield from _limits(entry)
    for at, role in enumerate(entry.value.proxies):
        if tables.roles.lacks(role):
            yield entry.problem(f"proxies.{at}", Fault.UNKNOWN, value=role, table=tables.roles.file)
    for key, rule in entry.value.rules.items():
        if rule.matter != key:
            yield entry.problem(f"rules.{key}.matter", Fault.MATTER, value=key)
        yield from _rule(entry, key, rule, tables)


def _ladder(entry: Entry[Policy], tables: Tables) -> Iterator[Problem]:
    rungs = [rung.level for rung in entry.value.ladder]
    order = [level.code for level in tables.levels.values]
    for at, level in enumerate(rungs):
        if tables.levels.lacks(level):
            yield entry.problem(f"ladder.{at}.level", Fault.UNKNOWN, value=level, table="levels")
    known = [order.index(level) for level in rungs if level in order]
    if not rungs or known != sorted(set(known)):
        yield entry.problem("ladder", Fault.LADDER)
    total = sum(rung.share for rung in entry.value.ladder)
    if total != 1:
        yield entry.problem("ladder", Fault.SHARES, value=total)


def _limits(entry: Entry[Policy]) -> Iterator[Problem]:
    policy = entry.value
    limits = {f"budgets.{urgency}": limit for urgency, limit in policy.budgets.items()}
    limits |= {name: getattr(policy, name) for name in LIMITS}
    yield from _limits_of(entry, limits)


def _limits_of(entry: Entry[Policy] | Entry[Category], limits: dict[str, Limit]) -> Iterator[Problem]:
    for path, limit in limits.items():
        if limit.amount > AT_MOST[limit.unit]:
            yield entry.problem(f"{path}.amount", Fault.LIMIT, value=limit.amount)


def _rule(entry: Entry[Policy], key: str, rule: Rule, tables: Tables) -> Iterator[Problem]:
    """Owners are named for every rung from the start up; rungs and roles are there."""
    rungs = [rung.level for rung in entry.value.ladder]
    if rule.start is not None and rule.start not in rungs:
        yield entry.problem(f"rules.{key}.start", Fault.RUNG, value=rule.start)
    for level in rungs[rungs.index(rule.start) if rule.start in rungs else 0 :]:
        if not rule.owners.get(level):
            yield entry.problem(f"rules.{key}.owners", Fault.NO_OWNER, value=level)
    for field in ("owners", "also_told", "in_digest"):
        for level, roles in getattr(rule, field).items():
            if level not in rungs:
                yield entry.problem(f"rules.{key}.{field}.{level}", Fault.RUNG, value=level)
            for at, role in enumerate(roles):
                if tables.roles.lacks(role):
                    path = f"rules.{key}.{field}.{level}.{at}"
                    yield entry.problem(path, Fault.UNKNOWN, value=role, table=tables.roles.file)


def check_categories(tables: Tables) -> Iterator[Problem]:
    """A leaf names a matter that has a rule, a group names none; whom it is about is there, and is not the only one to
    own it at the top; ``other`` is a leaf."""
    groups = {category.parent for category in tables.categories.values}
    rules = {matter for policy in tables.policy.values for matter in policy.rules}
    for entry in tables.categories.entries:
        category = entry.value
        yield from _limits_of(entry, {f"budgets.{urgency}": limit for urgency, limit in category.budgets.items()})
        if category.code in groups:
            if category.matter is not None:
                yield entry.problem("matter", Fault.GROUP)
        elif category.matter is None:
            yield entry.problem("matter", Fault.NO_RULE)
        if category.matter is not None and tables.policy.values and category.matter not in rules:
            yield entry.problem("matter", Fault.UNKNOWN, value=category.matter, table=tables.policy.file)
        for at, role in enumerate(category.about):
            if tables.roles.lacks(role):
                yield entry.problem(f"about.{at}", Fault.UNKNOWN, value=role, table=tables.roles.file)
            elif not _has_judge(category, role, tables):
                yield entry.problem(f"about.{at}", Fault.OWN_JUDGE, value=role)
    if OTHER in groups or tables.categories.lacks(OTHER):
        yield problem(tables.categories.file, 1, "categories", Fault.NO_OTHER)


def _has_judge(category: Category, role: str, tables: Tables) -> bool:
    """By the policy that the category goes by; what is wrong there is said there."""
    policies = [each for each in tables.presets.values if each.name == category.policy] or tables.policy.values
    return all(
        policy.has_judge(policy.rules[category.matter], role)
        for policy in policies
        if policy.ladder and category.matter in policy.rules
    )


def check_calendars(calendars: Table[Calendar]) -> Iterator[Problem]:
    for entry in calendars.entries:
        calendar = entry.value
        if calendar.zone not in available_timezones():
            yield entry.problem("zone", Fault.ZONE, value=calendar.zone)
        if not any(calendar.weekdays.values()):
            yield entry.problem("weekdays", Fault.NEVER_OPEN)
        for day, shifts in calendar.weekdays.items():
            if day not in WEEKDAYS:
                yield entry.problem(f"weekdays.{day}", Fault.WEEKDAY, value=day)
            yield from _shifts(entry, day, shifts)


def _shifts(entry: Entry[Calendar], day: int, shifts: tuple[Shift, ...]) -> Iterator[Problem]:
    """Each shift ends after it began and after the one before; 00:00 is the end of the day, so it can only be last."""
    free_from = time.min
    closed = False
    for at, shift in enumerate(shifts):
        plain = shift.opens.tzinfo is None and shift.closes.tzinfo is None
        ends_day = shift.closes == time.min
        if not plain or closed or shift.opens < free_from or not (ends_day or shift.opens < shift.closes):
            words = f"{shift.opens}–{shift.closes}"
            yield entry.problem(f"weekdays.{day}.{at}", Fault.SHIFT, value=words)
            return
        free_from, closed = shift.closes, ends_day
