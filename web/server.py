"""Uvicorn as Parley runs it: how it starts, and above all how it ends."""

import asyncio
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import FrameType

import uvicorn
from fastapi import FastAPI

from chat.application import Application
from web.connection_limits import ConnectionLimits
from web.leaving import LeavingState, bounded_by
from web.socket_connections import SocketConnection

_LARGEST_FRAME_BYTES = 1024 * 1024
_CONNECTION_LIMITS = ConnectionLimits()
# For what is still being sent when all runs have ended.
_LAST_ANSWERS_SECONDS = 5
# For the first request on a connection that was accepted last.
_FIRST_REQUEST_SECONDS = 1


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

    server_state: LeavingState

    def __init__(
        self,
        app: FastAPI,
        *,
        grace_seconds: float,
        unready_seconds: float = 0,
        on_started: Callable[[], Awaitable[None]],
        connection_limits: ConnectionLimits = _CONNECTION_LIMITS,
    ) -> None:
        """Nothing happens before `serve`.

        `unready_seconds`: how long after SIGTERM everything goes on, but that /readyz says it is
        unready. `grace_seconds`: how long runs may go on after that.
        """
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
        self.server_state = LeavingState()
        self._app = app
        self._grace_seconds = grace_seconds
        self._unready_seconds = unready_seconds
        self._on_started = on_started
        self._signal: int | None = None
        self._replaced = False
        self._hurried = asyncio.Event()
        self._hurrying: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        if self.started:
            await self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the runs end, then the sockets, then the subscriptions, then everything."""
        application: Application = self._app.state.application
        self._app.state.ending, self._app.state.replaced = not self._replaced, self._replaced
        self.server_state.leave()
        if self._replaced:
            self._stop_accepting()
        elif self._signal == signal.SIGTERM:
            await self._unless_hurried(asyncio.sleep(self._unready_seconds))
        since = time.monotonic()
        await application.live.drain(self._grace_seconds)
        self._stop_accepting()
        await self._farewell(since)
        closing = asyncio.ensure_future(super().shutdown(sockets))
        await asyncio.sleep(0)  # its first step asks every connection to close
        application.bus.close()
        await closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop. Uvicorn would raise the signal again at the end."""
        del frame
        self.stop(sig)

    def stop(self, sig: int) -> None:
        """End; the second time runs are interrupted at once, by a second Ctrl-C even sooner.

        To be called in the thread of the loop, by a handler of signals too.
        """
        if self._signal is not None:
            self.force_exit = sig == signal.SIGINT
            asyncio.get_running_loop().call_soon_threadsafe(self._hurry)
        self._signal = sig
        self.should_exit = True

    def leave(self) -> None:
        """End, and accept no connection from now on: others accept on the same socket.

        That address stays ready, so /readyz does not tell. To be called as `stop`.
        """
        self._replaced = True
        asyncio.get_running_loop().call_soon_threadsafe(self._stop_accepting)
        self.should_exit = True

    def _hurry(self) -> None:
        self._hurried.set()
        if self._hurrying is None:
            application: Application = self._app.state.application
            self._hurrying = asyncio.ensure_future(application.live.close())

    def _stop_accepting(self) -> None:
        """Close the sockets a turn of the loop after it has last looked at them.

        What it has accepted in this turn becomes a connection in the next one, and would be lost
        if the asyncio server were closed before (an AssertionError there).
        """
        loop = asyncio.get_running_loop()
        for listener in self.servers if self.started else ():
            for one in listener.sockets:
                loop.remove_reader(one.fileno())
            loop.call_soon(listener.close)

    async def _farewell(self, since: float) -> None:
        """Do not close connections on which a request may be on its way, if there is time.

        Those that are kept and stay idle end by themselves when uvicorn's time for that is over,
        reckoned from `since`; the newest have a moment yet. Ctrl-C is meant for the program, not
        for one of several, so nobody waits for it.
        """
        if self._replaced or self._signal == signal.SIGTERM:
            left = since + self.config.timeout_keep_alive - time.monotonic()
            seconds = min(self._grace_seconds, max(left, _FIRST_REQUEST_SECONDS))
            await self._unless_hurried(self.server_state.until_none_is_idle(within_seconds=seconds))

    async def _unless_hurried(self, wait: Coroutine[None, None, None]) -> None:
        """Wait, but no longer than until the second signal."""
        waits = [asyncio.ensure_future(wait), asyncio.ensure_future(self._hurried.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
