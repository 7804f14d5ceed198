"""A line between the browser and Parley that can be cut, and mended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class BreakableLine:
    """Forwards to Parley, unless it is cut; `url` leads through it."""

    def __init__(self, server: tuple[str, int]) -> None:
        """Use `breakable_line`."""
        self.url = ""
        self._server = server
        self._whole = True
        self._ends: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Break every connection, and let none come about."""
        self._whole = False
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        """Let connections come about again."""
        self._whole = True

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        if not self._whole:
            writer.transport.abort()
            return
        server_reader, server = await asyncio.open_connection(*self._server)
        ends = {writer, server}
        self._ends |= ends
        try:
            await asyncio.gather(_forward(reader, server), _forward(server_reader, writer))
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()


@asynccontextmanager
async def breakable_line(url: str) -> AsyncIterator[BreakableLine]:
    """A line to Parley's address, on a port of its own."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    line = BreakableLine((parts.hostname, parts.port))
    async with await asyncio.start_server(line.connected, "127.0.0.1", 0) as listening:
        line.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield line
        line.cut()


async def _forward(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
