"""``python -m tests.contracts.write_samples``: writes schema and sample of each message that has none yet.

What is there is never overwritten: a changed shape is a new ``VERSION`` with files of its own.
"""

import json
from pathlib import Path
from typing import Any

from shared.contracts.base import Message
from shared.contracts.envelope import encode
from tests.contracts.examples import MOMENT, OTHER, TICKET, examples

FOLDER = Path(__file__).parent
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def main() -> None:
    for message in examples():
        name = message.wire_type()
        body = encode(message, id=OTHER, source="test", time=MOMENT, subject=str(TICKET), traceparent=TRACEPARENT)
        _write_once(FOLDER / "samples" / f"{name}.json", json.loads(body))
        _write_once(FOLDER / "schemas" / f"{name}.json", shape_of(type(message)))


def shape_of(message: type[Message]) -> Any:
    """The JSON schema without its words: a better docstring is no new version."""
    return _without_words(message.model_json_schema(mode="serialization"))


def _without_words(schema: Any) -> Any:
    if isinstance(schema, dict):
        words = isinstance(schema.get("description"), str)
        return {key: _without_words(value) for key, value in schema.items() if not (words and key == "description")}
    return [_without_words(each) for each in schema] if isinstance(schema, list) else schema


def _write_once(path: Path, content: Any) -> None:
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
