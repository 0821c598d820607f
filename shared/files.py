"""Files that are there whole or not at all."""

from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, text: str) -> None:
    """Put a file in the place of the old one: a reader sees the one or the other, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{uuid4().hex}")  # in containers pids are the same
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
