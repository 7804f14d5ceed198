"""Reads what other processes say, of just those conversations that somebody here listens to.

A channel for each of them tells that there is something new in its stream, and one task reads the
streams of all that were woken, many at once, from where it stopped. It starts at the beginning when
the first reader comes, and after each reconnection: ids of a stream mean nothing in a Redis that
was restarted.
"""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from redis.asyncio import Redis

from adapters import redis_names as names
from adapters.memory_bus import MemoryBus
from adapters.redis_client import COMMAND_SECONDS
from adapters.redis_followed import Entry, Followed
from adapters.redis_health import RedisHealth
from adapters.redis_link import RedisLink

PART = "reading"
_STREAMS_AT_ONCE = 50
_EVENTS_AT_ONCE = 200
_RETRY_SECONDS = 0.5
# A reply of which nothing was heard for so long may be written by somebody who cannot tell.
_QUIET_SECONDS = 5.0


class RedisReading:
    """Hands what it reads to the bus of this process. `run` it in a task of its own."""

    def __init__(
        self,
        *,
        client: Redis,
        health: RedisHealth,
        link: RedisLink,
        bus: MemoryBus,
        origin: bytes,
    ) -> None:
        """What `origin`, this process, said itself is skipped."""
        self.lag_milliseconds = 0.0
        self._origin = origin
        self._client = client
        self._health = health
        self._link = link
        self._bus = bus
        self._followed: dict[UUID, Followed] = {}
        self._woken: dict[UUID, Followed] = {}
        self._changed = asyncio.Event()

    @property
    def conversations(self) -> list[UUID]:
        """Those that have readers."""
        return list(self._followed)

    def follow(self, conversation_id: UUID) -> Followed:
        """One more reader; its `ready` tells when what was said so far is known."""
        followed = self._followed.get(conversation_id)
        if followed is None:
            followed = self._followed[conversation_id] = Followed(
                conversation_id=conversation_id,
                origin=self._origin,
                bus=self._bus,
                wake=self._wake,
                now=asyncio.get_running_loop().time,
            )
            self._link.add(names.channel(conversation_id), followed)
        followed.readers += 1
        return followed

    def unfollow(self, followed: Followed) -> None:
        """One reader less; with the last one everything that was heard is forgotten."""
        followed.readers -= 1
        if followed.readers:
            return
        conversation_id = followed.conversation_id
        del self._followed[conversation_id]
        self._woken.pop(conversation_id, None)
        self._link.remove(names.channel(conversation_id))
        self._bus.forget_heard(conversation_id)

    def look_where_it_is_quiet(self) -> None:
        """Look after replies that somebody is writing, and of which nothing was heard for long."""
        for followed in self._followed.values():
            if followed.quiet_for() > _QUIET_SECONDS:
                followed.look()

    async def run(self) -> None:
        """Read, until cancelled; after a failure also when there is nothing to read any more."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            well = True
            while self._woken or not well:
                well = await self._read_some()
                if not well:
                    await asyncio.sleep(_RETRY_SECONDS)

    async def _read_some(self) -> bool:
        some = list(self._woken.values())[:_STREAMS_AT_ONCE]
        for followed in some:
            del self._woken[followed.conversation_id]
        begun = [followed.begun for followed in some]
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                pages = await self._pages(some)
        except Exception as error:  # noqa: BLE001  whatever it is, nothing was read
            self._health.lost(PART, error)
            for followed in some:
                self._wake(followed)
            return False
        self._health.found(PART)
        for followed, times, page in zip(some, begun, pages, strict=True):
            # In the meantime it may have been told to begin again.
            if followed.begun == times and followed.readers:
                self._take(followed, page)
        return True

    async def _pages(self, some: list[Followed]) -> list[Sequence[Entry]]:
        if not some:
            await self._client.ping()
            return []
        async with self._client.pipeline(transaction=False) as pipeline:
            for followed in some:
                stream = names.stream(followed.conversation_id)
                pipeline.xrange(stream, min=followed.next, count=_EVENTS_AT_ONCE)
            pages: list[Sequence[Entry]] = await pipeline.execute()
        return pages

    def _take(self, followed: Followed, page: Sequence[Entry]) -> None:
        more = len(page) == _EVENTS_AT_ONCE
        live = followed.past is None
        if followed.take(page, more=more) and live:
            written = int(page[-1][0].partition(b"-")[0])
            self.lag_milliseconds = max(0.0, time.time() * 1000 - written)
        if more:
            self._wake(followed)

    def _wake(self, followed: Followed) -> None:
        """There is something to read, unless the last reader has left."""
        if self._followed.get(followed.conversation_id) is followed:
            self._woken[followed.conversation_id] = followed
            self._changed.set()
