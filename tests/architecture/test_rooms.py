"""Rooms stay small, tests say what must hold, and the project speaks of itself alone."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
]
CODE = [path for path in TRACKED if path.suffix == ".py" and path.exists()]
SOURCES = [path for path in CODE if path.relative_to(ROOT).parts[0] in ("services", "shared", "deploy")]
PAGES = [path for path in TRACKED if path.suffix == ".md" and path.exists()]
TESTS = [path for path in CODE if path.name.startswith("test_")]
FILE_LINES, FUNCTION_LINES = 300, 50


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_file_is_one_room(path):
    """A file that grows past 300 lines holds two things; a function past 50 does."""
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert len(text.splitlines()) <= FILE_LINES
    assert [f.name for f in functions if f.end_lineno and f.end_lineno - f.lineno >= FUNCTION_LINES] == []


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_says_what_it_is_for(path):
    """Every module that has code begins with a sentence on its purpose."""
    tree = ast.parse(path.read_text())

    assert not tree.body or ast.get_docstring(tree) or "versions" in path.parts


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_a_test_says_what_must_hold(path):
    """Every test has a sentence."""
    tests = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]

    assert [test.name for test in tests if not ast.get_docstring(test)] == []


def test_the_layout_is_as_the_readme_says():
    """What a newcomer looks for is where it is said to be."""
    for name in ("services/intake", "services/routing", "services/notify", "services/records", "shared", "deploy"):
        assert (ROOT / name).is_dir(), name


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_link_leads_somewhere(path):
    """In every page that people read."""
    links = re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_rules_have_a_map():
    """Whoever looks for a rule of the ladder is told in which file it is: each is on the map, and no other."""
    domain = ROOT / "services/routing/domain"
    told = re.findall(r"``(\w+\.py)``", (domain / "__init__.py").read_text())
    assert sorted(told) == sorted(path.name for path in domain.glob("*.py") if path.name != "__init__.py")
