"""A worker as its parent sees it: a process, and a socket to tell it what to do."""

import asyncio
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from web.worker import WORKER_SIGNALS


class WorkerProcess:
    """One worker, from its start to its end.

    `ready` is done when it listens (True) or has ended before that (False), `ended` when the
    process is gone.
    """

    def __init__(
        self, command: Sequence[str], listening: socket.socket, *, environment: Mapping[str, str]
    ) -> None:
        """Start it. The command is called with the numbers of the two sockets. Raises OSError.

        Signals wait until the worker can handle them: Ctrl-C in a terminal goes to all processes.
        """
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        with theirs:
            handed = (listening.fileno(), theirs.fileno())
            signal.pthread_sigmask(signal.SIG_BLOCK, WORKER_SIGNALS)
            try:
                self._process = subprocess.Popen(  # noqa: S603  our own program
                    [*command, *map(str, handed)],
                    stdin=subprocess.DEVNULL,
                    env=environment,
                    pass_fds=handed,
                )
            except OSError:
                self._socket.close()
                raise
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, WORKER_SIGNALS)
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.create_task(self._follow())

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, minus the number of the signal that killed it; None while it runs."""
        return self._process.returncode

    def tell(self, sig: int) -> None:
        """Pass a signal on; one that has gone hears nothing."""
        with suppress(OSError):
            self._socket.send(bytes([sig]))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    async def _follow(self) -> None:
        """Read until the worker's end of the socket closes, at the latest with its process."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while await loop.sock_recv(self._socket, 1):
                if not self.ready.done():
                    self.ready.set_result(True)
        self._socket.close()
        await asyncio.to_thread(self._process.wait)
        if not self.ready.done():
            self.ready.set_result(False)
