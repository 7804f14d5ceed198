"""Parley and the stand-in model as processes of their own, and what they use of the CPU."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_READY = "http://"
# How Linux names the CPU clock of another process, which counts in nanoseconds (see
# clock_getcpuclockid in sysdeps/unix/sysv/linux of glibc). /proc counts in hundredths of a second.
_CPU_CLOCK = 2


@dataclass
class Server:
    """A process that serves, where, and how long it took to get there."""

    process: Process
    address: str
    token: str
    seconds_to_ready: float

    def cpu_seconds(self) -> float:
        """CPU time that the process used so far, in user and system mode."""
        return time.clock_gettime(~self.process.pid << 3 | _CPU_CLOCK)

    def memory_megabytes(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@asynccontextmanager
async def started(*command: str, **environment: str) -> AsyncIterator[Server]:
    """Start a Python module that prints its address when it listens."""
    async with _started(_module(command), environment, log=None) as server:
        yield server


@asynccontextmanager
async def started_in_silence(*command: str, **environment: str) -> AsyncIterator[Server]:
    """The same; what it logs is not shown."""
    async with _started(_module(command), environment, log=DEVNULL) as server:
        yield server


@asynccontextmanager
async def started_program(*command: str, **environment: str) -> AsyncIterator[Server]:
    """The same for a program of any kind."""
    async with _started(command, environment, log=None) as server:
        yield server


def _module(command: Sequence[str]) -> Sequence[str]:
    return (sys.executable, "-m", *command)


@asynccontextmanager
async def _started(
    command: Sequence[str], environment: Mapping[str, str], *, log: int | None
) -> AsyncIterator[Server]:
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environment, stdout=PIPE, stderr=log
    )
    try:
        link = await _link(process)
        address, _, token = link.partition("/?token=")
        yield Server(process, address, token, time.perf_counter() - begun)
    finally:
        process.terminate()
        await process.wait()


async def _link(process: Process) -> str:
    if process.stdout is None:
        raise AssertionError
    async for line in process.stdout:
        if _READY in (text := line.decode()):
            return text[text.index(_READY) :].strip()
    msg = "a server did not start"
    raise RuntimeError(msg)
