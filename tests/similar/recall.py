"""``python -m tests.similar.recall``: how often somebody about to repeat a message is offered the one that is there.

All other messages of the file are open tickets of one place: nothing but the words tells them apart.
"""

import csv
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.records.likeness import likenesses, pairs
from services.records.similar import LEAST

OFFERED = 3
Groups = list[list[str]]


def messages(folder: str) -> dict[str, str]:
    """Subject and text of each message, by id."""
    csv.field_size_limit(10_000_000)
    with (Path(folder) / "citizen_messages.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: f"{row['subject']}\n{row['detail']}" for row in csv.DictReader(file)}


def judged() -> tuple[Groups, Groups]:
    """The groups to tune on, and those to report on."""
    groups: dict[str, list[str]] = defaultdict(list)
    with Path(__file__).with_name("repeats.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            groups[row["group"]].append(row["id"])
    halves: tuple[Groups, Groups] = [], []
    for group in groups.values():
        halves[hashlib.sha256(min(group, key=int).encode()).digest()[0] % 2].append(group)
    return halves


def offers(texts: dict[str, str], asked: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """What each of the messages asked about would be offered."""
    ids, found = list(texts), [pairs(text) for text in texts.values()]
    for one in asked:
        alike = likenesses(pairs(texts[one]), found)
        ranked = sorted((-each, id) for each, id in zip(alike, ids, strict=True) if id != one and each >= LEAST)
        yield tuple(id for _, id in ranked[:OFFERED])


def helped(texts: dict[str, str], groups: Groups) -> tuple[float, float, float]:
    """The part of writers who are offered a repeat; the part of repeats offered, of as many as can be; the first again,
    each matter counting the same.
    """
    wanted = {id: set(group) for group in groups for id in group}
    right = {id: len(wanted[id] & set(shown)) for id, shown in zip(wanted, offers(texts, list(wanted)), strict=True)}
    some = {id: count > 0 for id, count in right.items()}
    most = sum(min(OFFERED, len(group) - 1) for group in wanted.values())
    by_matter = [sum(some[id] for id in group) / len(group) for group in groups]
    return sum(some.values()) / len(some), sum(right.values()) / most, sum(by_matter) / len(by_matter)


if __name__ == "__main__":
    for name, half in zip(("tuned on", "reported"), judged(), strict=True):
        print(name, *(f"{part:.1%}" for part in helped(messages(os.environ["LOUMEN_DATA"]), half)))
