"""Whose turn it is: digests, limits of bots, lanes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.turns import BOT_MESSAGES, BOT_WINDOW, Waiting, bundle, take_turns
from services.notify.domain.whom import Purpose
from shared.contracts.vocabulary import Channel
from tests.builders import MONDAY_10


def a_due(channel: Channel = Channel.EMAIL, **differences: Any) -> Waiting:
    fields: dict[str, Any] = {
        "id": uuid4(),
        "channel": channel,
        "lane": f"{channel}:x",
        "purpose": Purpose.OWNER,
        "person": "p",
        "next_at": MONDAY_10,
    }
    return Waiting(**fields | differences)


def taken(
    dues: Sequence[Waiting], *, busy: int = 0, width: int = 100, spent: Sequence[datetime] = ()
) -> tuple[int, int]:
    lanes = {due.lane for due in dues}
    turn = take_turns(
        bundle(dues, cut=False),
        busy=dict.fromkeys(lanes, busy),
        width=width,
        spent=dict.fromkeys(lanes, spent),
        now=MONDAY_10,
    )
    return len(turn.taken), len(turn.put_off)


def test_a_persons_digest_is_one_message_and_everything_else_its_own() -> None:
    """Three entries of one person go together, another person's apart, an owner's message by itself."""
    digest = [a_due(purpose=Purpose.DIGEST) for _ in range(3)]
    other = a_due(purpose=Purpose.DIGEST, person="q")
    owner = a_due()
    assert [len(each.dues) for each in bundle([*digest, other, owner], cut=False)] == [3, 1, 1]


def test_a_digest_cut_by_the_bite_waits_for_its_rest() -> None:
    """Unless it is all there is: then a part goes out rather than none."""
    digest = [a_due(purpose=Purpose.DIGEST) for _ in range(3)]
    assert len(bundle([a_due(), *digest], cut=True)) == 1
    assert len(bundle(digest, cut=True)) == 1


def test_a_digests_id_is_that_of_its_entries() -> None:
    """The same entries tried again are the same message, in whatever order; more entries are another."""
    first, second, third = (a_due(purpose=Purpose.DIGEST) for _ in range(3))
    [one], [same], [more] = (
        bundle(dues, cut=False) for dues in ([first, second], [second, first], [first, second, third])
    )
    assert one.id == same.id != more.id
    assert bundle([first], cut=False)[0].id == first.id


@given(waiting=st.integers(0, 60), spent=st.integers(0, 25))
def test_a_bot_never_gets_more_than_its_limit_within_the_window(waiting: int, spent: int) -> None:
    """Whatever waits and whatever was tried: what is over the limit is put off, none is dropped."""
    dues = [a_due(Channel.WECOM) for _ in range(waiting)]
    now, later = taken(dues, spent=[MONDAY_10] * spent)
    assert now == min(waiting, max(BOT_MESSAGES - spent, 0))
    assert now + later == waiting


def test_what_is_over_the_limit_waits_until_the_window_has_moved_on() -> None:
    """Until the oldest of the window has left it."""
    oldest = MONDAY_10 - timedelta(seconds=30)
    spent = {"wecom:x": [MONDAY_10] * 19 + [oldest]}
    turn = take_turns(bundle([a_due(Channel.WECOM)], cut=False), busy={}, width=9, spent=spent, now=MONDAY_10)
    assert [until for _, until in turn.put_off] == [oldest + BOT_WINDOW]


@given(waiting=st.integers(0, 60), busy=st.integers(0, 40), width=st.integers(1, 32))
def test_a_lane_is_never_wider_than_its_width(waiting: int, busy: int, width: int) -> None:
    """A slow receiver holds so many threads and no more; the rest stays as it is, for others to take."""
    now, later = taken([a_due() for _ in range(waiting)], busy=busy, width=width)
    assert (now, later) == (min(waiting, max(width - busy, 0)), 0)
