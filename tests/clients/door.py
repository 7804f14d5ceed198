"""An address that stays while what stands behind it changes, as a load balancer's does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Door:
    """Passes connections on to the server of `leads_to`, or closes them when there is none."""

    def __init__(self) -> None:
        """Use `door`."""
        self.url = ""
        self.leads_to = ""
        self.entered = 0

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        self.entered += 1
        target = urlsplit(self.leads_to)
        try:
            with suppress(OSError):
                server = await asyncio.open_connection(target.hostname, target.port)
                await asyncio.gather(_pass(reader, server[1]), _pass(server[0], writer))
        finally:
            writer.close()


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
