"""Messages that nobody meant to send: golden samples with something wrong with them, drawn by lot.

They name the demo's places and posts, so that what passes for a message goes as far as a true one does.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from shared.bus.received import ATTEMPTS, QUEUE, REASON
from shared.bus.topology import (
    NOTIFY_EVENTS,
    RECORDS_EVENTS,
    RECORDS_PARKING,
    RECORDS_REPORTERS,
    RECORDS_TRAIL,
    RETRY_DELAYS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
from shared.contracts.base import Message
from shared.contracts.directory import DirectoryChanged
from shared.contracts.envelope import CONTENT_TYPE, Envelope, Unacceptable, decode
from shared.ids import ticket_code
from shared.snapshot import town_of
from tests.contracts.examples import OTHER, TICKET
from tests.fuzz.damage import damaged
from tests.fuzz.junk import HEADERS, JUNK, WORDS, nested

Json = Any

SAMPLES_FOLDER = Path(__file__).parents[1] / "contracts" / "samples"
SAMPLES = [json.loads(path.read_text()) for path in sorted(SAMPLES_FOLDER.glob("*.json"))]
TYPES = [sample["type"] for sample in SAMPLES]
BELONG = {
    ROUTING_COMMANDS: ("loumen.command.submit",),
    ROUTING_EVENTS: ("loumen.post", "loumen.directory"),
    NOTIFY_EVENTS: ("loumen.ticket", "loumen.directory"),
    RECORDS_EVENTS: ("loumen.ticket", "loumen.notification", "loumen.post", "loumen.directory"),
    RECORDS_REPORTERS: ("loumen.command.record_reporter",),
    RECORDS_TRAIL: ("loumen.command.record_deed",),
    RECORDS_PARKING: ("loumen",),
}
"""Which types have business on a queue, by how they begin."""

AT_HOME = {
    "S": "qingyuan",
    "C": "liyuan",
    "K": "liyuan-1",
    "B": "liyuan-1-01",
    "U": "liyuan-1-01-2",
    "D-U": "LY1-01-2",
    "K:property_manager": "liyuan-1:property_manager",
    "U:unit_head": "liyuan-1-01-2:unit_head",
    "C:grid_worker": "liyuan:grid_worker",
    "C:community_officer": "liyuan:community_officer",
    "S:subdistrict_officer": "qingyuan:subdistrict_officer",
}
"""What the samples' small town calls it, and the demo."""


@dataclass(frozen=True)
class Thrown:
    """A message and where it goes. ``properties`` as pika names them."""

    queue: str
    body: bytes
    properties: dict[str, Any] = field(default_factory=dict)
    exchange: str = ""


def mutants(random: Random, queue: str) -> Iterator[Thrown]:
    """Endlessly, for one queue; now and then the same again, and one that comes round by a retry queue."""
    fitting = [sample for sample in SAMPLES if sample["type"].startswith(BELONG[queue])]
    while True:
        sample = random.choice(fitting if random.random() < 0.8 else SAMPLES)
        body = _body(random, sample)
        if _is_in_force(body):
            continue
        thrown = Thrown(queue, body, _properties(random, body))
        for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
            yield thrown


def _body(random: Random, sample: Json) -> bytes:
    document = _fresh(random, sample)
    for _ in range(random.choice((0, 0, 1, 1, 1, 1, 2, 3))):
        document = random.choice(CHANGES)(random, document)
    body = json.dumps(document, ensure_ascii=True).encode()
    return damaged(random, body) if random.random() < 0.2 else body


def _fresh(random: Random, sample: Json) -> Json:
    """Another ticket's, another message's, in the demo's town."""
    ticket, other = (UUID(int=random.getrandbits(128), version=4) for _ in range(2))
    names = {**AT_HOME, str(TICKET): str(ticket), str(OTHER): str(other), ticket_code(TICKET): ticket_code(ticket)}
    return {**_renamed(sample, names), "id": str(UUID(int=random.getrandbits(128), version=4))}


