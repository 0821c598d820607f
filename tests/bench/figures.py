"""Figures, each beside what a bare program did in the same run; as a table and as JSON."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DOC = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: python -m tests.bench --write-doc -->", "<!-- end of figures -->"


@dataclass(frozen=True)
class Figure:
    """``floor``: the same of the bare program; ``aim``: what we want, as people say it."""

    part: str
    name: str
    value: float
    unit: str
    floor: float | None = None
    aim: str = ""

    @property
    def share(self) -> str:
        """Of a rate the part of the bare program's; of a time how many times as long."""
        if not self.floor:
            return ""
        if self.unit.endswith("/s"):
            return f"{self.value / self.floor:.0%}"
        return f"{self.value / self.floor:.1f} x"


def percentile(values: Iterable[float], percent: int) -> float:
    """Of at least two values; the percentile is one of 1 to 99."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def rows(figures: Sequence[Figure]) -> list[tuple[str, ...]]:
    head = ("", "", "figure", "unit", "bare", "share", "aim")
    shown = [head]
    for figure in figures:
        floor = number(figure.floor) if figure.floor else ""
        shown.append((figure.part, figure.name, number(figure.value), figure.unit, floor, figure.share, figure.aim))
    return shown


def as_text(figures: Sequence[Figure]) -> str:
    shown = rows(figures)
    widths = [max(len(row[at]) for row in shown) for at in range(len(shown[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in shown)


def as_markdown(figures: Sequence[Figure], machine: str) -> str:
    head, *body = rows(figures)
    lines = [head, ("---",) * len(head), *body]
    return "\n".join([machine, "", *("| " + " | ".join(line) + " |" for line in lines)])


def machine() -> str:
    """What it was measured on, in one line."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"{when}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def write(path: Path, figures: Sequence[Figure]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"machine": machine(), "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1))


def read(path: Path) -> tuple[list[Figure], str]:
    """The figures of the last run, none where there was none, and the machine."""
    if not path.exists():
        return [], ""
    kept: dict[str, Any] = json.loads(path.read_text())
    return [Figure(**each) for each in kept["figures"]], kept["machine"]


def write_doc(figures: Sequence[Figure], machine: str) -> None:
    """Put the table between the markers of ``docs/performance.md``."""
    before, _, rest = DOC.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    DOC.write_text(f"{before}{BEGIN}\n\n{as_markdown(figures, machine)}\n\n{END}{after}")
