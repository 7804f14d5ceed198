"""One reader's events within this process: a bounded queue that nobody waits for."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from chat.errors import ShuttingDownError, SlowReaderError
from chat.events import BusEvent, LookAgain, MessageDelta

_LONGEST_JOINED = 4096  # code points; joining longer texts again and again would cost


class MemorySubscription:
    """One reader's queue. When it is full the reader is cut off, and nobody else notices."""

    def __init__(self, limit: int) -> None:
        """`limit` is the most events that may wait for the reader."""
        self._limit = limit
        self._waiting: deque[BusEvent] = deque()
        self._changed = asyncio.Event()
        self._cut = False
        self._closed = False

    def put(self, event: BusEvent) -> None:
        """Add an event; a full queue is emptied and the reader cut off."""
        if len(self._waiting) >= self._limit:
            self._waiting.clear()
            self._cut = True
        if not self._cut:
            self._append(event)
        self._changed.set()

    def _append(self, event: BusEvent) -> None:
        """Pieces of one text that wait are joined: who reads slowly gets longer ones, not more."""
        last = self._waiting[-1] if self._waiting else None
        if (
            isinstance(event, MessageDelta)
            and isinstance(last, MessageDelta)
            and last.message_id == event.message_id
            and last.offset + len(last.text) == event.offset
            and len(last.text) < _LONGEST_JOINED
        ):
            self._waiting[-1] = MessageDelta(last.message_id, last.offset, last.text + event.text)
        elif not (isinstance(event, LookAgain) and isinstance(last, LookAgain)):
            self._waiting.append(event)

    def close(self) -> None:
        """Let the reader take what waits, and then end with ShuttingDownError."""
        self._closed = True
        self._changed.set()

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
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()
