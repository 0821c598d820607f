"""Cells of the sheets that we write: what somebody else said must not be run by whoever opens them."""

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def inert(text: str) -> str:
    """The text as a cell that no program takes for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA) else text
