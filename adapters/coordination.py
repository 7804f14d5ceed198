"""What lets several processes work together, or one alone: the event bus and the signals.

With an address of Redis they go through it, without one they end at this process.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from adapters.memory_bus import MemoryBus
from adapters.redis_bus import RedisBus
from adapters.redis_client import open_client
from adapters.redis_signals import RedisSignals
from chat.metrics import Count, Level
from chat.signals import AccountListener, NoSignals, RunListener, Signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """`redis` is the client for whatever else is shared; None when there is no Redis."""

    bus: MemoryBus | RedisBus
    signals: Signals
    redis: Redis | None = None

    def listen(self, runs: RunListener, accounts: AccountListener) -> None:
        """Hand them the signals of other processes, from now on."""
        if isinstance(self.signals, RedisSignals):
            self.signals.start(runs, accounts)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is away and can be done without."""
        away = isinstance(self.bus, RedisBus) and not self.bus.connected
        return ("redis",) if away else ()

    @property
    def levels(self) -> Mapping[Level, Callable[[], float]]:
        """What can be read off of it, for metrics."""
        if not isinstance(self.bus, RedisBus):
            return {}
        bus = self.bus
        return {
            Level.REDIS_CONNECTED: lambda: bus.connected,
            Level.BUS_LAG_SECONDS: lambda: bus.lag_milliseconds / 1000,
        }

    @property
    def counts(self) -> Mapping[Count, Callable[[], int]]:
        """What it counts, for metrics."""
        bus = self.bus
        counts = {Count.READERS_CUT: lambda: bus.readers_cut}
        if isinstance(bus, RedisBus):
            counts[Count.EVENTS_LOST] = lambda: bus.dropped
        return counts


@asynccontextmanager
async def coordination(redis_url: str | None) -> AsyncIterator[Coordination]:
    """Open what the address asks for; a Redis that is away stops nobody."""
    if redis_url is None:
        yield Coordination(bus=MemoryBus(), signals=NoSignals())
        return
    async with open_client(redis_url) as client:
        bus = RedisBus(client)
        signals = RedisSignals(client=client, link=bus.link)
        await bus.start()
        try:
            yield Coordination(bus=bus, signals=signals, redis=client)
        finally:
            await signals.close()
            await bus.stop()
