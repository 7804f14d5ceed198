"""Waiting for what tells nobody that it happened."""

import asyncio
from collections.abc import Awaitable, Callable

SECONDS = 10  # for what takes a second or two; the machine may be slow


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until it holds."""
    async with asyncio.timeout(SECONDS):
        while not await holds():  # noqa: ASYNC110  it happens in a server, or between processes
            await asyncio.sleep(0.02)
