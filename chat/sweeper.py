"""Recovery: runs whose process went away are settled by any process that is there.

A run holds a lease that its process renews with every checkpoint. The sweeper looks for leases
that have run out, at the start and every few seconds, and settles their runs as INTERRUPTED, with
the text of the last checkpoint. Then it starts runs whose turn it is and that nobody has started.
So nothing is "generating", or waiting, for ever.

While the store is away no lease can be renewed. So the first sweep that finds it back takes none:
processes that live have until the next one to renew theirs.
"""

import asyncio
import logging

from chat.errors import StoreUnavailableError
from chat.live_runs import LiveRuns
from chat.options import Options
from chat.ports import Clock, RunStore

_log = logging.getLogger(__name__)


class Sweeper:
    """Start it once for each process; several processes may sweep at once."""

    def __init__(
        self,
        *,
        runs: RunStore,
        live: LiveRuns,
        clock: Clock,
        options: Options,
        alone: bool = True,
    ) -> None:
        """`alone`: whether this is the only process, so that what ran before it runs nowhere."""
        self._runs = runs
        self._live = live
        self._clock = clock
        self._options = options
        self._alone = alone
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Sweep now, and then again and again until `close`."""
        self._task = asyncio.create_task(self._sweep_for_ever())

    async def close(self) -> None:
        """Stop sweeping."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def sweep(self) -> int:
        """Settle what has run out, and start what waits; how many runs were settled."""
        now = self._clock.now()
        interrupted = await self._runs.interrupt_expired(now, sparing=self._live.ids)
        for settled in interrupted:
            await self._live.tell_end(settled)
        await self._start_waiting()
        return len(interrupted)

    async def _start_waiting(self) -> None:
        for run_id in await self._runs.waiting():
            try:
                await self._live.start_waiting(run_id)
            except StoreUnavailableError:
                raise
            except Exception:  # noqa: BLE001  the others wait too
                _log.exception("a run could not be started", extra={"run": str(run_id)})

    async def _sweep_for_ever(self) -> None:
        # Where there are others, this process may start as a store comes back that was away: then
        # nobody could renew a lease, either.
        failed = not self._alone
        while True:
            try:
                count = await self._next_sweep(after_failure=failed)
            except Exception:  # noqa: BLE001  the next sweep may work
                _log.exception("sweeping failed")
                failed = True
            else:
                failed = False
                if count:
                    _log.warning("runs were interrupted", extra={"count": count})
            await self._clock.sleep(self._options.sweep_seconds)

    async def _next_sweep(self, *, after_failure: bool) -> int:
        if not after_failure:
            return await self.sweep()
        await self._start_waiting()
        return 0
