"""Sends what this process says to the others, by one pipeline every 25 milliseconds at the most.

Nobody waits for it. What cannot be sent is made good for as soon as Redis answers again: the other
processes are then told to look into the store, and what this process is writing at that moment.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from adapters import redis_names as names
from adapters.redis_client import COMMAND_SECONDS
from adapters.redis_codec import cut, encode
from adapters.redis_health import RedisHealth
from adapters.redis_outbox import Outbox, Parcel
from chat.events import BusEvent, ConversationDeleted, LookAgain, MessageDelta

PART = "sending"
LONGEST_STREAM = 1000
"""Events that a stream keeps, roughly: half a minute of a quick reply, several turns of others."""
STREAM_SECONDS = 300
"""A stream outlives its last event by so long; a reply is never silent for that time."""
_PAUSE_SECONDS = 0.025
_RETRY_SECONDS = 0.5


class RedisSending:
    """Empties the outbox into Redis. `run` it in a task of its own."""

    def __init__(
        self,
        *,
        client: Redis,
        health: RedisHealth,
        origin: bytes,
        own_texts: Callable[[UUID], list[MessageDelta]],
    ) -> None:
        """`origin` names this process, `own_texts` what it is writing in a conversation."""
        self._client = client
        self._health = health
        self._origin = origin
        self._own_texts = own_texts
        self._outbox = Outbox()
        self._changed = asyncio.Event()

    def put(self, conversation_id: UUID, event: BusEvent) -> None:
        """Send an event soon."""
        self._outbox.put(conversation_id, event)
        self._changed.set()

    def miss(self, conversation_id: UUID) -> None:
        """Something may not have come through: make good for it."""
        self._outbox.miss(conversation_id)
        self._changed.set()

    async def run(self) -> None:
        """Send, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while not self._outbox.empty:
                sent = await self.flush()
                await asyncio.sleep(_PAUSE_SECONDS if sent else _RETRY_SECONDS)

    async def flush(self) -> bool:
        """Send what waits, or the first part of it; whether that went well."""
        parcels = self._outbox.take()
        sent = False
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._send(parcels)
            sent = True
            self._health.found(PART)
        except Exception as error:  # noqa: BLE001  whatever it is, it was not sent
            self._health.lost(PART, error)
        finally:
            if not sent:
                self._outbox.failed(parcels)
        return sent

    @property
    def dropped(self) -> int:
        """How many events were never sent; what they said was made good for."""
        return self._outbox.dropped

    @property
    def done(self) -> bool:
        """Whether nothing waits."""
        return self._outbox.empty

    async def _send(self, parcels: list[Parcel]) -> None:
        async with self._client.pipeline(transaction=False) as pipeline:
            for parcel in parcels:
                self._add(pipeline, parcel)
            await pipeline.execute()

    def _add(self, pipeline: Pipeline, parcel: Parcel) -> None:
        stream = names.stream(parcel.conversation_id)
        for event in self._made_good(parcel):
            fields = {names.ORIGIN: self._origin, names.PAYLOAD: encode(event)}
            # What is deleted must not lie about in Redis either.
            bound = ("=", 1) if isinstance(event, ConversationDeleted) else ("~", LONGEST_STREAM)
            flat = [part for pair in fields.items() for part in pair]
            pipeline.execute_command("XADD", stream, "MAXLEN", *bound, "*", *flat)
        pipeline.expire(stream, STREAM_SECONDS)
        # The word of it comes through also where a Redis that is full takes nothing into a stream.
        news = names.news(self._origin, missed=parcel.missed)
        pipeline.publish(names.channel(parcel.conversation_id), news)

    def _made_good(self, parcel: Parcel) -> list[BusEvent]:
        """The events; where some were missed, the way to the store and the texts so far first."""
        if not parcel.missed:
            return parcel.events
        pieces = [piece for text in self._own_texts(parcel.conversation_id) for piece in cut(text)]
        return [LookAgain(), *pieces, *parcel.events]
