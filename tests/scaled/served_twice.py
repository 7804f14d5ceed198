"""Two Parleys in processes of their own, used as one by way of the round-robin proxy."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import aiohttp

from main import assembled
from settings import Settings
from tests.scaled.forks import Forks
from tests.scaled.logs import FileLog, is_crash
from tests.scaled.round_robin import round_robin
from tests.served import Served
from web.limits import EdgeLimits

PROCESSES = 2
_SHOWN_LINES = 40


@asynccontextmanager
async def serve_twice(
    forks: Forks, settings: Mapping[str, object], *, limits: EdgeLimits | None, folder: Path
) -> AsyncIterator[Served]:
    """Serve in two processes; every request has a connection of its own, so either gets it.

    The application that makes users is a third one, in this very process. What the processes
    logged goes to standard error, which pytest shows where a test fails.
    """
    logs = [FileLog(folder / f"{uuid4().hex}.log") for _ in range(PROCESSES)]
    async with AsyncExitStack() as stack:
        stack.callback(_examine, logs)
        paths = [log.path for log in logs]
        ports = await stack.enter_async_context(forks.parleys(settings, limits=limits, logs=paths))
        proxy = await stack.enter_async_context(round_robin(ports))
        application = await stack.enter_async_context(assembled(Settings.model_validate(settings)))
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        yield Served(proxy.url, application, session, logs=logs)


def _examine(logs: Sequence[FileLog]) -> None:
    """Show the logs, and find exceptions that no test expected: it would have read them."""
    for number, log in enumerate(logs, 1):
        lines = log.text().splitlines(keepends=True)
        last = "".join(lines[-_SHOWN_LINES:])
        sys.stderr.write(f"--- process {number}, {len(lines)} lines in {log.path}\n{last}")
    crashes = [line for log in logs for line in log.errors() if is_crash(line)]
    assert not crashes, f"logged: {crashes}"
