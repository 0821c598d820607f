"""The sentences and the messages that suggestions are measured on."""

import csv
import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def sentences(name: str) -> list[tuple[str, str]]:
    """Label and text of one of the files beside this one."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return [(label, text) for label, text in list(csv.reader(file))[1:]]


def real_messages(name: str) -> list[dict[str, str]]:
    """From the folder that ``LOUMEN_DATA`` names; skips the test without it."""
    folder = os.environ.get("LOUMEN_DATA")
    if not folder:
        pytest.skip(f"LOUMEN_DATA names no folder with {name}")
    with (Path(folder) / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
