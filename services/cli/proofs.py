"""How a proof ends: each breach in a line, and whether there was any."""

from collections.abc import Sequence

import typer

from services.audit.rules import Breach
from services.cli.terminal import english, say


def conclude(breaches: Sequence[Breach], zh: str, en: str) -> None:
    """The breaches, then what was looked at (``zh``, ``en``). Ends the command with 1 where there is a breach."""
    for breach in breaches:
        typer.echo(breach.line(english=english.get()))
    count = len(breaches)
    say(
        f"{zh}：" + (f"{count} 处不符" if count else "全部相符"),
        f"{en}: " + (f"{count} breaches" if count else "clean"),
    )
    if count:
        raise typer.Exit(1)
