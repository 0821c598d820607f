"""Forms of actions, filled in by chance: wholly, with something missing, or with something too many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from shared.contracts.commands import Details
from shared.contracts.queries import Form
from shared.contracts.vocabulary import Detail, Grade, Refusal, Way

HOWS = st.sampled_from(("wholly", "wholly", "needed", "nothing", "everything"))

WRONG = frozenset(
    {
        Refusal.NO_SUCH_POST,
        Refusal.NO_SUCH_DATE,
        Refusal.TEXT_MISSING,
        Refusal.NOT_TAKEN,
        Refusal.NO_SUCH_HOUSEHOLD,
        Refusal.OTHER_TICKET,
    }
)
"""Why a form may be refused though the action is open."""


@dataclass(frozen=True)
class Filled:
    """What was sent; ``rightly``: all that is needed and nothing that makes no sense, so that it must succeed."""

    details: Details
    rightly: bool


def fill(form: Form, how: str, number: int, to: str | None, now: datetime) -> Filled:
    """The form as one may send it. ``number`` chooses among what it offers; ``to`` is said instead, where it is."""
    asked = {
        "wholly": {*form.needs, *form.takes},
        "needed": {*form.needs},
        "nothing": set(),
        "everything": set(Detail) - {Detail.TASKS},
    }[how]
    values = {name: value for name, value in _values(form, number, to, now).items() if name in asked}
    rightly = set(form.needs) <= set(values) <= {*form.needs, *form.takes}
    if Detail.TO in values:
        rightly &= values[Detail.TO] in {choice.post for choice in form.posts}
    if Detail.UNTIL in values:
        rightly &= form.until_at_most is not None and now < values[Detail.UNTIL] <= form.until_at_most
    rightly &= not {Detail.HOUSEHOLD, Detail.TICKET} & set(values)
    if values.get(Detail.REACHED) is False:
        rightly &= not {Detail.SETTLED, Detail.GRADE} & set(values)
    return Filled(Details(**{name.value: value for name, value in values.items()}), rightly)


def _values(form: Form, number: int, to: str | None, now: datetime) -> Mapping[Detail, Any]:
    chosen = form.posts[number % len(form.posts)].post if form.posts else None
    latest = form.until_at_most or now
    until = (latest, now + (latest - now) / 2, latest + timedelta(seconds=1), now)[number % 4]
    values = {
        Detail.TEXT: "说明",
        Detail.PHOTOS: ("photo",),
        Detail.TO: to or chosen,
        Detail.POSTS: (chosen,) if chosen else (),
        Detail.UNTIL: until,
        Detail.INTERNAL: number % 2 == 0,
        Detail.SETTLED: number % 2 == 0,
        Detail.WAY: Way.PHONE,
        Detail.REACHED: number % 3 > 0,
        Detail.GRADE: Grade.FAIR,
        Detail.TICKET: "0000-0000-0000-0",
        Detail.HOUSEHOLD: "nobody",
    }
    return {name: value for name, value in values.items() if value not in (None, ())}


def missing(form: Form, details: Details) -> Refusal | None:
    """What is said of a form that lacks something, or has too much."""
    if lacking := [each for each in form.needs if each not in details.given]:
        return {Detail.TEXT: Refusal.TEXT_MISSING, Detail.TO: Refusal.TO_MISSING}.get(lacking[0], Refusal.INCOMPLETE)
    return Refusal.NOT_TAKEN if details.given - {*form.needs, *form.takes} else None
