"""`parley serve` as processes of their own: the parent, its workers if it has some, their log."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.faults.process import Log
from tests.program import READY, children_of, environment, start

WORKERS = 2


class Supervised:
    """A process that runs, with or without workers."""

    def __init__(self, process: Process, log: Log, link: str) -> None:
        """Use `program` or `supervised`."""
        self.process = process
        self.log = log
        self.link = link

    @property
    def pid(self) -> int:
        """Its number, and that of the group of its workers."""
        return self.process.pid

    @property
    def address(self) -> str:
        """Where it listens."""
        return self.link.partition("/?token=")[0]

    @property
    def token(self) -> str:
        """The local admin's."""
        return self.link.partition("/?token=")[2]

    @property
    def workers(self) -> set[int]:
        """The workers that are there."""
        return set(children_of(self.pid))

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What all of them have logged."""
        return [json.loads(line) for line in self.log.text.splitlines()]

    def answered(self) -> set[int]:
        """The workers that have answered an operation."""
        return {entry["pid"] for entry in self.entries if entry["event"] == "operation"}

    async def until_workers(self, as_wanted: Callable[[set[int]], bool]) -> None:
        """Wait until there are these workers, and all have said that they have started."""
        async with asyncio.timeout(90):
            while True:
                started = {one["pid"] for one in self.entries if one["event"] == "worker started"}
                workers = self.workers
                if len(workers) == WORKERS and workers <= started and as_wanted(workers):
                    return
                await asyncio.sleep(0.05)

    def signal_all(self, sig: int) -> None:
        """Send a signal to every process, as a terminal does."""
        os.killpg(self.pid, sig)

    async def end(self) -> int:
        """Wait for the end of the parent; its exit code."""
        return await asyncio.wait_for(self.process.wait(), 30)


@asynccontextmanager
async def program(env: Mapping[str, str]) -> AsyncIterator[Supervised]:
    """`parley serve`, until the block ends. All processes are gone after it."""
    process = await start("serve", "--sign-in-link", env=env, apart=True)
    assert process.stdout is not None
    assert process.stderr is not None
    log = Log()
    reading = asyncio.create_task(log.read(process.stderr))
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        assert line.startswith(READY), log.text
        yield Supervised(process, log, line.removeprefix(READY).strip())
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        # The log ends when nobody is left who could write to it.
        await asyncio.wait_for(asyncio.gather(process.wait(), process.stdout.read(), reading), 60)


def supervised(
    database_url: str, redis_url: str, model_url: str, *, grace_seconds: float = 20
) -> AbstractAsyncContextManager[Supervised]:
    """The same with two workers."""
    env = environment(
        database_url,
        REDIS_URL=redis_url,
        OPENAI_BASE_URL=model_url,
        PARLEY_WORKERS=str(WORKERS),
        PARLEY_GRACE_SECONDS=str(grace_seconds),
        PARLEY_LOG_FORMAT="json",
        PARLEY_RATE_LIMIT="off",
        PARLEY_SEND_RATE_LIMIT="off",
        # A parent that is killed cannot remove its folder, so it is one that pytest removes.
        TMPDIR=str(Path.cwd()),
    )
    return program(env)


def environment_of(pid: int) -> dict[str, str]:
    """What a process saw at its start."""
    text = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.split("\0") if "=" in line)
