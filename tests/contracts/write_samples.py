"""``python -m tests.contracts.write_samples``: publishes each new message, by its schema and a sample, and what one has
grown by, in a further sample (``….2.json``).

What is there is never overwritten: it stands in queues, ledgers and backups, and must be read for ever.
"""

import json
from pathlib import Path
from typing import Any

from shared.contracts.base import Message
from shared.contracts.envelope import encode
from tests.contracts.examples import MOMENT, OTHER, TICKET, examples
from tests.contracts.growth import key_paths

FOLDER = Path(__file__).parent
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def main() -> None:
    for message in examples():
        name = message.wire_type()
        body = encode(message, id=OTHER, source="test", time=MOMENT, subject=str(TICKET), traceparent=TRACEPARENT)
        schema, there = FOLDER / "schemas" / f"{name}.json", samples_of(name)
        if not schema.exists():
            _write(schema, shape_of(type(message)))
        if key_paths(json.loads(body)) - key_paths([json.loads(path.read_bytes()) for path in there]):
            number = f".{len(there) + 1}" if there else ""
            _write(FOLDER / "samples" / f"{name}{number}.json", json.loads(body))


def samples_of(name: str) -> list[Path]:
    """All that were ever published of a message."""
    return sorted((FOLDER / "samples").glob(f"{name}.*json"))


def shape_of(message: type[Message]) -> Any:
    """The JSON schema without its words: a better docstring is no new version."""
    return _without_words(message.model_json_schema(mode="serialization"))


def _without_words(schema: Any) -> Any:
    if isinstance(schema, dict):
        words = isinstance(schema.get("description"), str)
        return {key: _without_words(value) for key, value in schema.items() if not (words and key == "description")}
    return [_without_words(each) for each in schema] if isinstance(schema, list) else schema


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
