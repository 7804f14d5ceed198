"""What a socket waits on, small while nothing happens: most of thousands are idle.

Asyncio's queue takes three kilobytes and its event nearly one, for those who may wait on them.
"""

import asyncio

from uvicorn._types import ASGIReceiveEvent


class Inbox:
    """What uvicorn uses of `asyncio.Queue`, for one reader."""

    __slots__ = ("_messages", "_reader")

    def __init__(self) -> None:
        """Nothing has come."""
        self._messages: list[ASGIReceiveEvent] = []
        self._reader: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._messages

    def put_nowait(self, message: ASGIReceiveEvent) -> None:
        """A message has come."""
        self._messages.append(message)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        """Wait for the next message."""
        while not self._messages:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._messages.pop(0)


class Gate:
    """What uvicorn uses of `asyncio.Event`, open at the beginning."""

    __slots__ = ("_closed",)

    def __init__(self) -> None:
        """It is open."""
        self._closed: asyncio.Event | None = None

    def is_set(self) -> bool:
        """Whether it is open."""
        return self._closed is None

    def clear(self) -> None:
        """Close it."""
        if self._closed is None:
            self._closed = asyncio.Event()

    def set(self) -> None:
        """Open it, and let all through who wait."""
        if self._closed is not None:
            self._closed.set()
            self._closed = None

    async def wait(self) -> None:
        """Wait until it was opened."""
        if self._closed is not None:
            await self._closed.wait()
