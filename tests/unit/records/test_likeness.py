"""How alike messages are: a measure that anybody can check by hand."""

import random

from hypothesis import given
from hypothesis import strategies as st

from services.records.likeness import BEGINNING, likenesses, pairs

messages = st.text(st.sampled_from("楼道灯不亮了三单元电梯坏 ，aA1"), max_size=30)
others = st.lists(messages, max_size=8)


def alike(text: str, *found: str) -> list[float]:
    return likenesses(pairs(text), [pairs(each) for each in found])


@given(messages, others)
def test_nothing_is_more_like_a_message_than_itself(text: str, found: list[str]) -> None:
    """Its own words are 1, or 0 where it has none, and no other message passes it; nothing is below 0."""
    own, *rest = alike(text, text, *found)
    assert own in (0, 1) or abs(own - 1) < 1e-12
    assert (own == 0) == (not pairs(text))
    assert all(0 <= each <= own + 1e-12 for each in rest)


@given(messages, others, st.randoms(use_true_random=False))
def test_order_does_not_matter(text: str, found: list[str], chance: random.Random) -> None:
    """Each message is exactly as alike in whatever order they are compared, to the last digit."""
    order = list(range(len(found)))
    chance.shuffle(order)
    shuffled = alike(text, *(found[each] for each in order))
    assert dict(zip(order, shuffled, strict=True)) == dict(enumerate(alike(text, *found)))


@given(others)
def test_an_empty_text_is_like_nothing(found: list[str]) -> None:
    """Neither is one of signs alone."""
    assert set(alike("", *found)) | set(alike("……！？", *found)) <= {0}


def test_how_it_is_written_does_not_matter() -> None:
    """Width, case, signs and blanks are no difference."""
    assert pairs("3栋 A座：漏水！") == pairs("３栋ａ座漏水")
    assert len(pairs("漏水")) == len(pairs("漏")) == 1
    assert len(pairs("一二三四五")) == 4


def test_what_everybody_says_counts_for_little() -> None:
    """One rare pair in common outweighs several that are in most messages."""
    polite = [f"尊敬的领导您好{word}" for word in ("窗户", "花园", "车位", "围墙") * 10]
    rare, common = alike("尊敬的领导您好电梯", "电梯困人", "尊敬的领导您好路灯", *polite)[:2]
    assert rare > common > 0


def test_the_beginning_is_compared() -> None:
    """However long a message is, it takes no longer, and its end does not matter."""
    beginning = "".join(chr(0x4E00 + each) for each in range(BEGINNING))
    assert pairs(beginning + "完全不同" * 1000) == pairs(beginning)
