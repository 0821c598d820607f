"""Residents' real words, from the file in the folder that ``LOUMEN_DATA`` names, at doors all over the demo."""

import csv
import os
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from deploy.local.demo.residents import read_doors
from deploy.local.system import DEMO_DIRECTORY
from shared.contracts.commands import TEXT_LIMIT
from tests.journeys.steps import MONDAY, ask, happened, move_to
from tests.system import Filed, System, eventually, steps

COUNT = 200
CATEGORIES = ("lighting", "lift", "clutter", "parking", "leak", "noise", "lift_retrofit", "elderly", "other")
RUNGS = ["unit", "community", "subdistrict"]
MOST_DAYS = 12
SECONDS = 120
"""For two hundred tickets on a machine with other work."""


@pytest.fixture(scope="module")
def words() -> list[str]:
    """Every message of the file."""
    folder = os.environ.get("LOUMEN_DATA")
    if not folder:
        pytest.skip("LOUMEN_DATA names no folder with citizen_messages.csv")
    csv.field_size_limit(10_000_000)
    with (Path(folder) / "citizen_messages.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row["detail"] for row in csv.DictReader(file)]


def test_unattended_messages_climb(system: System, words: list[str]) -> None:
    """Each of two hundred reaches an owner who is told, and climbs rung by rung with its reasons until overdue."""
    move_to(system, MONDAY, 10)
    filed = post(system, random.Random(7).sample([text for text in words if len(text) <= TEXT_LIMIT], COUNT))

    for _ in range(MOST_DAYS):
        eventually(lambda: all(map(owner_told, tickets(system, filed))) and nothing_due(system), SECONDS)
        if all(each["overdue"] for each in tickets(system, filed)):
            break
        system.forward(days=1)

    for ticket in tickets(system, filed):
        climbed = steps(ticket)
        assert (ticket["level"], ticket["overdue"], ticket["status"]) == ("subdistrict", True, "assigned")
        assert [climbed[0][0], *(above for _, above, _ in climbed)] == RUNGS[-len(climbed) - 1 :]
        assert all(reason in ("accept_overdue", "post_vacant") for _, _, reason in climbed)
        assert all(below[1] == above[0] for below, above in pairwise(climbed))
        assert happened(ticket)[:1] == ["submitted"]


def test_only_the_too_long_are_refused(system: System, words: list[str]) -> None:
    """Every message of the file is taken as it is, but those over the limit."""
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(lambda text: system.submit("ZY1-02-1", text).status_code, words))

    refused = [len(text) for text, status in zip(words, answers, strict=True) if status != 201]
    assert refused == [len(text) for text in words if len(text) > TEXT_LIMIT]
    assert {status for status in answers if status != 201} <= {422}


def post(system: System, texts: list[str]) -> list[Filed]:
    """At doors all over the demo, in all kinds of categories, several at a time."""
    chance = random.Random(4)
    doors = read_doors(DEMO_DIRECTORY)
    asked = [(chance.choice(doors), text, chance.choice(CATEGORIES)) for text in texts]
    with ThreadPoolExecutor(4) as people:
        return list(people.map(lambda each: system.file(each[0], each[1], category=each[2]), asked))


def tickets(system: System, filed: list[Filed]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(4) as people:
        return list(people.map(system.ticket, filed))


def nothing_due(system: System) -> bool:
    return ask(system, "routing", "backlog")["oldest_due_seconds"] is None


def owner_told(ticket: dict[str, Any]) -> bool:
    """Whether the owner was told since the ticket is theirs."""
    if ticket["owner"] is None:
        return False
    given = [number for number, each in enumerate(ticket["timeline"]) if each["type"] in ("assigned", "escalated")]
    since = ticket["timeline"][given[-1] :]
    return any(each["type"] == "notified" and each["to_role"] == ticket["owner"]["role"] for each in since)
