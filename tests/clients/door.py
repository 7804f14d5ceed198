"""An address that stays while what stands behind it changes, as a load balancer's does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Door:
    """Passes connections on to the server of `leads_to`, or closes them when there is none.

    Of the next `lose_answers` connections the first answer is kept back, and they are closed.
    """

    def __init__(self) -> None:
        """Use `door`."""
        self.url = ""
        self.leads_to = ""
        self.entered = 0
        self.lose_answers = 0
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Cut every connection that goes through."""
        for writer in self._open:
            writer.transport.abort()

    def _loses(self) -> bool:
        loses = self.lose_answers > 0
        self.lose_answers -= loses
        return loses

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        self.entered += 1
        self._open.add(writer)
        target = urlsplit(self.leads_to)
        try:
            with suppress(OSError):
                server = await asyncio.open_connection(target.hostname, target.port)
                answers = _lose(server[0], writer) if self._loses() else _pass(server[0], writer)
                await asyncio.gather(_pass(reader, server[1]), answers)
        finally:
            self._open.remove(writer)
            writer.close()


async def _lose(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    await source.read(1)
    target.transport.abort()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    finally:
        target.close()


@asynccontextmanager
async def door() -> AsyncIterator[Door]:
    """A door on a port of its own."""
    made = Door()
    async with await asyncio.start_server(made.enter, "127.0.0.1", 0) as listening:
        made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield made
