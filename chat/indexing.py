"""Makes messages findable that were stored without it: before there was a search, or by others.

Parley itself indexes each message in the transaction that makes it final. Messages of an earlier
version are indexed here, in small steps beside the work; so are those that a process of an earlier
version stores while it is being replaced.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from uuid import UUID

from chat.identifiers import uuid7_at
from chat.options import Options
from chat.ports import Clock
from chat.search import SearchStore

_log = logging.getLogger(__name__)
_AT_ONCE = 50
_BREATH_SECONDS = 0.01  # so that others get at the database in between
_LATELY = timedelta(days=1)


class Indexing:
    """Start it once; several processes may do it at once, and it may end anywhere."""

    def __init__(self, *, store: SearchStore, clock: Clock, options: Options) -> None:
        """Keep the collaborators."""
        self._store = store
        self._clock = clock
        self._options = options
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look at all messages now, and at those of the last day again and again until `close`."""
        self._task = asyncio.create_task(self._for_ever())

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def index_missing(self, since: datetime | None = None) -> None:
        """Index every message made since then that is not indexed; None means all."""
        after: UUID | None = None if since is None else uuid7_at(since)
        while (after := await self._store.index_missing(after, limit=_AT_ONCE)) is not None:
            await self._clock.sleep(_BREATH_SECONDS)

    async def _for_ever(self) -> None:
        since: datetime | None = None
        while True:
            pause = self._options.indexing_pause_seconds
            try:
                await self.index_missing(since)
                since = self._clock.now() - _LATELY
            except Exception:  # noqa: BLE001  the next time may work
                _log.exception("indexing messages for the search failed")
                pause = self._options.sweep_seconds
            await self._clock.sleep(pause)
