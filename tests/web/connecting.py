"""A tiny application behind connections with small limits, and clients that speak in bytes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from web.connection_limits import ConnectionLimits
from web.leaving import LeavingState, bounded_by
from web.server import bind
from web.socket_connections import SEND_AT_ONCE, SendAtOnce, SocketConnection

HEAD_SECONDS = 0.2
LIMITS = ConnectionLimits(
    head_seconds=HEAD_SECONDS, linger_seconds=HEAD_SECONDS, unread_seconds=HEAD_SECONDS
)
FLOOD = "x" * 65_536


class ImpatientSocketConnection(SocketConnection):
    """A websocket whose client must read soon."""

    unread_seconds = HEAD_SECONDS


class TinyApplication:
    """Its path says what it does; `seen` tells what came in, `callers` how and from where."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.callers: list[tuple[str, str]] = []
        self.held = asyncio.Event()
        self.go_on = asyncio.Event()
        self.left = asyncio.Event()
        self.reading = asyncio.Event()
        self.sent_at_once: list[bool] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or echo the first message of a websocket."""
        if scope["type"] == "websocket":
            if scope["path"] == "/at-once":
                await self._flood_at_once(scope["extensions"][SEND_AT_ONCE], receive, send)
            else:
                await (_flood_socket if scope["path"] == "/flood" else _echo)(receive, send)
            self.left.set()
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.callers.append((scope["scheme"], scope["client"][0]))
        if scope["path"] == "/hold":
            self.held.set()
            await self.go_on.wait()
        if scope["path"] == "/read":
            self.reading.set()
        body = await _body(receive) if scope["path"] == "/read" else b""
        self.seen.append((scope["path"], headers, body))
        start = {"type": "http.response.start", "status": 200}
        if scope["path"] == "/flood":
            self.held.set()
            await _flood(start, receive, send)
            self.left.set()
            return
        await send({**start, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def _flood_at_once(self, at_once: SendAtOnce, receive: Receive, send: Send) -> None:
        """Send at once until the client takes no more, and once more when it has said something."""
        self.at_once = at_once
        await receive()
        self.sent_at_once.append(at_once([b"early"]))
        await send({"type": "websocket.accept"})
        while at_once([FLOOD.encode(), b"and"]):
            self.sent_at_once.append(True)
        self.sent_at_once.append(False)
        self.held.set()
        await receive()
        await send({"type": "websocket.send", "text": "the last"})


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            return body
    return body + b" and no more"


async def _echo(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    message = await receive()
    if message["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def _flood_socket(receive: Receive, send: Send) -> None:
    """Send for ever, to a client that may not read."""
    await receive()
    await send({"type": "websocket.accept"})
    with suppress(OSError):
        while True:
            await send({"type": "websocket.send", "text": FLOOD})


async def _flood(start: Message, receive: Receive, send: Send) -> None:
    """The same as an answer."""
    await send({**start, "headers": []})
    piece = {"type": "http.response.body", "body": FLOOD.encode(), "more_body": True}
    flooding = asyncio.create_task(_again_and_again(send, piece))
    while (await receive())["type"] != "http.disconnect":
        pass
    flooding.cancel()


async def _again_and_again(send: Send, piece: Message) -> None:
    while True:
        await send(piece)


@dataclass
class Reply:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """The one error in it."""
        [error] = json.loads(self.body)["errors"]
        return cast("dict[str, Any]", error)


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """It is open."""
        self._reader = reader
        self.writer = writer

    def send(self, *parts: bytes) -> None:
        """Write, and do not wait."""
        self.writer.write(b"".join(parts))

    def stop_reading(self) -> None:
        """Take nothing more from the server."""
        cast("asyncio.ReadTransport", self.writer.transport).pause_reading()

    def go_on_reading(self) -> None:
        """Take what there is."""
        cast("asyncio.ReadTransport", self.writer.transport).resume_reading()

    async def reply(self) -> Reply:
        """The next answer."""
        async with asyncio.timeout(10):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:-2])
            body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Reply(int(head[0].split()[1]), headers, body)

    async def rest(self) -> bytes:
        """Everything up to the end, which must come."""
        async with asyncio.timeout(10):
            return await self._reader.read()


class Place:
    """Where the application listens."""

    def __init__(
        self,
        application: TinyApplication,
        server: uvicorn.Server,
        state: LeavingState,
        port: int,
    ) -> None:
        """It listens."""
        self.application = application
        self.server = server
        self.state = state
        self._port = port

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """A connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        with closing(writer):
            yield Line(reader, writer)


@asynccontextmanager
async def placed(
    limits: ConnectionLimits = LIMITS,
    sockets: type[SocketConnection] = ImpatientSocketConnection,
) -> AsyncIterator[Place]:
    """The application behind these limits; in the end the server stops by itself."""
    application = TinyApplication()
    config = uvicorn.Config(
        application,
        http=bounded_by(limits),
        ws=sockets,
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    server.server_state = state = LeavingState()
    with closing(bind("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield Place(application, server, state, listening.getsockname()[1])
        server.should_exit = True
        async with asyncio.timeout(10):
            await serving
