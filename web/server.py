"""Uvicorn as Parley runs it."""

import signal
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

_LARGEST_FRAME_BYTES = 1024 * 1024


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
    """Tells when it listens and before it stops; SIGTERM and SIGINT end it with exit code 0."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        grace_seconds: float,
        on_started: Callable[[], Awaitable[None]],
        on_stopping: Callable[[], Awaitable[None]],
    ) -> None:
        """`on_stopping` must end whatever keeps requests open: runs and subscriptions."""
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                ws="websockets-sansio",
                ws_max_size=_LARGEST_FRAME_BYTES,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=max(1, round(grace_seconds)),
                server_header=False,
            )
        )
        self._on_started = on_started
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        if self.started:
            await self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell, and stop."""
        await self._on_stopping()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second Ctrl-C stops at once. Uvicorn would raise the signal again at the end."""
        del frame
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
