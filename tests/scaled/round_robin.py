"""Stands before several Parleys, as a load balancer without sticky sessions does.

One TCP connection after another goes to the next of them; who does not listen is passed over.
Bytes are carried as they are: this knows nothing of HTTP. It works on sockets, since an asyncio
transport that cannot write any more does not read what is still on its way either.
"""

import asyncio
import socket
from asyncio import get_running_loop
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

_CHUNK_BYTES = 256 * 1024


class RoundRobin:
    """Where connections go; `url` leads there."""

    def __init__(self, ports: Sequence[int], listening: socket.socket) -> None:
        """Use `round_robin`."""
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._listening = listening
        self._ports = list(ports)
        self._turn = 0
        self._carrying: set[asyncio.Task[None]] = set()

    async def accept(self) -> None:
        """Take connections until cancelled."""
        while True:
            client, _ = await get_running_loop().sock_accept(self._listening)
            task = asyncio.create_task(self._carry(client))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def close(self) -> None:
        """Break what is still carried."""
        carrying = list(self._carrying)
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    async def _carry(self, client: socket.socket) -> None:
        """Carry both ways until both have ended; who is given up by the client is at once."""
        with client:
            server = await self._connected()
            if server is None:
                return
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with server:
                try:
                    async with asyncio.TaskGroup() as both:
                        both.create_task(_forward(client, server))
                        both.create_task(_answer(server, client))
                except* OSError:
                    pass  # the client's; closing tells the server

    async def _connected(self) -> socket.socket | None:
        """A connection to the one whose turn it is, or to the next that listens."""
        for _ in self._ports:
            port = self._ports[self._turn]
            self._turn = (self._turn + 1) % len(self._ports)
            server = socket.socket()
            server.setblocking(False)
            try:
                await get_running_loop().sock_connect(server, ("127.0.0.1", port))
            except OSError:
                server.close()
            else:
                return server
        return None


@asynccontextmanager
async def round_robin(ports: Sequence[int]) -> AsyncIterator[RoundRobin]:
    """A proxy before the servers on these ports, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        listening.setblocking(False)
        proxy = RoundRobin(ports, listening)
        accepting = asyncio.create_task(proxy.accept())
        try:
            yield proxy
        finally:
            accepting.cancel()
            await asyncio.gather(accepting, return_exceptions=True)
            await proxy.close()


async def _answer(server: socket.socket, client: socket.socket) -> None:
    """Carry what the server says; it may break off when it has said all."""
    with suppress(OSError):
        await _forward(server, client)
    with suppress(OSError):
        client.shutdown(socket.SHUT_WR)


async def _forward(source: socket.socket, target: socket.socket) -> None:
    """Carry one way to its end.

    Who takes no more may still have an answer on its way, so the rest is read and thrown away.
    Raises OSError when the source breaks off.
    """
    loop = get_running_loop()
    taking = True
    while data := await loop.sock_recv(source, _CHUNK_BYTES):
        try:
            if taking:
                await loop.sock_sendall(target, data)
        except OSError:
            taking = False
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
