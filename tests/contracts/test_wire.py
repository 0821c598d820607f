"""The wire does not change by accident: every message has a schema and a golden sample for its version."""

import json
from pathlib import Path

import pytest

from shared.contracts import commands, directory, events  # noqa: F401  each registers its messages
from shared.contracts.base import REGISTRY
from shared.contracts.envelope import CONTENT_TYPE, Undecodable, decode
from tests.contracts.write_samples import shape_of

FOLDER = Path(__file__).parent
NAMES = sorted(REGISTRY)


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_as_published(name):
    """A changed shape without a new version is refused here."""
    published = json.loads((FOLDER / "schemas" / f"{name}.json").read_text())

    assert shape_of(REGISTRY[name]) == published, "a change of shape needs a new VERSION"


@pytest.mark.parametrize("name", NAMES)
def test_yesterdays_message_is_read(name):
    """The golden sample decodes, and says the same again when it is written."""
    body = (FOLDER / "samples" / f"{name}.json").read_bytes()

    envelope, message = decode(body)

    assert envelope.type == name
    assert json.loads(message.model_dump_json()) == json.loads(body)["data"]


def test_nothing_is_published_that_nobody_knows():
    """A message that was dropped takes its files along."""
    for folder in ("schemas", "samples"):
        assert sorted(path.stem for path in (FOLDER / folder).glob("*.json")) == NAMES


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
