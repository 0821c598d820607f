"""What passes for growth, and what is another message."""

from typing import Any

import pytest

from shared.contracts.base import Frozen
from shared.contracts.vocabulary import Word
from tests.contracts.growth import breaks, key_paths


class Mood(Word):
    GOOD = "good", "好", "good"


class MoreMoods(Word):
    GOOD = "good", "好", "good"
    BAD = "bad", "坏", "bad"


class Inner(Frozen):
    name: str


class Before(Frozen):
    mood: Mood
    count: int
    inner: Inner | None = None


def shape(**changes: Any) -> Any:
    """``Before`` with fields as they are now: a pair of type and default, or None for one that is gone."""
    fields = {"mood": (Mood, ...), "count": (int, ...), "inner": (Inner | None, None)} | changes
    annotations = {name: field[0] for name, field in fields.items() if field}
    defaults = {name: field[1] for name, field in fields.items() if field and field[1] is not ...}
    namespace = {"__annotations__": annotations, "__module__": __name__, **defaults}
    return type("Before", (Frozen,), namespace).model_json_schema(mode="serialization")


@pytest.mark.parametrize(
    "changes",
    [{}, {"remark": (str | None, None)}, {"tags": (tuple[str, ...], ())}],
    ids=["nothing", "a field that may be missing", "a list that may be missing"],
)
def test_what_old_messages_survive_is_growth(changes):
    """A new field with a default keeps the version."""
    assert list(breaks(Before.model_json_schema(mode="serialization"), shape(**changes))) == []


def test_a_word_more_is_growth_and_a_word_less_is_not():
    """Old messages hold none of the new words, and may hold any of the old."""
    few, many = ({"enum": [word.value for word in words]} for words in (Mood, MoreMoods))

    assert list(breaks(few, many)) == []
    assert list(breaks(many, few)) == ["/enum: bad is gone"]


@pytest.mark.parametrize(
    "changes",
    [
        {"remark": (str, ...)},
        {"count": None},
        {"count": None, "number": (int, ...)},
        {"count": (str, ...)},
        {"count": (int, 0)},
        {"inner": (Inner, ...)},
        {"inner": (str | None, None)},
    ],
    ids=[
        "a field more that must be there",
        "gone",
        "renamed",
        "another type",
        "optional",
        "required",
        "another inside",
    ],
)
def test_what_old_messages_do_not_survive_needs_a_new_version(changes):
    """Whatever else changes is said."""
    assert list(breaks(Before.model_json_schema(mode="serialization"), shape(**changes)))


def test_fields_are_known_by_their_paths():
    """At any depth, also inside lists."""
    assert key_paths({"a": [{"b": 1}, {"c": {"d": None}}]}) == {".a", ".a.b", ".a.c", ".a.c.d"}
