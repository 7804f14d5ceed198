"""Uvicorn's websocket connections, with bounds on what clients make them keep.

A client may be heard that does not wait for the answer to its handshake. One that reads nothing, or
never ends a message, must not fill the memory.
"""

import asyncio
from asyncio.transports import BaseTransport
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, ClassVar, TypeAlias, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import State

from web.asgi import Scope
from web.idle import Gate, Inbox
from web.unread import UNREAD_SECONDS, Unread

# Each is kept by itself until the last has come. Clients that cut messages up make pieces of some
# kilobytes, and a message has a megabyte at the most.
_MOST_FRAGMENTS = 1000
# A frame's head: the last of its message, of text; then its size, by itself or behind a mark.
_FINAL_TEXT = 0x81
_LONGEST_SIZE_OF_7_BITS, _LONGEST_SIZE_OF_16_BITS = 125, 0xFFFF
_SIZE_OF_16_BITS, _SIZE_OF_64_BITS = Struct("!BBH"), Struct("!BBQ")
# What a client that reads is left with for the last messages when the server stops.
_FAREWELL_SECONDS = 2.0


SEND_AT_ONCE = "parley.send_at_once"
"""The extension of ASGI by which an application finds its `SendAtOnce`."""

SendAtOnce: TypeAlias = Callable[[Sequence[bytes]], bool]
"""Sends texts in UTF-8, each as a message, if nothing waits for the client; otherwise False."""


class SocketConnection(WebSocketsSansIOProtocol):
    """A websocket. What comes before its handshake is answered is read after that.

    Uvicorn would read it at once, and fail with a traceback when it is no frame.
    """

    # What uvicorn keeps of a connection is so much that Python would make a dictionary of 1.6 kB
    # for each. Whatever is not named here goes into one as before.
    __slots__ = (
        "_early",
        "_is_plain",
        "_unread",
        "app",
        "app_state",
        "asgi_version",
        "client",
        "close_sent",
        "close_timeout",
        "close_timer",
        "config",
        "conn",
        "connections",
        "curr_msg_data_type",
        "default_headers",
        "disconnected",
        "frames",
        "handshake_complete",
        "handshake_initiated",
        "initial_response",
        "last_ping_rtt",
        "logger",
        "loop",
        "pending_ping_payload",
        "ping_interval",
        "ping_sent_at",
        "ping_timeout",
        "ping_timer",
        "pong_timer",
        "queue",
        "read_paused",
        "request",
        "response",
        "root_path",
        "scheme",
        "scope",
        "server",
        "tasks",
        "transport",
        "writable",
    )

    unread_seconds: ClassVar[float] = UNREAD_SECONDS

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """As uvicorn makes it, with a queue and an event that take little when they are idle."""
        super().__init__(config, server_state, app_state, _loop)
        self._early = b""
        self._is_plain = False
        self.queue = cast("asyncio.Queue[ASGIReceiveEvent]", Inbox())
        self.writable = cast("asyncio.Event", Gate())

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

    def handle_connect(self, event: Request) -> None:
        """The application begins, and may write past `send`."""
        super().handle_connect(event)
        if not self.close_sent:
            scope = cast("Scope", self.scope)
            scope["extensions"][SEND_AT_ONCE] = self.send_at_once

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
        text = message.get("text") if message["type"] == "websocket.send" else None
        if text is not None and self.send_at_once((text.encode(),)):
            return
        try:
            await super().send(message)
        except RuntimeError as error:
            if not self.close_sent:
                raise
            raise ClientDisconnected from error
        if message["type"] == "websocket.accept" and self.handshake_complete:
            # The parser keeps the request for as long as the socket is open.
            self._is_plain = not self.conn.extensions
            self.request.headers.clear()
            self.response.headers.clear()
        if self._early and self.handshake_complete:
            early, self._early = self._early, b""
            if not self.transport.is_closing():
                self.transport.resume_reading()
                super().data_received(early)

    def send_at_once(self, texts: Sequence[bytes]) -> bool:
        """Send texts, each as a message, if the client has taken all that came before.

        Otherwise False, also where the socket is closed, or not ready yet.
        """
        if (
            not self._is_plain
            or not self.writable.is_set()
            or self.close_sent
            or self.disconnected
            or self.conn.state is not State.OPEN
        ):
            return False
        self.transport.write(b"".join(map(text_frame, texts)))
        return True


def text_frame(payload: bytes) -> bytes:
    """A whole message as one frame, unmasked, as websockets makes it in five times the time.

    Source: https://www.rfc-editor.org/rfc/rfc6455.html#section-5.2
    """
    size = len(payload)
    if size <= _LONGEST_SIZE_OF_7_BITS:
        return bytes((_FINAL_TEXT, size)) + payload
    if size <= _LONGEST_SIZE_OF_16_BITS:
        return _SIZE_OF_16_BITS.pack(_FINAL_TEXT, 126, size) + payload
    return _SIZE_OF_64_BITS.pack(_FINAL_TEXT, 127, size) + payload
