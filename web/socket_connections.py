"""Uvicorn's websocket connections, with bounds on what clients make them keep.

A client may be heard that does not wait for the answer to its handshake. One that reads nothing, or
never ends a message, must not fill the memory.
"""

import asyncio
from asyncio.transports import BaseTransport
from typing import ClassVar, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from web.unread import UNREAD_SECONDS, Unread

# Each is kept by itself until the last has come. Clients that cut messages up make pieces of some
# kilobytes, and a message has a megabyte at the most.
_MOST_FRAGMENTS = 1000
# What a client that reads is left with for the last messages when the server stops.
_FAREWELL_SECONDS = 2.0


class SocketConnection(WebSocketsSansIOProtocol):
    """A websocket. What comes before its handshake is answered is read after that.

    Uvicorn would read it at once, and fail with a traceback when it is no frame.
    """

    unread_seconds: ClassVar[float] = UNREAD_SECONDS
    _early = b""

    def connection_made(self, transport: BaseTransport) -> None:
        """The client is watched from now on."""
        super().connection_made(transport)
        self._unread = Unread(
            cast("asyncio.Transport", transport), self.loop, seconds=self.unread_seconds
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody will read any more."""
        self._unread.end()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Something waits for the client."""
        super().pause_writing()
        self._unread.begin()

    def resume_writing(self) -> None:
        """The client has taken all."""
        self._unread.end()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read, or keep what is early; then nothing more is taken from the client for now."""
        if self.handshake_initiated and not self.handshake_complete:
            self._early += data
            self.transport.pause_reading()
        else:
            super().data_received(data)

    def handle_ping(self) -> None:
        """Answer, unless answers wait already: a client that does not read could pile them up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        """Take a piece of a message, of which it may not have too many."""
        if len(self.frames) < _MOST_FRAGMENTS:
            super().handle_cont(event)
        elif not self.close_sent:
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, "Too many fragments")
            self.handle_parser_exception()

    def shutdown(self) -> None:
        """Close; a client that does not read must not hold up the end of the server."""
        super().shutdown()
        self.loop.call_later(_FAREWELL_SECONDS, self.transport.abort)

    async def send(self, message: ASGISendEvent) -> None:
        """Send, and go on reading after the answer to the handshake.

        Raises ClientDisconnected, also where uvicorn itself has closed the socket already.
        """
        try:
            await super().send(message)
        except RuntimeError as error:
            if not self.close_sent:
                raise
            raise ClientDisconnected from error
        if self._early and self.handshake_complete:
            early, self._early = self._early, b""
            if not self.transport.is_closing():
                self.transport.resume_reading()
                super().data_received(early)
