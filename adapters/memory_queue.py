"""One reader's events within this process: a bounded queue that nobody waits for."""

import asyncio
from collections.abc import AsyncIterator

from adapters.memory_events import WaitingEvents
from chat.errors import ShuttingDownError, SlowReaderError
from chat.events import BusEvent
from chat.ports import Take


class MemorySubscription:
    """One reader's queue. When it is full the reader is cut off, and nobody else notices.

    There are thousands of them, and nearly all are empty: something to wait on is there only while
    somebody waits.
    """

    __slots__ = ("_closed", "_cut", "_limit", "_reader", "_take", "_waiting")

    def __init__(self, limit: int) -> None:
        """`limit` is the most events that may wait for the reader."""
        self._limit = limit
        self._waiting = WaitingEvents()
        self._reader: asyncio.Future[None] | None = None
        self._take: Take | None = None
        self._cut = False
        self._closed = False

    def offer_to(self, take: Take) -> None:
        """Offer events to `take` first, whenever the reader waits for one."""
        self._take = take

    def put(self, event: BusEvent) -> bool:
        """Add an event; a full queue is emptied, and the reader cut off: then True."""
        reader = self._reader
        if reader is not None and self._take is not None and not reader.done():
            try:
                if self._take(event):
                    return False
            except Exception as error:  # noqa: BLE001  raised where this reader alone waits
                reader.set_exception(error)
                return False
        full = len(self._waiting) >= self._limit
        if full:
            self._waiting.clear()
            self._cut = True
        if not self._cut:
            self._waiting.add(event)
        self._wake()
        return full

    def close(self) -> None:
        """Let the reader take what waits, and then end with ShuttingDownError."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def __aiter__(self) -> AsyncIterator[BusEvent]:
        """The events, in the order of their publishing."""
        return self

    async def __anext__(self) -> BusEvent:
        """Wait for the next event."""
        while not self._waiting:
            if self._cut:
                raise SlowReaderError
            if self._closed:
                raise ShuttingDownError
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._waiting.take()
