"""Uvicorn's HTTP/1.1 connections, with bounds on what a client may send and how slowly.

Uvicorn reads heads of any size for any time. Here a head is bounded in bytes, headers and time,
what follows a body likewise, and a connection never waits without end for bytes. Bodies that an
application reads are its own to bound; this file holds no rule on paths or contents.
"""

import asyncio
from functools import partial
from typing import Any, ClassVar

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from web.alarm import Alarm
from web.beginning import AnsweringProtocol
from web.connection_limits import ConnectionLimits
from web.refusals import Refusal
from web.unread import Unread

# Small enough that a header which is not complete is noticed soon after it is too long.
_HEAD_PIECE_BYTES = 1024
_BODY_PIECE_BYTES = 4096
_AROUND_A_HEADER = len(b": \r\n")
# What the rest of a request is left with when the server stops.
_FAREWELL_SECONDS = 2.0


class _RefusedError(Exception):
    """Raised through the parser, which stops at it."""


class BoundedProtocol(AnsweringProtocol):
    """One connection. A refusal is its last answer, after those that are on their way."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """What uvicorn passes."""
        super().__init__(config, server_state, app_state, _loop)
        # What is done to a client that lets wait; while it is `_idle`, it may.
        self._alarm = Alarm(self.loop)
        self._idle = False
        self._running: RequestResponseCycle | None = None
        self._refusal: Refusal | None = None
        self._upgraded = False
        # Whether the next byte belongs to a head, and whether one of that head has come.
        self._in_head, self._begun = True, False
        # The head or the trailers so far, and what came since without the parser telling anything.
        self._bytes, self._headers, self._untold = 0, 0, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is awaited."""
        super().connection_made(transport)
        self._unread = Unread(transport, self.loop, seconds=self.limits.unread_seconds)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._alarm.end()
        self._unread.end()
        if self._running is not None and not self._running.response_complete:
            self._leave(self._running)  # Uvicorn tells the last request only.
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Something waits for the client."""
        super().pause_writing()
        self._unread.begin()

    def resume_writing(self) -> None:
        """The client has taken all."""
        self._unread.end()
        super().resume_writing()

    def shutdown(self) -> None:
        """Finish what is being answered; a request that is not whole has to come soon."""
        super().shutdown()
        if not self._in_head and self._refusal is None and not self.transport.is_closing():
            seconds = min(self.limits.head_seconds, _FAREWELL_SECONDS)
            self._alarm.set(seconds, partial(self._refuse, Refusal.TOO_SLOW))

    def data_received(self, data: bytes) -> None:
        """Parse, piece by piece, until the client is refused or becomes a websocket."""
        if self._idle:
            self._idle = False
            self._alarm.stop()
        taken, size = 0, len(data)
        while taken < size and self._listening:
            most = _HEAD_PIECE_BYTES if self._in_head else _BODY_PIECE_BYTES
            fits = size <= most and not taken
            taken += self._feed(data if fits else memoryview(data)[taken : taken + most])
        if self._upgraded:
            self._pass_on(data[taken:])
        elif self._in_head and not self._answering and self._listening and not self._alarm.is_set:
            self._start_deadline()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._begun, self._bytes, self._headers, self._untold = True, 0, 0, 0

    def on_url(self, url: bytes) -> None:
        """A part of the request line."""
        super().on_url(url)
        if len(self.url) > self.limits.url_bytes:
            self._refuse_by_parser(Refusal.URL_TOO_LONG)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which is counted and left out."""
        self._headers += 1
        self._untold = 0
        self._bytes += len(name) + len(value) + _AROUND_A_HEADER
        limits = self.limits
        if self._headers > limits.headers or self._bytes > limits.head_bytes:
            self._refuse_by_parser(Refusal.HEAD_TOO_LARGE)
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: the request starts, waits for the one before it, or is refused."""
        if len(self.pipeline) >= self.limits.waiting_requests:
            self._refuse_by_parser(Refusal.TOO_MANY)
        upgrade = self.parser.should_upgrade()
        if upgrade and (self.parser.get_method() == b"CONNECT" or self._answering):
            self._refuse_by_parser(Refusal.MALFORMED)
        if not upgrade or self._should_upgrade():
            super().on_headers_complete()
        self._alarm.stop()
        self._in_head, self._begun, self._bytes, self._headers = False, False, 0, 0

    def on_chunk_header(self) -> None:
        """A chunk begins."""
        self._untold = 0

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._untold = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._in_head, self._untold = True, 0
        self._alarm.stop()
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with what waits; do not wait for ever for the rest of a request."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._refusal is not None:
            self._send_refusal(self._refusal)
        elif self._begun or not self._in_head:
            self._start_deadline()
        else:
            self._idle = True
            self._alarm.set(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    @property
    def _listening(self) -> bool:
        closing = self.transport.is_closing()
        return not closing and self._refusal is None and not self._upgraded

    def _feed(self, piece: bytes | memoryview) -> int:
        """Parse a piece; how much of it was HTTP."""
        # A part that tells something sets it to zero; the rest of such a piece is not counted.
        self._untold += len(piece)
        try:
            taken = self._parse(piece)
        except httptools.HttpParserError:
            if self._refusal is None:
                self.logger.warning("Invalid HTTP request received.")
            self._refuse(self._refusal or Refusal.MALFORMED)
            return len(piece)
        if self._bytes + self._untold > self.limits.head_bytes:
            self._refuse(Refusal.HEAD_TOO_LARGE)
        return taken

    def _parse(self, piece: bytes | memoryview) -> int:
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                self._upgraded = True
                self._alarm.end()  # The socket may be open for days.
            else:
                self._parse_without_upgrade()
            return int(upgrade.args[0])
        return len(piece)

    def _parse_without_upgrade(self) -> None:
        """Take a request that offers another protocol, HTTP/2 for example, as one that does not.

        The parser takes what follows for that protocol, so a new one reads the head once more.
        """
        version = self.parser.get_http_version().encode()
        head = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        head += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(b"\r\n".join([*head, b"", b""]))

    def _pass_on(self, rest: bytes) -> None:
        """Give the websocket what came with its handshake, if that was one."""
        websocket: Any = self.transport.get_protocol()
        if self.transport.is_closing():
            return
        if not websocket.handshake_initiated:
            self.transport.write(Refusal.MALFORMED.response(self.server_state.default_headers))
            self.transport.close()
        elif rest:
            websocket.data_received(rest)

    def _count(self, size: int) -> None:
        self._untold = 0
        self._bytes += size
        if self._bytes > self.limits.head_bytes:
            self._refuse_by_parser(Refusal.HEAD_TOO_LARGE)

    def _refuse_by_parser(self, refusal: Refusal) -> None:
        """Stop the parser, in one of its callbacks."""
        self._refusal = refusal
        raise _RefusedError

    def _refuse(self, refusal: Refusal) -> None:
        """Take nothing more, and say so when all requests before are answered."""
        self._refusal = refusal
        self._alarm.stop()
        if self._in_head:
            if not self._answering:
                self._send_refusal(refusal)
        elif self.pipeline or self.cycle.response_started:
            self.transport.close()  # Anything written now would be read as a part of an answer.
        else:
            self._leave(self.cycle)
            self._send_refusal(refusal)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Start a request: the others wait until it is answered."""
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    @staticmethod
    def _leave(cycle: RequestResponseCycle) -> None:
        """Tell the application that nobody waits for its answer."""
        cycle.disconnected, cycle.waiting_for_100_continue = True, False
        cycle.message_event.set()

    def _send_refusal(self, refusal: Refusal) -> None:
        """Answer, and leave the client time to read: a close now could take the answer away."""
        self.transport.write(refusal.response(self.server_state.default_headers))
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self._alarm.set(self.limits.linger_seconds, self.transport.close)
        else:
            self.transport.close()

    def _start_deadline(self) -> None:
        self._alarm.set(self.limits.head_seconds, self._expire)

    def _expire(self) -> None:
        """A client that has sent a part of a head is told; others just go."""
        if self._in_head and self._begun:
            self._refuse(Refusal.TOO_SLOW)
        else:
            self.transport.close()
