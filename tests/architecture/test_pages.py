"""What a page tells a person to type is there: the words of the command line, its options, and the targets of make."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from services.cli import app
from tests.architecture.test_rooms import PAGES, ROOT, named

LOUMEN = re.compile(r"(?:^|[ (])loumen ([a-z][^|>]*?)(?:\)\"$|$|[|>])")
MAKE = re.compile(r"^make ([a-z-]+)", re.MULTILINE)


def typed(path: Path) -> list[str]:
    """The lines of its shell blocks, without what they say of themselves."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", path.read_text(), re.DOTALL)
    return [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]


COMMANDS = [(path, found) for path in PAGES for line in typed(path) for found in LOUMEN.findall(line)]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[f"{named(path)}: {command}" for path, command in COMMANDS])
def test_a_command_of_a_page_is_there(path: Path, command: str) -> None:
    """Each word that leads to it, and each of its options."""
    here: Any = get_command(app)
    words = shlex.split(command)
    while commands := getattr(here, "commands", None):
        assert words and words[0] in commands, f"{path.name}: {command}"
        here = commands[words.pop(0)]
    known = {name for each in here.params for name in (*each.opts, *each.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known


def test_a_target_of_a_page_is_there() -> None:
    """Of what a page calls with make; and somewhere something is called at all."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = {name for path in PAGES for line in typed(path) for name in MAKE.findall(line)}
    assert {"run", "test"} <= called <= targets
