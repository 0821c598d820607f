"""What intake does beside answering."""

import asyncio
from itertools import count

import pytest
from structlog.testing import CapturedCall, CapturingLogger

import shared.errors
from services.intake.again import again_and_again
from shared.errors import Transient


def test_no_error_ends_it_and_each_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage in one line, our mistake with its traceback; the work goes on after both."""
    times, errors = count(), [Transient("away"), ValueError("a mistake")]
    done = asyncio.Event()

    async def work() -> None:
        if (time := next(times)) < len(errors):
            raise errors[time]
        done.set()

    async def story() -> None:
        loop = asyncio.create_task(again_and_again(work, lambda: 0.0, "not done"))
        await asyncio.wait_for(done.wait(), 10)
        loop.cancel()

    told = CapturingLogger()
    monkeypatch.setattr(shared.errors, "log", told)
    asyncio.run(story())
    assert told.calls == [
        CapturedCall("warning", ("not done",), {"reason": "Transient('away')"}),
        CapturedCall("error", ("not done",), {"exc_info": errors[1]}),
    ]
