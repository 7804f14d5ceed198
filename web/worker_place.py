"""The place of one worker among several: there is one in it, and after it the next one.

One that dies is replaced at once, one that dies again and again after longer and longer pauses. One
that is to be replaced stays until the next one is ready.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable

import structlog

from web.worker_process import WorkerProcess

_LONGEST_PAUSE_SECONDS = 30.0
# A worker that has lived so long did not die of its start.
_LONG_LIFE_SECONDS = 10.0
_log = structlog.get_logger()


class WorkerPlace:
    """`keep` it in a task of its own. `taken` is set as soon as a worker has been ready."""

    def __init__(self, bring_up: Callable[[], Awaitable[WorkerProcess | None]]) -> None:
        """`bring_up` gives a worker that is ready, or None when it did not become ready."""
        self._bring_up = bring_up
        self._wishes = asyncio.Queue[asyncio.Future[bool]]()
        self._deaths = 0
        self.taken = asyncio.Event()

    async def keep(self, worker: WorkerProcess | None) -> None:
        """Have a worker here for ever, from this one on."""
        while True:
            began = time.monotonic()
            if worker is not None:
                self.taken.set()
                await self._until_dead(worker)
            lasted = time.monotonic() - began
            self._deaths = 1 if lasted > _LONG_LIFE_SECONDS else self._deaths + 1
            await asyncio.sleep(pause_seconds(self._deaths))
            worker = await self._bring_up()

    async def replace(self) -> bool:
        """Put a new worker in the place of the old one, and wait for the end of that.

        False when the new one did not become ready: then the old one stays.
        """
        wish: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._wishes.put_nowait(wish)
        return await wish

    async def _until_dead(self, worker: WorkerProcess) -> None:
        """Wait until the worker, or the one that has replaced it, dies by itself."""
        while True:
            wish = asyncio.ensure_future(self._wishes.get())
            try:
                await asyncio.wait({wish, worker.ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                wish.cancel()
            if not wish.done():
                _log.error("a worker has ended", pid=worker.pid, exit_code=worker.exit_code)
                return
            new = await self._bring_up()
            if new is not None:
                worker.tell(signal.SIGHUP)
                await asyncio.wait({worker.ended})
                worker = new
            wish.result().set_result(new is not None)


def pause_seconds(deaths: int) -> float:
    """How long to wait after so many early deaths in a row: not at all after the first."""
    return 0 if deaths <= 1 else min(2.0 ** min(deaths - 2, 10), _LONGEST_PAUSE_SECONDS)
