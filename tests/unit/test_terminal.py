"""Other people's words at the terminal."""

import pytest

from services.cli.terminal import harmless


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("楼道灯不亮 💡", "楼道灯不亮 💡"),
        ("two\r\nlines", r"two\r\nlines"),
        ("\x1b[2J\x00", r"\x1b[2J\x00"),
        ("\u202eback", r"\u202eback"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_would_move_the_cursor_shows_as_an_escape(said: str, shown: str) -> None:
    """Words stay as they are; all is one line."""
    assert harmless(said) == shown


def test_a_body_may_have_lines() -> None:
    """Where a message is shown in full."""
    assert harmless("a\nb\x1b", lines=True) == "a\nb\\x1b"
