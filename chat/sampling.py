"""Reads off, every few seconds, what is not told of as it happens.

Several processes may be measured together, and only one of them is asked for the result; so each
notes how it is again and again, and not only when it is asked.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from chat.errors import StoreUnavailableError
from chat.metrics import Count, Level, Metrics
from chat.options import Options
from chat.ports import Clock, RunStore

_log = logging.getLogger(__name__)


class Sampling:
    """Start it once for each process."""

    def __init__(
        self,
        *,
        metrics: Metrics,
        runs: RunStore,
        clock: Clock,
        options: Options,
        unready: Callable[[], Awaitable[str | None]],
        levels: Mapping[Level, Callable[[], float]],
        counts: Mapping[Count, Callable[[], int]] | None = None,
    ) -> None:
        """`levels` are what can be read off; `counts` only grow, and count since the start.

        `unready` tells why no requests should be sent here, or None when they may.
        """
        self._metrics = metrics
        self._runs = runs
        self._clock = clock
        self._options = options
        self._unready = unready
        self._levels = levels
        self._counts = counts or {}
        self._counted = dict.fromkeys(self._counts, 0)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look now, and then again and again until `close`."""
        self._task = asyncio.create_task(self._look_for_ever())

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def sample(self) -> None:
        """Note what this process knows of itself; asks nobody."""
        for level, value in self._levels.items():
            self._metrics.level(level, value())
        for count, total in self._counts.items():
            now = total()
            self._metrics.count(count, now - self._counted[count])
            self._counted[count] = now

    async def look(self) -> None:
        """The same, and whether requests may come, and what is open in the store, if it answers."""
        self.sample()
        self._metrics.level(Level.READY, await self._unready() is None)
        try:
            async with asyncio.timeout(self._options.sample_seconds):
                found = await self._runs.open_runs(now=self._clock.now())
        except (StoreUnavailableError, TimeoutError):
            return
        self._metrics.open_runs(found)

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001  the next look may work
                _log.exception("measuring failed")
            await self._clock.sleep(self._options.sample_seconds)
