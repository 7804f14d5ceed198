"""The head of an answer goes out together with what is written right after it.

Uvicorn writes the two by themselves, which wakes server, kernel and client twice for each answer.
"""

import asyncio

# Beyond it, copying a text to join it takes longer than a second write.
MOST_JOINED_BYTES = 64 * 1024


class JoinedWrites(asyncio.Transport):
    """What one answer is written to, in front of the transport of its connection."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Nothing is written yet."""
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._begun = False
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what comes first until something follows, or this turn of the loop is over."""
        if not self._begun:
            self._begun, self._head = True, bytes(data)
            self._loop.call_soon(self._flush)
        elif self._head and len(data) <= MOST_JOINED_BYTES:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        else:
            self._flush()
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection behind what was written."""
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closed or about to be."""
        return self._transport.is_closing()

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head and not self._transport.is_closing():
            self._transport.write(head)
