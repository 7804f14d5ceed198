"""A Redis server of the tests' own, which they may stop, pause and restart."""

import asyncio
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from tests.faults.missing import missing

_START_SECONDS = 20
_POLL_SECONDS = 0.02


class RedisServer:
    """A server without a disk, on a port of its own: whenever it is started, it is empty.

    It is there as a context manager, or from `start` to `stop`. The address stays the same.
    """

    def __init__(self, *, password: str | None = None, options: tuple[str, ...] = ()) -> None:
        """`options` are more arguments of the server's command line."""
        found = shutil.which("redis-server")
        if found is None:
            missing("redis-server is not installed")
        self._program = found
        self.port = _free_port()
        self._options = (*options, *(("--requirepass", password) if password else ()))
        sign_in = f":{password}@" if password else ""
        self.url = f"redis://{sign_in}127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, if it runs."""
        self.stop()

    async def start(self) -> None:
        """Start, and return when the server takes connections."""
        assert self._process is None
        self._process = subprocess.Popen(  # noqa: S603, ASYNC220  a server of our own
            [
                self._program,
                *("--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", "/tmp"),  # noqa: S108  it writes nothing
                *self._options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(_START_SECONDS):
            while not await self._answers():
                assert self._process.poll() is None, "the server did not start"
                await asyncio.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Kill the server, paused or not; what was in it is gone. Nothing if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Let connections stand, and answer nothing, until `resume`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on, with what was sent in the meantime first."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port on which nobody listens, and nobody else will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
