"""CSV and YAML texts to drafts, with all that is wrong with their form."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from typing import Any

import yaml

from services.records.directory.drafts import Draft, Path
from services.records.directory.problems import Fault, Problem, problem

BYTE_ORDER_MARK = "\ufeff"
"""What spreadsheet programs put before UTF-8."""


def read_csv(file: str, text: str, columns: Sequence[str]) -> tuple[list[Draft] | None, list[Problem]]:
    """The rows as dicts without their blank cells; None where the header is not as wanted."""
    reader = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), strict=True)
    drafts: list[Draft] = []
    problems: list[Problem] = []
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        wrong = _check_header(file, header, columns)
        if wrong:
            return None, wrong
        line = reader.line_num + 1
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                problems += _check_row(file, line, header, cells)
                values = {name: cell for name, cell in zip(header, cells, strict=False) if cell}
                drafts.append(Draft(file, values, {(): line}))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(problem(file, line, "", Fault.SYNTAX, detail=error))
        return None, problems
    return drafts, problems


def _check_header(file: str, header: list[str], columns: Sequence[str]) -> list[Problem]:
    wanted = ", ".join(columns)
    twice = {name for name in header if header.count(name) > 1}
    return [
        *(problem(file, 1, name, Fault.COLUMN_MISSING) for name in columns if name not in header),
        *(problem(file, 1, name, Fault.COLUMN_UNKNOWN, wanted=wanted) for name in header if name not in columns),
        *(problem(file, 1, name, Fault.COLUMN_TWICE) for name in sorted(twice)),
    ]


def _check_row(file: str, line: int, header: list[str], cells: list[str]) -> list[Problem]:
    found = [
        problem(file, line, name, Fault.CONTROL)
        for name, cell in zip(header, cells, strict=False)
        if _has_control(cell)
    ]
    if len(cells) != len(header):
        found.append(problem(file, line, "", Fault.CELLS, wanted=len(header), found=len(cells)))
    return found


def _has_control(text: str) -> bool:
    """Line breaks and their like, which have no place in a name, and halves of characters."""
    return any(unicodedata.category(symbol) in {"Cc", "Cs", "Zl", "Zp"} for symbol in text)


class _Loader(yaml.BaseLoader):
    """All scalars stay strings (a code 0101 is no number, 09:00 no 540); no aliases, so that no text explodes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not used here", mark)
        return super().compose_node(parent, index)


def read_yaml(
    file: str, text: str, sections: Sequence[str], more: Sequence[str] = ()
) -> tuple[Draft | None, list[Problem]]:
    """The document, which is a mapping with these sections and perhaps ``more``; None where it is not."""
    try:
        node = yaml.compose(text.removeprefix(BYTE_ORDER_MARK), Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        detail = getattr(error, "problem", None) or type(error).__name__
        return None, [problem(file, mark.line + 1 if mark else 1, "", Fault.SYNTAX, detail=detail)]
    lines: dict[Path, int] = {(): 1}
    problems: list[Problem] = []
    value = _value(file, node, (), lines, problems) if node else {}
    draft = Draft(file, value, lines)
    if not isinstance(value, dict):
        return None, [draft.problem((), Fault.VALUE, value="…", wanted_zh="映射", wanted="a mapping")]
    problems += [draft.problem((name,), Fault.REQUIRED) for name in sections if name not in value]
    problems += [draft.problem((name,), Fault.KEY_UNKNOWN) for name in value if name not in (*sections, *more)]
    return draft, problems


def _value(file: str, node: yaml.Node, path: Path, lines: dict[Path, int], problems: list[Problem]) -> Any:
    """The plain value of a node without its empty entries; notes each part's line and what is wrong with it."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(file, each, (*path, str(at)), lines, problems) for at, each in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        if _has_control(node.value.strip()):
            problems.append(problem(file, lines[path], ".".join(path), Fault.CONTROL))
        return node.value.strip()
    mapping: dict[str, Any] = {}
    for key, child in node.value:
        name = str(key.value)
        inner = (*path, name)
        line = key.start_mark.line + 1
        if name in mapping:
            problems.append(problem(file, line, ".".join(inner), Fault.DUPLICATE, value=name, first=lines[inner]))
        value = _value(file, child, inner, lines, problems)
        lines[inner] = line
        if value != "":
            mapping[name] = value
    return mapping
