"""``python -m tests.bench [PART…]``: measure, print the table, keep the figures. ``make bench`` measures all parts."""

import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.interrupt import interruptible
from tests.bench import figures
from tests.bench.figures import Figure
from tests.bench.making import Bench
from tests.bench.parts.actions import actions
from tests.bench.parts.chain import chain
from tests.bench.parts.escalations import escalations
from tests.bench.parts.lists import lists
from tests.bench.parts.memory import memory
from tests.bench.parts.similar import similar
from tests.bench.parts.submissions import submissions
from tests.bench.parts.telling import telling
from tests.bench.servers import servers_running

PARTS: dict[str, Callable[[Bench], list[Figure]]] = {
    each.__name__: each for each in (submissions, chain, telling, actions, escalations, lists, similar, memory)
}
KEPT = Path(".bench")


def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"any of: {', '.join(PARTS)}; none: all")] = None,
    json: Annotated[Path, typer.Option(help="where the figures are kept")] = KEPT / "figures.json",
    profile: Annotated[bool, typer.Option(help="sample the services with py-spy, into .bench/profiles")] = False,
    write_doc: Annotated[bool, typer.Option(help="put the figures kept into docs/performance.md")] = False,
) -> None:
    """Measure the parts; those of an earlier run that are not measured again stay in the table."""
    known, machine = figures.read(json)
    if write_doc:
        figures.write_doc(known, machine)
        return
    for name in parts or ():
        if name not in PARTS:
            raise typer.BadParameter(f"no such part: {name}")
    raise typer.Exit(interruptible(partial(_measure, parts or list(PARTS), known if parts else [], json, profile)))


def _measure(parts: Sequence[str], known: list[Figure], kept: Path, profile: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="loumen-bench-") as folder, servers_running(Path(folder)) as servers:
        for name in parts:
            began = time.monotonic()
            measured = PARTS[name](Bench(servers, Path(folder), _profiles(name) if profile else None, known))
            known = _together(known, name, measured)
            figures.write(kept, known)
            print(f"{figures.as_text(measured)}\n{name}: {time.monotonic() - began:.0f} s\n", flush=True)
    print(figures.as_text(known))


def _together(known: Sequence[Figure], name: str, measured: Sequence[Figure]) -> list[Figure]:
    """In the order of the parts."""
    parts = list(PARTS)
    others = [each for each in known if each.part != name]
    return sorted([*others, *measured], key=lambda each: parts.index(each.part))


def _profiles(part: str) -> Path:
    folder = KEPT.absolute() / "profiles" / part
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(main)
    app()