def _renamed(value: Json, names: dict[str, str]) -> Json:
    if isinstance(value, dict):
        return {key: _renamed(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def _places(value: Json) -> Iterator[tuple[Any, Any]]:
    """Every container with every key of it."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(each, dict | list):
            yield from _places(each)


def _at(random: Random, document: Json) -> tuple[Json, Any, Any]:
    """A copy of the document, and a place in it; the outer ones are as likely as all that is deep inside."""
    copy = deepcopy(document)
    places = list(_places(copy))
    near = [(parent, key) for parent, key in places if parent is copy or parent is copy.get("data")]
    if not places:
        copy["x"] = None
        return copy, copy, "x"
    return copy, *random.choice(near if near and random.random() < 0.5 else places)


def _junk(random: Random, document: Json) -> Json:
    copy, parent, key = _at(random, document)
    parent[key] = random.choice(JUNK)
    return copy


def _without(random: Random, document: Json) -> Json:
    copy, parent, key = _at(random, document)
    del parent[key]
    return copy


def _more(random: Random, document: Json) -> Json:
    copy, parent, key = _at(random, document)
    if isinstance(parent, dict):
        parent[f"{key}_"] = random.choice(JUNK)
    else:
        parent += parent * random.choice((1, 50))
    return copy


def _swapped(random: Random, document: Json) -> Json:
    """A value where another belongs: a wrong id, a wrong post, a place that is its own parent."""
    copy, parent, key = _at(random, document)
    other, at = random.choice(list(_places(copy)))
    parent[key] = deepcopy(other[at])
    return copy


def _of_another_type(random: Random, document: Json) -> Json:
    name = str(document.get("type", "")).rpartition(".")[0]
    others = (
        *TYPES,
        f"{name}.v0",
        f"{name}.v2",
        f"{name}.v01",
        f"{name}.V1",
        name,
        "loumen.gossip.v1",
        "com.example.v1",
    )
    return {**document, "type": random.choice(others)}


def _older_or_newer(random: Random, document: Json) -> Json:
    """Out of order: a version that nobody waits for."""
    copy = deepcopy(document)
    data = copy.get("data")
    for part in data.values() if isinstance(data, dict) else ():
        if isinstance(part, dict) and "version" in part:
            part["version"] = random.choice((-(2**31), -1, 0, 1, 2, 3, 1000, 2**31 - 1, 2**31, 2**63))
    return copy


def _deep(random: Random, document: Json) -> Json:
    copy, parent, key = _at(random, document)
    for _ in range(random.choice((10, 30, 120))):
        parent[key] = random.choice(([parent[key]], {"text": parent[key]}))
    return copy


CHANGES: tuple[Callable[[Random, Json], Json], ...] = (
    *(_junk, _junk, _junk, _without, _more, _swapped, _swapped, _of_another_type, _older_or_newer, _deep),
)


def _properties(random: Random, body: bytes) -> dict[str, Any]:
    """The next failure is the last one: to wait for all the delays takes minutes. What nobody can read is parked at
    once, whatever is said of its tries."""
    told: dict[str, Any] = {"content_type": CONTENT_TYPE, "delivery_mode": 2, "message_id": str(random.getrandbits(32))}
    headers: dict[str, Any] = {}
    for _ in range(random.choice((0, 0, 1, 2))):
        names = ("content_type", "content_encoding", "message_id", "reply_to", "correlation_id", "type", "app_id")
        told[random.choice(names)] = random.choice(WORDS)
    for _ in range(random.choice((0, 0, 1, 2))):
        headers[random.choice((QUEUE, REASON, "x-death", "traceparent", "x-delivery-count", "☃"))] = random.choice(
            HEADERS
        )
    if random.random() < 0.02:
        headers["nested"] = nested(random.choice((20, 100, 300)))
    if read(body) is None and random.random() < 0.2:
        headers[ATTEMPTS] = random.choice(HEADERS)
    else:
        headers[ATTEMPTS] = random.choice((len(RETRY_DELAYS), len(RETRY_DELAYS), 4, 2**40))
    return {**told, "headers": headers}


def read(body: bytes) -> tuple[Envelope, Message] | None:
    try:
        return decode(body)
    except Unacceptable:
        return None


def _is_in_force(body: bytes) -> bool:
    """Whether it is a newer directory that holds together: nobody could tell it from a true one, and all would go by
    it from now on."""
    match read(body):
        case _, DirectoryChanged(directory=directory) if directory.version > 1:
            with suppress(Unacceptable):
                town_of(directory)
                return True
    return False
