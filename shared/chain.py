"""The hash chain of a ticket's events: routing seals it, the audit verifies it.

A link is HMAC-SHA256 over the event's type and the event as canonical JSON (UTF-8, keys sorted, no spaces), its own
``hash`` and all free texts left out: of a text only the digest counts, so that erasing words breaks no chain. What is
verified is the JSON as it was sealed, never what a newer release reads in it: a field added since breaks no chain.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any, TypeVar

import orjson

from shared.contracts.events import TicketEvent
from shared.contracts.ticket import FreeText

E = TypeVar("E", bound=TicketEvent)


def free_text(text: str, key: bytes) -> FreeText:
    """A person's words with their digest; keyed, so that a short text cannot be guessed from it."""
    return FreeText(digest=digest(text, key), text=text)


def digest(text: str, key: bytes) -> str:
    """HMAC-SHA256 in hexadecimal."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def seal(event: E, prev_hash: str, key: bytes) -> E:
    """The event as the next link after ``prev_hash`` (empty for a ticket's first)."""
    linked = event.model_copy(update={"prev_hash": prev_hash, "hash": ""})
    return linked.model_copy(update={"hash": link_hash(linked.wire_type(), linked.data, key)})


def link_hash(type: str, event: dict[str, Any], key: bytes) -> str:
    """The hash that an event of this wire type (as JSON data) must have."""
    canonical = orjson.dumps([type, _without_texts({**event, "hash": ""})], option=orjson.OPT_SORT_KEYS)
    return hmac.new(key, canonical, hashlib.sha256).hexdigest()


def verify(type: str, event: dict[str, Any], key: bytes) -> bool:
    """Whether an event (as JSON data) is as it was sealed: the link, and each text that was not erased."""
    try:
        link = hmac.compare_digest(str(event.get("hash", "")), link_hash(type, event, key))
        return link and all(digest(text, key) == kept for text, kept in _texts(event))
    except (TypeError, ValueError):  # numbers or symbols that no JSON of ours ever held
        return False


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text that is still there, with its digest."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str) and "digest" in value:
            yield value["text"], value["digest"]
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        if "digest" in value and "text" in value:
            return {name: each for name, each in value.items() if name != "text"}
        return {name: _without_texts(each) if isinstance(each, dict | list) else each for name, each in value.items()}
    return [_without_texts(each) for each in value] if isinstance(value, list) else value
