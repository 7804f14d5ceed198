"""Stands before PostgreSQL, or Redis, and breaks connections at a chosen statement."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import SplitResult, urlsplit, urlunsplit


class BreakingProxy:
    """Forwards everything but what it was told to break at; `url` leads through it."""

    def __init__(self, database: SplitResult, port: int) -> None:
        """Use `breaking_proxy`."""
        user = database.netloc.rpartition("@")[0]
        self.url = urlunsplit(database._replace(netloc=f"{user}@127.0.0.1:{port}"))
        # Broken before the server sees the statement.
        self.before: bytes | None = None
        # Broken when the server has obeyed the statement, instead of its answer.
        self.after: bytes | None = None
        # Put in place of `garbled[0]`, and as long: the server refuses it and goes on.
        self.garbled: tuple[bytes, bytes] = (b"", b"")

    async def pass_on(self, client: "Ends", server: "Ends") -> None:
        """Carry one connection to its end."""
        answering = asyncio.create_task(_forward(server, client))
        try:
            while data := await client[0].read(65536):
                if self.before is not None and self.before in data:
                    return
                if self.after is not None and self.after in data:
                    answering.cancel()
                    await _write(server, data)
                    await server[0].read(65536)
                    return
                await _write(server, data.replace(*self.garbled) if self.garbled[0] else data)
        finally:
            answering.cancel()


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def breaking_proxy(url: str) -> AsyncIterator[BreakingProxy]:
    """A proxy before the database of `url`, on a port of its own."""
    parts = urlsplit(url)
    proxy: BreakingProxy

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = await asyncio.open_connection(parts.hostname, parts.port or 5432)
        try:
            with suppress(OSError):
                await proxy.pass_on((reader, writer), server)
        finally:
            server[1].close()
            writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as listening:
        proxy = BreakingProxy(parts, listening.sockets[0].getsockname()[1])
        yield proxy


async def _forward(source: Ends, target: Ends) -> None:
    with suppress(OSError):
        while data := await source[0].read(65536):
            await _write(target, data)
        target[1].close()


async def _write(target: Ends, data: bytes) -> None:
    target[1].write(data)
    await target[1].drain()
