"""Repeats among residents' real messages, from the file in the folder that ``LOUMEN_DATA`` names, are offered."""

import os

import pytest

from tests.similar.recall import judged, messages, offers


def test_who_repeats_a_matter_is_offered_it() -> None:
    """Of the matters never tuned on, nineteen in twenty writers see a repeat of theirs among the first three."""
    folder = os.environ.get("LOUMEN_DATA")
    if not folder:
        pytest.skip("LOUMEN_DATA names no folder with citizen_messages.csv")
    _, groups = judged()
    newest = {max(group, key=int): set(group) for group in groups}
    shown = offers(messages(folder), list(newest))
    right = sum(bool(group & set(each)) for group, each in zip(newest.values(), shown, strict=True))
    assert right >= 0.95 * len(groups)
