"""``loumen directory``: places, people, posts, policy."""

from collections import Counter
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from services.cli.terminal import ask, by_hand, directory, fail, say
from services.records.directory import OPTIONAL_FILES, REQUIRED_FILES, DirectoryProblems, decode

LOAD_SECONDS = 60.0
CHANGES_SHOWN = 50
KNOWN_FILES = (*REQUIRED_FILES, *OPTIONAL_FILES)

app = typer.Typer(no_args_is_help=True, help="The directory: places, people, posts, policy 目录")


@app.command("load")
def load_directory(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Check a folder's files, and put them in force all or nothing 加载目录"""
    names = (path for path in folder.iterdir() if path.suffix in (".csv", ".yaml"))
    try:
        files = decode({path.name: path.read_bytes() for path in sorted(names) if path.name in KNOWN_FILES})
    except DirectoryProblems as error:
        _refuse([str(problem) for problem in error.problems])
    answer = ask("records", "load_directory", LOAD_SECONDS, files=files, **by_hand())
    if problems := answer.get("problems"):
        _refuse(problems)
    for line in _readable(answer["changes"]):
        typer.echo(line)
    for line in answer["warnings"]:
        typer.echo(line, err=True)
    version, count = answer["version"], len(answer["changes"])
    say(f"目录第 {version} 版，变更 {count} 处", f"directory version {version}, changes: {count}")


def _readable(changes: list[str]) -> list[str]:
    """Each change on a line; of more than anybody reads, how many there are of each sort."""
    if len(changes) <= CHANGES_SHOWN:
        return changes
    sorts = Counter(change.partition(":")[0] for change in changes)
    return [f"{sort}: {count}" for sort, count in sorts.items()]


def _refuse(problems: list[str]) -> NoReturn:
    for problem in problems:
        typer.echo(problem)
    fail(f"{len(problems)} 处有误，未加载", f"problems: {len(problems)}, nothing loaded")


@app.command("show")
def show_directory() -> None:
    """What is in force 当前目录"""
    now = directory()
    if now is None:
        fail("尚未加载目录", "no directory was ever loaded")
    say(f"第 {now.version} 版，规则 {now.policy.name}", f"version {now.version}, policy {now.policy.name}")
    for part in ("levels", "places", "roles", "people", "posts", "categories", "calendars"):
        typer.echo(f"{part:<12}{len(getattr(now, part)):>6}")
