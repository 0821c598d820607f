"""What may change in a message without a new ``VERSION``: fields are added that may be missing, words to enumerations.

Then all that was ever written can still be read. (What this release writes an earlier one may not read, and parks.)
"""

from collections.abc import Iterator
from typing import Any


def breaks(published: Any, current: Any, at: str = "") -> Iterator[str]:
    """Where the shape (JSON schema) of a message is no mere growth of what was published."""
    if not (isinstance(published, dict) and isinstance(current, dict)):
        if isinstance(published, list) and isinstance(current, list) and len(published) == len(current):
            for number, (before, now) in enumerate(zip(published, current, strict=True)):
                yield from breaks(before, now, f"{at}/{number}")
        elif published != current:
            yield f"{at}: {published!r} is now {current!r}"
        return
    for name in published.keys() - current.keys():
        yield f"{at}/{name} is gone"
    for name in current.keys() - published.keys():
        yield f"{at}/{name} is new"
    for name in published.keys() & current.keys():
        yield from _part(name, published[name], current[name], f"{at}/{name}")


def _part(name: str, published: Any, current: Any, at: str) -> Iterator[str]:
    if name in ("properties", "$defs") and isinstance(published, dict):
        for each in published:
            yield from (
                breaks(published[each], current[each], f"{at}/{each}") if each in current else [f"{at}/{each} is gone"]
            )
    elif name == "required":
        yield from (f"{at}: {each} must be there" for each in set(current) - set(published))
        yield from (f"{at}: {each} may be missing" for each in set(published) - set(current))
    elif name == "enum":
        yield from (f"{at}: {each} is gone" for each in set(published) - set(current))
    else:
        yield from breaks(published, current, at)


def key_paths(value: Any, at: str = "") -> set[str]:
    """Every field that JSON data has, by its path."""
    if isinstance(value, dict):
        return {f"{at}.{name}" for name in value}.union(
            *(key_paths(each, f"{at}.{name}") for name, each in value.items())
        )
    if isinstance(value, list):
        return set[str]().union(*(key_paths(each, at) for each in value))
    return set()
