"""What the garbage collector looks through."""

import gc
import weakref

from shared.heap import settle


class Thing:
    def __init__(self) -> None:
        self.other: Thing | None = None


def test_what_is_settled_is_not_looked_through() -> None:
    """After ``settle`` a collection has nothing to look at, what nothing refers to goes all the same, and a later
    circle is found."""
    old, circle = Thing(), Thing()
    settle()
    assert gc.get_freeze_count() > 10_000
    assert not any(each is old for each in gc.get_objects())
    gone = weakref.ref(old)
    del old
    assert gone() is None
    circle.other = later = Thing()
    later.other = later
    lost = weakref.ref(later)
    circle.other = None
    del later
    gc.collect()
    assert lost() is None
