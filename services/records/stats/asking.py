"""The figures of the tickets below somebody's places, all of them and by groups, from the read table ``facts``."""

import posixpath
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)

from services.records.stats.figures import Counted, Level, Weights, figures
from services.records.stats.folding import ZONE, week_of
from services.records.store import facts, places
from shared.contracts.stats import Figures, Group, Stats, StatsAsked
from shared.contracts.vocabulary import Grouping, Outcome

Condition = ColumnElement[bool]
CLOSED = [outcome.value for outcome in Outcome if outcome.is_closed]


def stats(connection: Connection, asked: StatsAsked, now: datetime, smallest: int, weights: Weights) -> Stats:
    """All together, and the groups by their keys. Complaints about a role of the asker's are not counted, as they are
    not seen: ``services.intake.scope``."""
    paths, root = _paths(connection, asked)
    fits = _fits(asked, paths)

    def told(key: ColumnElement[Any]) -> dict[str, Figures]:
        chosen = select(facts, key.label("group")).where(*fits).subquery()
        counts, levels = _counts(connection, chosen, now), _levels(connection, chosen)
        outcomes = _outcomes(connection, chosen)
        return {each: figures(counts[each], outcomes[each], levels.get(each, {}), smallest, weights) for each in counts}

    nothing = figures(Counted(), {}, {}, smallest, weights)
    groups = told(_key(connection, asked.by, root)) if asked.by else {}
    return Stats(
        smallest=smallest,
        total=told(literal_column("''")).get("", nothing),
        groups=tuple(Group(key=key, figures=groups[key]) for key in sorted(groups)),
    )


def _paths(connection: Connection, asked: StatsAsked) -> tuple[list[str], str]:
    """Below what is counted: the asker's places, or where they and the one asked for are. And what all of it is below:
    the one asked for, or the lowest that they have in common.
    """
    codes = {each.place for each in asked.posts} | ({asked.place} if asked.place is not None else set())
    found = connection.execute(select(places.c.code, places.c.path).where(places.c.code.in_(codes))).all()
    known = {row.code: row.path for row in found}
    held = {known[each.place] for each in asked.posts if each.place in known}
    wanted = known.get(asked.place)
    if asked.place is not None:
        held = {max(path, wanted, key=len) for path in held if wanted and _related(path, wanted)}
    paths = sorted(path for path in held if not any(path != other and path.startswith(other) for other in held))
    return paths, wanted or (posixpath.commonpath(paths) + "/" if paths else "/")


def _related(path: str, other: str) -> bool:
    return path.startswith(other) or other.startswith(path)


def _fits(asked: StatsAsked, paths: Sequence[str]) -> list[Condition]:
    here = facts.c
    below = or_(false(), *(and_(here.path >= path, here.path < path[:-1] + "0") for path in paths))
    fits = [below, or_(here.about_role.is_(None), here.about_role.not_in(sorted({each.role for each in asked.posts})))]
    if asked.categories:
        fits.append(here.category.in_(asked.categories))
    if asked.post is not None:
        fits.append(here.post == asked.post)
    if asked.since:
        fits.append(here.week >= _week(asked.since))
    if asked.until:
        fits.append(here.week <= _week(asked.until))
    return fits


def _week(day: date) -> str:
    return week_of(datetime.combine(day, time(12), ZONE).astimezone(UTC))


def _key(connection: Connection, by: Grouping, root: str) -> ColumnElement[Any]:
    """What groups are told apart by; for places the next ones below the ``root`` that all have in common."""
    match by:
        case Grouping.CATEGORY:
            return facts.c.category
        case Grouping.POST:
            return func.coalesce(facts.c.post, "")
        case Grouping.WEEK:
            return facts.c.week
        case Grouping.PLACE:
            rest = func.substr(facts.c.path, len(root) + 1)
            if connection.dialect.name == "sqlite":
                return func.substr(rest, 1, func.instr(rest.concat("/"), "/") - 1)
            return func.split_part(rest, "/", 1)


def _counts(connection: Connection, chosen: Subquery, now: datetime) -> dict[str, Counted]:
    here = chosen.c
    in_time = here.contacted_at <= here.contact_by
    counted = {
        "n": func.count(),
        "contact_due": _sum(or_(here.contact_by <= now, in_time)),
        "contacted": _sum(in_time),
        "called_back": _sum(here.said_settled.is_not(None)),
        "settled": _sum(here.said_settled.is_(True)),
        "grades": func.sum(here.grades),
        "good_grades": func.sum(here.good_grades),
        "reopened": _sum(here.reopenings > 0),
        "rungs": func.sum(here.rungs),
    }
    rows = connection.execute(select(here.group, *counted.values()).group_by(here.group)).all()
    return {key: Counted(**dict(zip(counted, map(int, rest), strict=True))) for key, *rest in rows}


def _outcomes(connection: Connection, chosen: Subquery) -> dict[str, dict[Outcome, int]]:
    found: dict[str, dict[Outcome, int]] = defaultdict(dict)
    here = chosen.c
    for group, outcome, count in connection.execute(
        select(here.group, here.outcome, func.count()).group_by(here.group, here.outcome)
    ):
        found[group][Outcome(outcome)] = count
    return found


def _levels(connection: Connection, chosen: Subquery) -> dict[str, dict[str, Level]]:
    """Of ended tickets; the others have no stays yet."""
    here, stays = chosen.c, _stays(connection, chosen)
    closed = select(here.group, here.level, func.count()).where(here.outcome.in_(CLOSED))
    ends = {
        (group, level): count for group, level, count in connection.execute(closed.group_by(here.group, here.level))
    }
    seconds = func.sum(cast(stays.c.value, BigInteger))
    stayed = select(here.group, stays.c.key, func.count(), seconds).select_from(chosen).join(stays, true())
    times = {
        (group, level): (count, int(total))
        for group, level, count, total in connection.execute(stayed.group_by(here.group, stays.c.key))
    }
    levels: dict[str, dict[str, Level]] = defaultdict(dict)
    for group, level in ends.keys() | times.keys():
        levels[group][level] = Level(ends.get((group, level), 0), *times.get((group, level), (0, 0)))
    return levels


def _stays(connection: Connection, chosen: Subquery) -> Any:
    """The levels of a row with their seconds, one by one."""
    if connection.dialect.name == "sqlite":
        return func.json_each(chosen.c.stays).table_valued("key", "value", name="stay")
    return func.json_each_text(cast(chosen.c.stays, JSON)).table_valued("key", "value", name="stay").render_derived()


def _sum(condition: Condition) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))
