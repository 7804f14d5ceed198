"""Websockets that only listen: graphql-transport-ws, as cheap for a client as it can be.

Frames are taken apart here and handed on as bytes. What a client sends is masked by zeros, which
leaves it as it is.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Self

import orjson

from bench.calls import END_OF_HEAD, place_of

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_FINAL, _MASKED = 0x80, 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_TRY_AGAIN = (1013).to_bytes(2)
_ACKNOWLEDGED = b'"connection_ack"'

Heard = Callable[[bytes], None]


class TryAgainError(RuntimeError):
    """The server is too busy for a new socket."""


class Socket(asyncio.Protocol):
    """One socket. `heard` is called with each message that comes after the acknowledgement."""

    def __init__(self, token: str, heard: Heard) -> None:
        """Use `opened`."""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._token = token
        self.heard = heard
        self._rest = b""
        self._upgraded = False
        self._transport: asyncio.WriteTransport | None = None

    @classmethod
    async def opened(cls, address: str, *, token: str, heard: Heard) -> Self:
        """A socket that was let in. Raises TryAgainError, or RuntimeError when it was not."""
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: cls(token, heard), *place_of(address))
        await socket.ready
        return socket

    def say(self, message: object) -> None:
        """Send a message of the protocol."""
        self._frame(_TEXT, orjson.dumps(message))

    def subscribe(self, id_: str, query: str, **variables: object) -> None:
        """Start an operation."""
        payload = {"query": query, "variables": variables}
        self.say({"id": id_, "type": "subscribe", "payload": payload})

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the websocket."""
        if not isinstance(transport, asyncio.WriteTransport):
            raise TypeError
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /graphql HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: graphql-transport-ws",
        ]
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits to be let in hears of it."""
        self._fail(f"The socket was closed: {exc}")

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        data = self._rest + data if self._rest else data
        if not self._upgraded:
            head, end, data = data.partition(END_OF_HEAD)
            if not end:
                self._rest = head
                return
            if b" 101 " not in head:
                self._fail(f"No websocket: {head!r}")
                return
            self._upgraded = True
            self.say({"type": "connection_init", "payload": {"Authorization": self._token}})
        self._rest = self._take(data)

    def _take(self, data: bytes) -> bytes:
        """Hand on every frame that is whole; what is left of the data."""
        at, end = 0, len(data)
        while end - at >= 2:  # noqa: PLR2004  the least that a frame has
            size, start = data[at + 1], at + 2
            if size == _TWO_BYTES:
                size, start = int.from_bytes(data[start : start + 2]), start + 2
            elif size == _EIGHT_BYTES:
                size, start = int.from_bytes(data[start : start + 8]), start + 8
            if start + size > end:
                break
            self._hear(data[at] & 0x0F, data[start : start + size])
            at = start + size
        return data[at:]

    def _hear(self, kind: int, payload: bytes) -> None:
        if kind == _TEXT:
            if self.ready.done():
                self.heard(payload)
            elif _ACKNOWLEDGED in payload:
                self.ready.set_result(None)
        elif kind == _PING:
            self._frame(_PONG, payload)
        elif kind == _CLOSE:
            again = payload.startswith(_TRY_AGAIN)
            self._fail(f"The server closed: {payload!r}", TryAgainError if again else RuntimeError)

    def _frame(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        if size < _TWO_BYTES:
            head = bytes((_FINAL | kind, _MASKED | size))
        else:
            head = bytes((_FINAL | kind, _MASKED | _TWO_BYTES)) + size.to_bytes(2)
        if self._transport is not None:
            self._transport.write(head + bytes(4) + payload)

    def _fail(self, problem: str, kind: type[RuntimeError] = RuntimeError) -> None:
        if not self.ready.done():
            self.ready.set_exception(kind(problem))
