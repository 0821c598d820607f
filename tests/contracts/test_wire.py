"""The wire does not change by accident: every message has a schema and a golden sample for its version."""

import json
from pathlib import Path

import pytest

from shared.chain import verify
from shared.contracts import commands, directory, trail  # noqa: F401  each registers its messages
from shared.contracts.base import REGISTRY
from shared.contracts.envelope import CONTENT_TYPE, Undecodable, decode
from shared.contracts.events import TicketEvent
from tests.contracts.examples import KEY, examples
from tests.contracts.growth import breaks, key_paths
from tests.contracts.write_samples import samples_of, shape_of

FOLDER = Path(__file__).parent
NAMES = sorted(REGISTRY)


@pytest.mark.parametrize("name", NAMES)
def test_a_message_only_grows(name):
    """Its shape is as it was first published but for fields that may be missing: anything else is a new version."""
    published = json.loads((FOLDER / "schemas" / f"{name}.json").read_text())

    assert list(breaks(published, shape_of(REGISTRY[name]))) == [], "this needs a new VERSION"


@pytest.mark.parametrize("path", sorted((FOLDER / "samples").glob("*.json")), ids=lambda path: path.stem)
def test_yesterdays_message_is_read(path):
    """Every golden sample decodes, and what it said is said again; of a ticket's event the link is as it was sealed."""
    body = path.read_bytes()
    envelope, message = decode(body)
    data, again = json.loads(body)["data"], json.loads(message.model_dump_json())

    assert path.stem.startswith(envelope.type)
    assert keeps(again, data)
    assert not isinstance(message, TicketEvent) or verify(envelope.type, data, KEY)


def keeps(now, before):
    """Whether nothing was lost or changed; fields may have been added since."""
    if isinstance(before, dict):
        return isinstance(now, dict) and all(name in now and keeps(now[name], value) for name, value in before.items())
    if isinstance(before, list):
        return len(now) == len(before) and all(keeps(*pair) for pair in zip(now, before, strict=True))
    return now == before


@pytest.mark.parametrize("message", examples(), ids=lambda message: message.wire_type())
def test_every_field_is_in_a_sample(message):
    """What has grown is published too: run ``python -m tests.contracts.write_samples``."""
    published = [json.loads(path.read_bytes())["data"] for path in samples_of(message.wire_type())]

    assert key_paths(message.model_dump(mode="json")) <= key_paths(published)


def test_what_was_published_is_known_for_ever():
    """No message is forgotten: it may stand in a ledger or a backup."""
    assert sorted(path.stem for path in (FOLDER / "schemas").glob("*.json")) == NAMES
    assert {decode(path.read_bytes())[0].type for path in (FOLDER / "samples").glob("*.json")} == set(NAMES)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"not json", "not a CloudEvents document"),
        (b"\xff\xfe", "not a CloudEvents document"),
        (b"{}", "specversion|id"),
        (b'{"a":' * 2000, "not a CloudEvents document"),
    ],
)
def test_what_is_no_envelope_is_said(body, says):
    """Whatever stands on a queue, decoding ends in a message or in a reason."""
    with pytest.raises(Undecodable, match=says):
        decode(body)


@pytest.mark.parametrize(
    "changed",
    [{"type": "loumen.ticket.escalated.v99"}, {"type": "loumen.gossip.v1"}, {"data": {}}, {"traceparent": "x"}],
)
def test_future_and_foreign_messages_are_said(changed):
    """An unknown type, a future version, missing data or a bad trace is undecodable, with the reason."""
    sample = json.loads((FOLDER / "samples" / "loumen.ticket.escalated.v1.json").read_text())

    with pytest.raises(Undecodable):
        decode(json.dumps({**sample, **changed}).encode())


def test_the_content_type_is_cloudevents():
    """Structured mode, JSON: what brokers' consoles and other systems expect."""
    assert CONTENT_TYPE == "application/cloudevents+json"
