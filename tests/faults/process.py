"""`parley serve` as a process of its own, with a client that is signed in, and its log."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp

from chat.identifiers import uuid7
from chat.records import User, UserRole
from tests.program import READY, environment, start
from tests.served import Answer, Client

ADMIN = User(uuid7(), "Admin", "admin@localhost", UserRole.ADMIN, None, datetime.now(UTC))
# A repeat of a key may have to wait for the run of a commit that nobody heard of: that is given
# back soon, or at the latest when its lease has run out (15 s) and it is swept up (5 s).
LONGEST_ANSWER_SECONDS = 25


class Log:
    """What the process writes to standard error; read all the time, or it would wait for that."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self.text = ""
        self._more = asyncio.Condition()

    async def read(self, source: asyncio.StreamReader) -> None:
        """Read to the end."""
        while line := await source.readline():
            async with self._more:
                self.text += line.decode()
                self._more.notify_all()

    async def until_more(self, text: str, *, times: int, within_seconds: float = 30) -> None:
        """Wait until this is written so many times from now."""
        wanted = self.text.count(text) + times
        async with asyncio.timeout(within_seconds), self._more:
            await self._more.wait_for(lambda: self.text.count(text) >= wanted)


class ParleyProcess:
    """A Parley that runs."""

    def __init__(self, process: Process, client: Client, log: Log) -> None:
        """Use `parley_process`."""
        self.pid = process.pid
        self.client = client
        self.log = log


@asynccontextmanager
async def parley_process(
    database_url: str, model_url: str, **variables: str
) -> AsyncIterator[ParleyProcess]:
    """Run until the block ends. It must then end well, and must not have ended before.

    `variables` are more of its environment.
    """
    env = environment(
        database_url,
        OPENAI_BASE_URL=model_url,
        PARLEY_DEFAULT_MODEL="test-model",
        PARLEY_RATE_LIMIT="off",
        PARLEY_SEND_RATE_LIMIT="off",
        **variables,
    )
    process = await start("serve", "--sign-in-link", env=env)
    assert process.stdout is not None
    assert process.stderr is not None
    log = Log()
    reading = asyncio.create_task(log.read(process.stderr))
    timeout = aiohttp.ClientTimeout(total=LONGEST_ANSWER_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    try:
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
            assert line.startswith(READY), log.text
            address, _, token = line.removeprefix(READY).strip().partition("/?token=")
            yield ParleyProcess(process, Client(address, session, token, ADMIN), log)
        assert process.returncode is None, log.text
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(asyncio.gather(process.wait(), reading), 60)
    assert process.returncode == 0, log.text


def assert_refused_for_now(answer: Answer) -> None:
    """The error says that trying again may help, and not what went wrong inside."""
    assert answer.status in {200, 503}
    assert answer.code == "INTERNAL"
    assert answer.error["message"] == "The database is busy. Please try again in a moment."
    assert answer.error["extensions"]["retryable"] is True
