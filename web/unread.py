"""Cuts off clients that take nothing of what is written to them.

TCP lets a client hold a connection for ever without reading. What waits for it would stay in
memory, and neither a close nor the end of a token would ever get through. This file knows nothing
of HTTP or of websockets.
"""

import asyncio

UNREAD_SECONDS = 30.0


class Unread:
    """What one connection has written and its client not taken.

    From now on its protocol is told to pause whenever anything is left over, and has to pass that
    on: `begin` in pause_writing, `end` in resume_writing and connection_lost.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, *, seconds: float
    ) -> None:
        """A client that takes nothing for so many seconds, while something waits, is cut off."""
        self._transport = transport
        self._loop = loop
        self._seconds = seconds
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None
        transport.set_write_buffer_limits(high=0)

    def begin(self) -> None:
        """Something waits."""
        self.end()
        self._left = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(self._seconds, self._look)

    def end(self) -> None:
        """Nothing waits any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        left = self._transport.get_write_buffer_size()
        if 0 < self._left <= left:
            self._transport.abort()
        elif left:
            self.begin()
