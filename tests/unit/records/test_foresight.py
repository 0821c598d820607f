"""What somebody who loads a directory is warned of."""

from datetime import UTC, datetime

import pytest

from services.records.directory import warnings
from tests.builders import a_directory

DIRECTORY = a_directory()
LAST = DIRECTORY.holidays.last_year


@pytest.mark.parametrize(
    ("now", "warned"),
    [
        (datetime(LAST, 3, 2, tzinfo=UTC), False),
        (datetime(LAST, 11, 15, tzinfo=UTC), True),
        (datetime(LAST + 1, 3, 2, tzinfo=UTC), True),
    ],
)
def test_holidays_that_end_soon_are_told(now: datetime, warned: bool) -> None:
    """Sixty days and the longest limit before the known holidays end, and ever after, one line names their year."""
    told = warnings(DIRECTORY, now)
    assert [str(LAST) in line for line in told] == [True] * warned


def test_who_rests_on_no_holiday_needs_none() -> None:
    """Where every post works round the clock no deadline is ever provisional."""
    calendars = tuple(each.model_copy(update={"holidays": False}) for each in DIRECTORY.calendars)
    always = DIRECTORY.model_copy(update={"calendars": calendars})
    assert warnings(always, datetime(LAST + 1, 3, 2, tzinfo=UTC)) == []
