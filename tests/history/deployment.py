"""What serves the clients of a history, and what is done to it while they act."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Protocol

from tests.history.dump import until_writing
from tests.history.log import Disturbed, Killed
from tests.history.served_program import ServedProgram


class Deployment(Protocol):
    """Parley in one process or several."""

    @property
    def url(self) -> str:
        """Where clients find it, whatever happens."""
        ...

    @property
    def database_url(self) -> str:
        """A migrated database."""
        ...

    async def start(self) -> None:
        """Start, and return when it listens."""
        ...

    async def stop(self) -> None:
        """End it as an operator does."""
        ...

    async def disturb(self) -> Disturbed:
        """Take something away and bring it back."""
        ...

    def complaints(self) -> list[str]:
        """What it logged of faults of its own."""
        ...


# Makes one that talks to the model server at this address, and takes its choices from there.
Deploy = Callable[[str, Random], AbstractAsyncContextManager[Deployment]]


class OneProcess:
    """One process, which is killed again and again."""

    def __init__(self, database_url: str, program: ServedProgram) -> None:
        """Use `one_process`."""
        self.url = program.url
        self.database_url = database_url
        self._program = program

    async def start(self) -> None:
        """Start."""
        await self._program.start()

    async def stop(self) -> None:
        """End it."""
        await self._program.stop()

    async def disturb(self) -> Disturbed:
        """Kill it while it writes, and start it again."""
        await until_writing(self.database_url, processes=1)
        at = time.time()
        await self._program.kill()
        await self._program.start()
        return Killed(at=at, back_at=time.time())

    def complaints(self) -> list[str]:
        """What it logged of faults of its own."""
        return self._program.complaints()


def one_process(database_url: str, folder: Path) -> Deploy:
    """One process on this database, with its log in the folder."""

    @asynccontextmanager
    async def deploy(model_url: str, random: Random) -> AsyncIterator[Deployment]:
        del random  # there is no choice
        log_file = folder / "parley.log"
        program = ServedProgram(database_url, model_url=model_url, log_file=log_file)
        try:
            yield OneProcess(database_url, program)
        finally:
            await program.stop()

    return deploy
