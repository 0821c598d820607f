"""What intake does beside answering: again and again, whatever one time brings."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.errors import report


async def again_and_again(work: Callable[[], Awaitable[object]], pause: Callable[[], float], failed: str) -> None:
    """For ever, with so many seconds between the end of one time and the next. No error ends it: each is told."""
    while True:
        try:
            await work()
        except Exception as error:
            report(error, failed)
        await asyncio.sleep(pause())
