"""The ways out. Each channel is a class with ``send(message)``: it gives the other side's receipt, or raises.

Every channel has limits of its own in real time; none waits for another.
"""


class TryLater(Exception):
    """Not now: the other side is away or busy. ``after``: how many seconds it asked us to wait, where it did."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class GiveUp(Exception):
    """Never: another try of the same message would fail again. The text says why."""


class Needless(Exception):
    """Nothing to send, and nothing wrong: the text says why."""
