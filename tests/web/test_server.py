"""How a server that others replace ends for those who have just come."""

import asyncio
import socket

from main import create_app
from settings import Settings
from web.server import Server, bind

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_a_connection_that_was_accepted_in_the_last_moment_is_answered(
    database_url: str,
) -> None:
    started = asyncio.Event()

    async def tell() -> None:
        started.set()

    app = create_app(Settings.model_validate({"database_url": database_url}))
    server = Server(app, grace_seconds=60, on_started=tell)
    with bind("127.0.0.1", 0) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening.dup()]))
        await asyncio.wait_for(started.wait(), 20)
        with socket.create_connection(listening.getsockname()) as client:
            # The loop looks at its sockets next, accepts this one, and makes a transport of it
            # only in the turn after that, where it stops to accept.
            await asyncio.sleep(0)
            server.leave()
            client.setblocking(False)
            client.sendall(GET)
            answer = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 100), 10)
            assert answer.startswith(b"HTTP/1.1 200 ")
        await asyncio.wait_for(serving, 20)
