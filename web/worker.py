"""One of several servers on the same socket, in a process of its own that a supervisor started.

What it is to do, its parent says over a socket between the two, in bytes that are the numbers of
signals. When the parent is gone, so is the other end, and the worker leaves: it must not outlive
its parent by more than the time that its runs get.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

import structlog
from fastapi import FastAPI

from web.server import Server

READY = b"r"
# The parent blocks these, until there is something that handles them.
WORKER_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_MOST_ORDERS = 16


class Worker(Server):
    """Leaves at SIGHUP from the parent, stops at SIGTERM and SIGINT from there."""

    def __init__(
        self, app: FastAPI, *, parent: socket.socket, grace_seconds: float, unready_seconds: float
    ) -> None:
        """`parent` is this end of the socket."""
        super().__init__(
            app,
            grace_seconds=grace_seconds,
            unready_seconds=unready_seconds,
            on_started=self._tell_parent,
        )
        self._parent = parent

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Uvicorn's handlers hold within; before and after, signals wait."""
        with super().capture_signals():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WORKER_SIGNALS)
            try:
                yield
            finally:
                signal.pthread_sigmask(signal.SIG_BLOCK, WORKER_SIGNALS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Do nothing: who means all processes reaches the parent too, and that passes it on.

        A terminal does so, and what starts services; taken twice, a signal would hurry the end.
        """

    async def _tell_parent(self) -> None:
        self._parent.setblocking(False)
        with suppress(OSError):
            self._parent.send(READY)
        asyncio.get_running_loop().add_reader(self._parent, self._obey)
        structlog.get_logger().info("worker started", pid=os.getpid())

    def _obey(self) -> None:
        try:
            orders = self._parent.recv(_MOST_ORDERS)
        except BlockingIOError:
            return
        except OSError:
            orders = b""
        if not orders:
            asyncio.get_running_loop().remove_reader(self._parent)
            structlog.get_logger().error("the parent process is gone: this worker ends")
            self.leave()
        for order in orders:
            if order == signal.SIGHUP:
                self.leave()
            else:
                self.stop(order)
