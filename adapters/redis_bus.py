"""The event bus of several processes that share a Redis: the `EventBus` port.

Within a process it is a `MemoryBus`, to which nothing of Redis matters: who is subscribed where a
run goes on hears it as if there were no Redis. What is said here is sent to the other processes
(`redis_sending`), and what they say comes here (`redis_reading`).

While Redis is away, every reader is told about once a second to look into the store. So its streams
go on, checkpoint by checkpoint.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

from redis.asyncio import Redis

from adapters import redis_link, redis_reading, redis_sending
from adapters.ending import end
from adapters.memory_bus import DEFAULT_QUEUE_EVENTS, MemoryBus
from adapters.redis_client import COMMAND_SECONDS
from adapters.redis_health import RedisHealth
from adapters.redis_link import RedisLink
from adapters.redis_reading import RedisReading
from adapters.redis_sending import RedisSending
from chat.events import BusEvent
from chat.ports import Subscription

_log = logging.getLogger(__name__)
_WATCH_SECONDS = 1.0
_PARTS = 20
_LAST_WORDS_SECONDS = 1.0
_PAUSE_SECONDS = 1.0


class RedisBus:
    """`start` it before use; `close` it and then `stop` it at the end."""

    def __init__(self, client: Redis, *, queue_events: int = DEFAULT_QUEUE_EVENTS) -> None:
        """`queue_events` is the most events that may wait for one reader."""
        origin = uuid4().hex.encode()
        self._memory = MemoryBus(queue_events=queue_events)
        self._health = RedisHealth(redis_link.PART, redis_sending.PART, redis_reading.PART)
        self._health.found(redis_sending.PART)
        self._health.found(redis_reading.PART)
        self.link = RedisLink(client=client, health=self._health)
        self._sending = RedisSending(
            client=client,
            health=self._health,
            origin=origin,
            own_texts=self._memory.own_texts,
        )
        self._reading = RedisReading(
            client=client,
            health=self._health,
            link=self.link,
            bus=self._memory,
            origin=origin,
        )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connected(self) -> bool:
        """Whether Redis is there, as far as is known."""
        return self._health.connected

    @property
    def lag_milliseconds(self) -> float:
        """How old the last event from elsewhere was when it came, by the clocks of both hosts."""
        return self._reading.lag_milliseconds

    @property
    def dropped(self) -> int:
        """How many events never went to other processes, which were told to look instead."""
        return self._sending.dropped

    @property
    def readers_cut(self) -> int:
        """How many readers here were cut off, since they read too slowly."""
        return self._memory.readers_cut

    @property
    def topics(self) -> int:
        """How many conversations have readers or a reply that is being written."""
        return self._memory.topics

    async def start(self) -> None:
        """Connect; returns when that was tried, whether it succeeded or not."""
        works = (self.link.run, self._sending.run, self._reading.run, self._watch)
        self._tasks = [asyncio.create_task(_for_ever(work)) for work in works]
        await self.link.tried.wait()

    async def publish(self, conversation_id: UUID, event: BusEvent) -> None:
        """Hand the event to every subscription of the conversation; waits for nobody."""
        await self._memory.publish(conversation_id, event)
        self._sending.put(conversation_id, event)

    @asynccontextmanager
    async def subscribe(self, conversation_id: UUID) -> AsyncIterator[Subscription]:
        """Events published after the context was entered are not missed."""
        followed = self._reading.follow(conversation_id)
        try:
            await self._known(followed.ready)
            async with self._memory.subscribe(conversation_id) as subscription:
                yield subscription
        finally:
            self._reading.unfollow(followed)

    def close(self) -> None:
        """End every subscription, now and to come."""
        self._memory.close()

    async def stop(self) -> None:
        """End what goes on here, and send what waits, if Redis is there."""
        connected = self.connected
        await end(self._tasks)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                while connected and not self._sending.done:
                    connected = await self._sending.flush()

    async def _known(self, ready: asyncio.Event) -> None:
        """Wait for what was said so far; not for a Redis that is away."""
        if self.connected:
            with suppress(TimeoutError):
                async with asyncio.timeout(COMMAND_SECONDS):
                    await ready.wait()

    async def _watch(self) -> None:
        """Once a second: who hears nothing is told to look, and all are while Redis is away."""
        while True:
            try:
                async with asyncio.timeout(_WATCH_SECONDS):
                    await self._health.gone.wait()
            except TimeoutError:
                self._reading.look_where_it_is_quiet()
                continue
            while not self.connected:
                await self._tell_all_to_look()
            # What was sent to a Redis that went away may have gone with it.
            for conversation_id in self._memory.written_here:
                self._sending.miss(conversation_id)

    async def _tell_all_to_look(self) -> None:
        """Within a second, one part of them after the other."""
        conversations = self._reading.conversations
        for turn in range(_PARTS):
            for conversation_id in conversations[turn::_PARTS]:
                self._memory.look_again(conversation_id)
            await asyncio.sleep(_WATCH_SECONDS / _PARTS)


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """A mistake in one part must not end it for the rest of the process."""
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001  whatever it is, the next try may work
            _log.exception("a part of the event bus failed")
            await asyncio.sleep(_PAUSE_SECONDS)
