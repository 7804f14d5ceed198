"""`parley serve` as a process of its own that is killed and comes back on the same port."""

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tests.history.log import DatabaseAway
from tests.history.sightings import RECOVERY_SECONDS
from tests.program import READY, environment
from tests.scaled.logs import is_error


class ServedProgram:
    """Start it with `start`; whoever starts it ends it, with `kill` or `stop`."""

    def __init__(
        self, database_url: str, *, model_url: str, log_file: Path, **settings: str
    ) -> None:
        """Choose the port, which stays the same over all starts; `settings` are further ones."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log_file = log_file
        self._environment = environment(
            database_url,
            PARLEY_PORT=str(self.port),
            PARLEY_LOG_FORMAT="json",
            PARLEY_RATE_LIMIT="off",
            PARLEY_SEND_RATE_LIMIT="off",
            OPENAI_BASE_URL=model_url,
            OPENAI_API_KEY="sk-test",
            **settings,
        )
        self._process: Process | None = None

    async def start(self) -> None:
        """Start and wait until it listens."""
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "command_line", "serve"),
                env=self._environment,
                stdout=PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            while line := (await self._process.stdout.readline()).decode():
                if line.startswith(READY):
                    return
        raise AssertionError(self._log_file.read_text(encoding="utf-8"))

    async def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it as an operator does; it must say that all was well."""
        assert await self._end(signal.SIGTERM) in {0, None}

    async def _end(self, how: signal.Signals) -> int | None:
        """Its exit code, None when it did not run."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return None
        process.send_signal(how)
        await asyncio.wait_for(process.communicate(), 60)
        return process.returncode

    def complaints(self, outages: Sequence[DatabaseAway] = ()) -> list[str]:
        """The lines of its log that tell of a fault of its own, and not of these outages."""
        lines = self._log_file.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if _is_complaint(line, outages)]


def _is_complaint(line: str, outages: Sequence[DatabaseAway]) -> bool:
    if not is_error(line) or _is_left_by_asyncpg(line):
        return False
    try:
        at = datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()
    except ValueError:
        return True  # what is not a line of the log is a crash
    return not any(one.during(at - RECOVERY_SECONDS, at) for one in outages)


def _is_left_by_asyncpg(line: str) -> bool:
    """Whether it tells that an attempt to connect to PostgreSQL was given up.

    Its protocol has an exception then, for which nobody waits any more.
    """
    return all(part in line for part in ("Future exception was never", '"ConnectionError"'))
