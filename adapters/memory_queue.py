"""One reader's events within this process: a bounded queue that nobody waits for."""

import asyncio
from collections.abc import AsyncIterator

from chat.errors import ShuttingDownError, SlowReaderError
from chat.events import BusEvent, LookAgain, MessageDelta

_LONGEST_JOINED = 4096  # code points; a reader gets texts of about that length, however slow it is


class MemorySubscription:
    """One reader's queue. When it is full the reader is cut off, and nobody else notices.

    There are thousands of them, and nearly all are empty: a list and no deque, which takes most of
    a kilobyte, and something to wait on only while somebody waits.
    """

    __slots__ = ("_closed", "_cut", "_length", "_limit", "_more", "_reader", "_waiting")

    def __init__(self, limit: int) -> None:
        """`limit` is the most events that may wait for the reader."""
        self._limit = limit
        self._waiting: list[BusEvent] = []
        # Of the text that waits last: its length in code points, and what is yet to be joined.
        self._length = 0
        self._more: list[str] = []
        self._reader: asyncio.Future[None] | None = None
        self._cut = False
        self._closed = False

    def put(self, event: BusEvent) -> bool:
        """Add an event; a full queue is emptied, and the reader cut off: then True."""
        full = len(self._waiting) >= self._limit
        if full:
            self._waiting.clear()
            self._more.clear()
            self._cut = True
        if not self._cut:
            self._append(event)
        self._wake()
        return full

    def _append(self, event: BusEvent) -> None:
        """Pieces of one text that wait are joined: who reads slowly gets longer ones, not more."""
        last = self._waiting[-1] if self._waiting else None
        if isinstance(event, MessageDelta):
            if isinstance(last, MessageDelta) and self._continues(last, event):
                self._more.append(event.text)
                self._length += len(event.text)
                return
            self._join()
            self._length = len(event.text)
        elif isinstance(event, LookAgain) and isinstance(last, LookAgain):
            return
        else:
            self._join()
        self._waiting.append(event)

    def _continues(self, last: MessageDelta, event: MessageDelta) -> bool:
        return (
            last.offset + self._length == event.offset
            and self._length < _LONGEST_JOINED
            and last.message_id == event.message_id
        )

    def _join(self) -> None:
        """Make one text of what waits last; once, and not again for each piece."""
        last = self._waiting[-1] if self._more else None
        if isinstance(last, MessageDelta):
            text = "".join((last.text, *self._more))
            self._waiting[-1] = MessageDelta(last.message_id, last.offset, text)
            self._more.clear()

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
        if len(self._waiting) == 1:
            self._join()
        return self._waiting.pop(0)
