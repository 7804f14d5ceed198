"""Uvicorn as Parley runs it."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from chat.application import Application
from web.connections import ConnectionLimits, bounded_by
from web.socket_connections import SocketConnection

_LARGEST_FRAME_BYTES = 1024 * 1024
_CONNECTION_LIMITS = ConnectionLimits()
# For what is still being sent when all runs have ended.
_LAST_ANSWERS_SECONDS = 5


def bind(host: str, port: int) -> socket.socket:
    """Listen on host and port (0: a free one). Raises OSError, for a port in use for example."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    return listening


class Server(uvicorn.Server):
    """Tells when it listens and before it stops; SIGTERM and SIGINT end it with exit code 0.

    At the end it goes on answering while runs finish. Then sockets are closed with 1012, which
    tells clients to connect again and to subscribe once more. Only after that may their
    subscriptions end, since a completed one would not be taken up again.
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        grace_seconds: float,
        on_started: Callable[[], Awaitable[None]],
        connection_limits: ConnectionLimits = _CONNECTION_LIMITS,
    ) -> None:
        """`grace_seconds`: how long runs may go on after the signal."""
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                http=bounded_by(connection_limits),
                ws=SocketConnection,
                ws_max_size=_LARGEST_FRAME_BYTES,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
                server_header=False,
            )
        )
        self._app = app
        self._grace_seconds = grace_seconds
        self._on_started = on_started
        self._hurrying: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        if self.started:
            await self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the runs end, then the sockets, then the subscriptions, then everything."""
        application: Application = self._app.state.application
        await application.live.drain(self._grace_seconds)
        closing = asyncio.ensure_future(super().shutdown(sockets))
        await asyncio.sleep(0)  # its first step asks every connection to close
        application.bus.close()
        await closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second signal interrupts the runs at once, a second Ctrl-C waits for nothing.

        Uvicorn would raise the signal again at the end.
        """
        del frame
        if self.should_exit:
            self.force_exit = sig == signal.SIGINT
            asyncio.get_running_loop().call_soon_threadsafe(self._hurry)
        self.should_exit = True

    def _hurry(self) -> None:
        if self._hurrying is None:
            application: Application = self._app.state.application
            self._hurrying = asyncio.ensure_future(application.live.close())
