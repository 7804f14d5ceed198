"""Rate limits that several processes count together in Redis: the `RateLimits` port.

The library `limits` counts: a sliding window of two counters for each limit of a user, in a script
of its own, by the clock of Redis. Both keys end by themselves.

A Redis that is away or slow holds nobody up: after a short time it is left alone for a while, and
this process counts for itself, from what it has let through itself.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from limits import RateLimitItem
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.memory_rates import MemoryRates
from chat.account_ports import RateLimits
from chat.rates import RateKind

_log = logging.getLogger(__name__)

_PREFIX = "parley:rates"
_PATIENCE_SECONDS = 0.25
_LEFT_ALONE_SECONDS = 1.0
# Whoever finds all of them in use waits for one, without that being taken for a slow Redis.
_CONNECTIONS = 16
# A window ends just after the time that is told of it, and times are whole milliseconds.
_MILLISECOND = 0.001


def rate_limits(
    limits: Mapping[RateKind, Sequence[RateLimitItem]], client: Redis | None
) -> RateLimits:
    """Limits that are counted in Redis, if there is one, and in this process otherwise."""
    return MemoryRates(limits) if client is None else RedisRates(limits, client)


class _AwayError(Exception):
    """Redis is away, or is left alone because it was."""


class RedisRates:
    """All that have the same Redis count together."""

    def __init__(
        self,
        limits: Mapping[RateKind, Sequence[RateLimitItem]],
        client: Redis,
        *,
        patience_seconds: float = _PATIENCE_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """A kind without limits is free. The client is left open.

        A hit waits for Redis for `patience_seconds` at most. `now` is a clock that never jumps.
        """
        self._limits = limits
        self._here = MemoryRates(limits, now=now)
        self._patience_seconds = patience_seconds
        self._now = now
        self._storage = _storage(client)
        self._counter = SlidingWindowCounterRateLimiter(self._storage)
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._away = False
        self._next_try = -math.inf

    async def hit(self, kind: RateKind, user_id: UUID) -> float | None:
        """Count one, if every limit allows it; otherwise the seconds until all would."""
        limits = self._limits.get(kind, ())
        if not limits:
            return None
        with suppress(_AwayError):
            return await self._hit_together(limits, kind, user_id)
        return await self._here.hit(kind, user_id)

    async def _hit_together(
        self, limits: Sequence[RateLimitItem], kind: RateKind, user_id: UUID
    ) -> float | None:
        """Count in Redis, and here too what it allows. Raises _AwayError."""
        trying_again = self._tries_again()
        async with self._slots:
            if self._away and not trying_again:  # others have found out while this one waited
                raise _AwayError
            try:
                async with asyncio.timeout(self._patience_seconds):
                    wait = await self._count(limits, (kind.value, str(user_id)))
            except (RedisError, OSError) as error:
                self._leave_alone(error)
                raise _AwayError from error
        if trying_again:
            self._found()
        if wait is None:
            await self._here.hit(kind, user_id)
        return wait

    def _tries_again(self) -> bool:
        """Whether this hit is the one that looks if Redis is back. Raises _AwayError for others."""
        if not self._away:
            return False
        now = self._now()
        if now < self._next_try:
            raise _AwayError
        self._next_try = now + _LEFT_ALONE_SECONDS
        return True

    async def _count(self, limits: Sequence[RateLimitItem], key: tuple[str, str]) -> float | None:
        """One question for one limit. Several are looked at first: what is refused counts nowhere.

        Only who comes between looking and counting can make a refused hit count.
        """
        if len(limits) > 1:
            full = [one for one in limits if not await self._counter.test(one, *key)]
            if full:
                return max([await self._wait(one, key) for one in full])
        for limit in limits:
            if not await self._counter.hit(limit, *key):
                return await self._wait(limit, key)
        return None

    async def _wait(self, limit: RateLimitItem, key: tuple[str, str]) -> float:
        """The seconds until one more may be allowed."""
        length = limit.get_expiry()
        window = await self._storage.get_sliding_window(limit.key_for(*key), length)
        return math.ceil(until_more(*window, length=length) * 1000) / 1000 + _MILLISECOND

    def _leave_alone(self, error: Exception) -> None:
        """Say it once. The error may quote what was sent, so only its type is shown."""
        self._next_try = self._now() + _LEFT_ALONE_SECONDS
        if not self._away:
            self._away = True
            _log.warning(
                "rates are counted in this process alone", extra={"error": type(error).__name__}
            )

    def _found(self) -> None:
        self._away = False
        _log.info("rates are counted in Redis again")


def until_more(before: int, before_ends: float, now: int, now_ends: float, *, length: int) -> float:
    """The seconds until less counts of two windows, as they are stored.

    Each is its hits, and the seconds in which its key ends; that of the window which goes on lives
    for the next one too. The library's `get_window_stats` tells 0 when a window has just begun.
    """
    waits: list[float] = []
    if before:
        waits.append(before_ends % (length / before))
    if now:
        waits.append(max(0.0, now_ends - length))
    return min(waits, default=0.0)


def _storage(client: Redis) -> RedisStorage:
    """The library's storage, on the connections of a client; it wants an address, and uses none."""
    options: dict[str, Any] = {"connection_pool": client.connection_pool}
    return RedisStorage("async+redis://", implementation="redispy", key_prefix=_PREFIX, **options)
