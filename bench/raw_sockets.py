"""The floor under the fan-out: websockets that get bytes pushed, and nothing else.

`python -m bench.raw_sockets` serves on a free port, by uvicorn as Parley runs it. It says
connection_ack to every websocket; each POST has every one of them sent as many messages as its body
says, all at once, and answers when they are written.
"""

import asyncio

import uvicorn

from web.asgi import Receive, Scope, Send
from web.server import bind
from web.socket_connections import SocketConnection

_MESSAGE = (
    '{"id":"1","type":"next","payload":{"data":{"conversationEvents":'
    '{"offset":1234,"text":" some words of a reply"}}}}'
)


class RawSockets:
    """The ASGI application."""

    def __init__(self) -> None:
        """Nobody is connected."""
        self._sends: set[Send] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a websocket."""
        if scope["type"] == "websocket":
            await self._socket(receive, send)
        else:
            body = (await receive())["body"]
            await self._push(int(body))
            head = [(b"content-length", b"2")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": b"{}"})

    async def _socket(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
        self._sends.add(send)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self._sends.discard(send)

    async def _push(self, times: int) -> None:
        for _ in range(times):
            for send in self._sends:
                await send({"type": "websocket.send", "text": _MESSAGE})


async def main() -> None:
    """Serve until a signal comes."""
    listening = bind("127.0.0.1", 0)
    config = uvicorn.Config(
        RawSockets(),
        log_config=None,
        access_log=False,
        lifespan="off",
        http="httptools",
        ws=SocketConnection,
        ws_per_message_deflate=False,
        server_header=False,
    )
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(main())
