"""What becomes of a delivery."""

import pytest

from services.notify.domain.fates import (
    RETRY_SECONDS,
    Fate,
    Standing,
    is_overtaken,
    is_stale,
    is_unreachable,
    retry_seconds,
)
from services.notify.domain.whom import Purpose
from shared.contracts.events import TicketAccepted, TicketResolved
from tests.tellings import an_event

HERE = Standing(version=5, is_open=True, owner_assignment=2, handler_assignment=1)
OVER = Standing(version=9, is_open=False, owner_assignment=2, handler_assignment=1)


@pytest.mark.parametrize(
    ("purpose", "assignment", "standing", "stale"),
    [
        (Purpose.OWNER, 2, HERE, False),
        (Purpose.OWNER, 1, HERE, True),
        (Purpose.HANDLER, 1, HERE, False),
        (Purpose.HANDLER, 2, HERE, True),
        (Purpose.OWNER, 2, OVER, True),
        (Purpose.INFORMED, None, OVER, False),
        (Purpose.DIGEST, None, OVER, False),
        (Purpose.REPORTER, None, OVER, False),
    ],
)
def test_who_need_not_act_any_more_is_not_asked_to(
    purpose: Purpose, assignment: int | None, standing: Standing, stale: bool
) -> None:
    """A message to owner or handler that waited is dropped when the seat has passed on or the work is done."""
    assert is_stale(purpose, assignment, standing) is stale


def test_taken_on_is_not_told_when_it_is_over() -> None:
    """The resident gets one letter then, the last."""
    assert is_overtaken(an_event(TicketAccepted), OVER)
    assert not is_overtaken(an_event(TicketAccepted), HERE)
    assert not is_overtaken(an_event(TicketResolved), OVER)


@pytest.mark.parametrize(
    ("fates", "unreachable"),
    [
        ([], False),
        ([Fate.FAILED], True),
        ([Fate.FAILED, Fate.PENDING], False),
        ([Fate.FAILED, Fate.SENT], False),
        ([Fate.FAILED, Fate.SKIPPED], True),
        ([Fate.SKIPPED], False),
    ],
)
def test_a_post_is_unreachable_when_all_that_was_tried_failed(fates: list[Fate], unreachable: bool) -> None:
    """One success or one hope left is enough to wait."""
    assert is_unreachable(fates) is unreachable


def test_retries_grow_and_end() -> None:
    """Each wait is longer, the other side's wish is heeded, and after the last there is none."""
    waits = [retry_seconds(attempt) for attempt in range(1, len(RETRY_SECONDS) + 1)]
    assert waits == sorted(RETRY_SECONDS)
    assert retry_seconds(1, asked=60) == 60
    assert retry_seconds(5, asked=60) == RETRY_SECONDS[4]
    assert retry_seconds(len(RETRY_SECONDS) + 1, asked=60) is None
