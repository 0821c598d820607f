"""Records that know the line they came from. One bad record never hides another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from services.records.directory.problems import Fault, Problem, from_validation, problem
from shared.contracts.base import Frozen

Path = tuple[str, ...]
T = TypeVar("T", bound=Frozen)


@dataclass(frozen=True)
class Draft:
    """What stands in a file, before it is anything: strings in dicts and lists, and the line of each part."""

    file: str
    value: Any
    lines: dict[Path, int]

    def problem(self, path: Path, fault: Fault, **words: object) -> Problem:
        """A problem at the line of ``path``, or of the nearest part around it that is there."""
        known = path
        while known not in self.lines:
            known = known[:-1]
        return problem(self.file, self.lines[known], ".".join(path), fault, **words)

    def part(self, key: str) -> "Draft":
        """The value under a key (of a list: its index), with paths of its own. ``{}`` where it is not there."""
        value = self.value[int(key)] if isinstance(self.value, list) else self.value.get(key, {})
        lines = {path[1:]: line for path, line in self.lines.items() if path[:1] == (key,)}
        return Draft(self.file, value, {(): self.lines[()]} | lines)


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A record and what it was read from."""

    value: T
    draft: Draft

    @property
    def line(self) -> int:
        return self.draft.lines[()]

    def problem(self, column: str, fault: Fault, **words: object) -> Problem:
        """``column`` may be a path: ``ladder.0.share``."""
        return self.draft.problem(tuple(column.split(".")), fault, **words)


@dataclass(frozen=True)
class Table(Generic[T]):
    """The records of one kind. ``codes`` has those of refused records too: what names them is not to blame.

    ``readable``: the file could be taken apart at all, so that a code which is not in ``codes`` is unknown.
    """

    file: str
    entries: tuple[Entry[T], ...] = ()
    codes: frozenset[str] = frozenset()
    readable: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def values(self) -> tuple[T, ...]:
        return tuple(entry.value for entry in self.entries)

    @property
    def whole(self) -> bool:
        """Nothing in the file was refused."""
        return self.readable and not self.problems

    def lacks(self, code: str) -> bool:
        """Whether the code is surely unknown."""
        return self.readable and code not in self.codes


def make_table(model: type[T], file: str, drafts: Iterable[Draft], problems: Sequence[Problem]) -> Table[T]:
    """Records of ``model`` from drafts; ``problems`` are those of the file so far."""
    entries: list[Entry[T]] = []
    codes = set()
    found = list(problems)
    for draft in drafts:
        if isinstance(draft.value, dict) and isinstance(draft.value.get("code"), str):
            codes.add(draft.value["code"])
        try:
            entries.append(Entry(model.model_validate(draft.value), draft))
        except ValidationError as error:
            found += refused(error, draft)
    return Table(file, tuple(entries), frozenset(codes), True, tuple(found))


def refused(error: ValidationError, draft: Draft) -> list[Problem]:
    """What pydantic found, one problem a field."""
    found: dict[Path, Problem] = {}
    for each in error.errors(include_url=False):
        path = tuple(str(step) for step in each["loc"] if step != "[key]")
        fault, words = from_validation(cast(dict[str, Any], each))
        found.setdefault(path, draft.problem(path, fault, **words))
    return list(found.values())


def list_in(document: Draft, section: str) -> tuple[list[Draft], list[Problem]]:
    """The items of a section that is a list."""
    part = document.part(section)
    if not isinstance(part.value, list):
        wrong = document.problem((section,), Fault.VALUE, value="…", wanted_zh="列表", wanted="a list")
        return [], [wrong] if section in document.value else []
    return [part.part(str(at)) for at in range(len(part.value))], []
