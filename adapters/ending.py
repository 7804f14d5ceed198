"""Ending tasks that may be talking to Redis."""

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_SECONDS = 0.1


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait until they have ended; their errors are of no interest.

    One cancellation is not enough: redis-py sends by `asyncio.wait_for`, which on Python 3.11
    swallows a cancellation that comes just when what it waits for is done.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
        for task in done:
            if not task.cancelled():
                task.exception()
