"""What rate limits promise, in one process and between two that share a Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Protocol
from uuid import UUID

import pytest
from limits import RateLimitItem, parse_many
from redis.asyncio import Redis

from adapters.memory_rates import MemoryRates
from adapters.redis_client import open_client
from adapters.redis_rates import RedisRates
from chat.account_ports import RateLimits
from chat.identifiers import uuid7
from chat.rates import RateKind

Limits = dict[RateKind, tuple[RateLimitItem, ...]]


class Scene(Protocol):
    """Rates of one process or several, and a time that passes when the test says so."""

    def limit(self, *, operations: str = "", sends: str = "") -> None:
        """Begin with limits in the notation of the settings."""
        ...

    def next(self) -> RateLimits:
        """The rates of the process whose turn it is."""
        ...

    async def let_pass(self, seconds: float) -> None:
        """Time passes."""
        ...


class MemoryScene:
    """One process."""

    def __init__(self) -> None:
        """Use `limit` next."""
        self.now = 1000.0

    def limit(self, *, operations: str = "", sends: str = "") -> None:
        """Begin."""
        self.rates = MemoryRates(read(operations, sends), now=lambda: self.now)

    def next(self) -> RateLimits:
        """The one there is."""
        return self.rates

    async def let_pass(self, seconds: float) -> None:
        """Set the clock."""
        self.now += seconds


class RedisScene:
    """Processes on one Redis: each hit comes to the next of them."""

    def __init__(self, *clients: Redis) -> None:
        """One client for each."""
        self._clients = clients

    def limit(self, *, operations: str = "", sends: str = "") -> None:
        """Begin."""
        limits = read(operations, sends)
        self._rates = cycle(
            [RedisRates(limits, client, patience_seconds=10) for client in self._clients]
        )

    def next(self) -> RateLimits:
        """The next."""
        return next(self._rates)

    async def let_pass(self, seconds: float) -> None:
        """Redis knows the time by what is left of the lives of keys: take that from them.

        By the moments at which they end, which do not move while this process is held up.
        """
        client = self._clients[0]
        for key in await self.keys():
            end = await client.pexpiretime(key.decode())
            if end > 0:
                await client.pexpireat(key, end - round(seconds * 1000))

    async def lives(self) -> dict[bytes, float]:
        """The seconds that are left to each key."""
        return {key: await self._clients[0].pttl(key) / 1000 for key in await self.keys()}

    async def keys(self) -> list[bytes]:
        """What is counted for Alice and Bob: others may use the same Redis."""
        found = self._clients[0].scan_iter(match="parley:rates:*", count=1000)
        ours = (str(ALICE).encode(), str(BOB).encode())
        return [key async for key in found if any(one in key for one in ours)]


ALICE, BOB = uuid7(), uuid7()


def read(operations: str, sends: str) -> Limits:
    """Limits of both kinds."""
    return {
        RateKind.OPERATION: tuple(parse_many(operations)) if operations else (),
        RateKind.SEND: tuple(parse_many(sends)) if sends else (),
    }


@asynccontextmanager
async def on_redis(url: str, processes: int) -> AsyncIterator[RedisScene]:
    """As many processes, with nothing counted for Alice and Bob yet."""
    async with open_client(url) as one, open_client(url) as other:
        scene = RedisScene(*[one, other][:processes])
        await scene.let_pass(1e6)
        yield scene
        await scene.let_pass(1e6)


@pytest.fixture(params=["memory", "redis", "two on one redis"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """Each of the rates."""
    if request.param == "memory":
        yield MemoryScene()
        return
    url = request.getfixturevalue("redis_url")
    async with on_redis(url, processes=1 if request.param == "redis" else 2) as made:
        yield made


async def hits(
    scene: Scene, count: int, *, kind: RateKind = RateKind.SEND, user: UUID = ALICE
) -> list[float | None]:
    """So many hits in a row."""
    return [await scene.next().hit(kind, user) for _ in range(count)]


async def allowed(scene: Scene, count: int) -> int:
    """How many of so many hits in a row are allowed."""
    return (await hits(scene, count)).count(None)


async def test_as_many_as_the_limit_says_are_allowed_and_then_none(scene: Scene) -> None:
    scene.limit(sends="3/minute")
    *granted, wait = await hits(scene, 4)
    assert granted == [None, None, None]
    assert wait is not None
    assert 55 < wait <= 80


async def test_the_wait_that_is_told_is_enough_and_not_too_long(scene: Scene) -> None:
    scene.limit(sends="7/minute")
    for spent in (0.0, 12.3, 3.1, 40.0, 59.9, 0.0, 7.7):
        await scene.let_pass(spent)
        wait = (await hits(scene, 8))[-1]
        assert wait is not None
        await scene.let_pass(max(0.0, wait - 1))
        assert wait < 1 or await allowed(scene, 1) == 0
        await scene.let_pass(min(wait, 1))
        assert await allowed(scene, 1) == 1


async def test_what_was_refused_does_not_count(scene: Scene) -> None:
    scene.limit(sends="2/minute")
    await hits(scene, 50)
    await scene.let_pass(91)
    assert 1 <= await allowed(scene, 9) <= 2
    await scene.let_pass(121)
    assert await allowed(scene, 9) == 2


async def test_no_minute_allows_much_more_than_the_limit(scene: Scene) -> None:
    scene.limit(sends="10/minute")
    granted = []
    for _ in range(48):
        await scene.let_pass(7.5)
        granted.append(await allowed(scene, 3))
    assert max(sum(granted[at : at + 8]) for at in range(40)) <= 12
    assert sum(granted) >= 45


async def test_every_limit_must_allow(scene: Scene) -> None:
    scene.limit(sends="2/second; 3/minute")
    assert await allowed(scene, 5) == 2
    await scene.let_pass(2)
    assert await allowed(scene, 5) == 1
    await scene.let_pass(2)
    *_, wait = await hits(scene, 5)
    assert wait is not None
    assert wait > 40


async def test_what_one_limit_refuses_counts_for_none(scene: Scene) -> None:
    scene.limit(sends="1/second; 3/minute")
    assert await allowed(scene, 20) == 1
    for _ in range(2):
        await scene.let_pass(2)
        assert await allowed(scene, 20) == 1
    await scene.let_pass(2)
    assert await allowed(scene, 20) == 0


async def test_users_and_kinds_do_not_take_from_one_another(scene: Scene) -> None:
    scene.limit(sends="1/minute", operations="2/minute")
    assert await allowed(scene, 2) == 1
    assert await hits(scene, 1, user=BOB) == [None]
    assert await hits(scene, 2, kind=RateKind.OPERATION) == [None, None]


async def test_without_a_limit_everything_is_allowed(scene: Scene) -> None:
    scene.limit(operations="1/minute")
    assert await allowed(scene, 500) == 500


async def test_an_allowance_that_was_used_comes_back_whole(scene: Scene) -> None:
    scene.limit(sends="5/minute")
    assert await allowed(scene, 9) == 5
    await scene.let_pass(121)
    assert await allowed(scene, 9) == 5


async def test_of_many_hits_at_once_in_two_processes_as_many_are_allowed_as_the_limit_says(
    redis_url: str,
) -> None:
    async with on_redis(redis_url, processes=2) as scene:
        scene.limit(sends="20/minute")
        waits = await asyncio.gather(*(scene.next().hit(RateKind.SEND, ALICE) for _ in range(60)))
        assert waits.count(None) == 20


async def test_all_that_is_counted_in_redis_ends_by_itself(redis_url: str) -> None:
    async with on_redis(redis_url, processes=1) as scene:
        scene.limit(operations="2/minute; 10/hour", sends="1/minute")
        for passed in (0, 61, 1):
            await scene.let_pass(passed)
            await hits(scene, 3)
            await hits(scene, 3, kind=RateKind.OPERATION)
            lives = await scene.lives()
            assert len(lives) >= 3
            assert all(0 < seconds <= 2 * 3600 for seconds in lives.values())
            assert all(key.startswith(b"parley:rates:{") for key in lives)
