"""The tests' side of the fork server: asks for Parleys, and ends them."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path

from web.limits import EdgeLimits

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 30
_END_SECONDS = 30
# What a Parley must not learn from the machine that the tests run on.
_SETTINGS = ("PARLEY_", "OPENAI_", "DATABASE_", "REDIS_", "OTEL_")


class Forks:
    """Forks of a process that has imported everything."""

    def __init__(self, path: Path) -> None:
        """Use `fork_server`."""
        self._path = path

    @asynccontextmanager
    async def parleys(
        self, settings: Mapping[str, object], *, limits: EdgeLimits | None, logs: Sequence[Path]
    ) -> AsyncIterator[list[int]]:
        """One Parley with these settings for each log, until the block ends; their ports."""
        order = {"settings": settings, "limits": limits and asdict(limits)}
        forks = [_Fork(log) for log in logs]
        try:
            async with asyncio.TaskGroup() as group:
                started = [group.create_task(fork.start(self._path, order)) for fork in forks]
            yield [task.result() for task in started]
        finally:
            await asyncio.gather(*(fork.end() for fork in forks))


class _Fork:
    """One process, held by the connection on which it was ordered."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._pid: int | None = None

    async def start(self, path: Path, order: Mapping[str, object]) -> int:
        """Its port, when it listens there."""
        self._ends = reader, writer = await asyncio.open_unix_connection(path)
        writer.write(f"{json.dumps({**order, 'log': str(self._log)})}\n".encode())
        line = await asyncio.wait_for(reader.readline(), _START_SECONDS)
        assert line, f"a Parley did not start:\n{_text(self._log)}"
        told: dict[str, int] = json.loads(line)
        self._pid = told["pid"]
        return told["port"]

    async def end(self) -> None:
        """Have it end, and wait until it has: then its end of the connection is closed."""
        if self._ends is None:
            return
        reader, writer = self._ends
        writer.write_eof()
        try:
            await asyncio.wait_for(reader.read(), _END_SECONDS)
        except TimeoutError:
            if self._pid is not None:
                os.kill(self._pid, signal.SIGKILL)
            raise
        finally:
            writer.close()


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8") if log.exists() else "(nothing was logged)"


@contextmanager
def fork_server() -> Iterator[Forks]:
    """A fork server that runs until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="parley-forks-"))
    path = folder / "socket"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)
    }
    command = [sys.executable, "-m", "tests.scaled.fork_server", str(path)]
    with subprocess.Popen(  # noqa: S603  our own module
        command, cwd=_ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n", "the fork server did not start"
            yield Forks(path)
        finally:
            process.kill()
            shutil.rmtree(folder)
