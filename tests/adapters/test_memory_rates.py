"""How often a user may do something, counted in memory."""

import pytest
from limits import parse_many

from adapters.memory_rates import MemoryRates
from chat.identifiers import uuid7
from chat.rates import RateKind

ALICE, BOB = uuid7(), uuid7()


class Scene:
    """Rates with a clock that the test sets."""

    def __init__(self, operations: str = "", sends: str = "") -> None:
        """Limits in the notation of the settings."""
        self.now = 1000.0
        limits = {
            RateKind.OPERATION: parse_many(operations) if operations else [],
            RateKind.SEND: parse_many(sends) if sends else [],
        }
        self.rates = MemoryRates(limits, now=lambda: self.now)

    async def hits(self, count: int, kind: RateKind = RateKind.SEND) -> list[float | None]:
        """So many hits of Alice, at once."""
        return [await self.rates.hit(kind, ALICE) for _ in range(count)]

    async def allowed(self, count: int) -> int:
        """How many of so many hits at once are allowed."""
        return (await self.hits(count)).count(None)


async def test_as_many_as_the_limit_says_are_allowed_and_then_none() -> None:
    scene = Scene(sends="3/minute")
    *allowed, wait = await scene.hits(4)
    assert allowed == [None, None, None]
    assert wait == pytest.approx(80)


async def test_the_wait_that_is_told_is_enough_and_not_too_long() -> None:
    scene = Scene(sends="7/minute")
    for spent in (0.0, 12.3, 3.1, 40.0, 59.9, 0.0, 7.7):
        scene.now += spent
        wait = (await scene.hits(8))[-1]
        assert wait is not None
        scene.now += wait - 0.01
        assert await scene.allowed(1) == 0
        scene.now += 0.01
        assert await scene.allowed(1) == 1


async def test_what_was_refused_does_not_count() -> None:
    scene = Scene(sends="2/minute")
    await scene.hits(50)
    scene.now += 90
    assert await scene.allowed(2) == 1
    scene.now += 120
    assert await scene.allowed(9) == 2


async def test_no_minute_allows_much_more_than_the_limit() -> None:
    scene = Scene(sends="60/minute")
    allowed = []
    for _ in range(600):
        scene.now += 1
        allowed.append(await scene.allowed(3))
    assert max(sum(allowed[at : at + 60]) for at in range(540)) <= 61
    assert sum(allowed) >= 590


async def test_every_limit_must_allow() -> None:
    scene = Scene(sends="2/second; 3/minute")
    assert await scene.allowed(5) == 2
    scene.now += 2
    assert await scene.allowed(5) == 1
    scene.now += 2
    assert await scene.allowed(5) == 0


async def test_users_and_kinds_do_not_take_from_one_another() -> None:
    scene = Scene(sends="1/minute", operations="2/minute")
    assert await scene.allowed(2) == 1
    assert await scene.rates.hit(RateKind.SEND, BOB) is None
    assert (await scene.hits(2, RateKind.OPERATION)) == [None, None]


async def test_without_a_limit_everything_is_allowed_and_nothing_remembered() -> None:
    scene = Scene(operations="1/minute")
    assert await scene.allowed(5000) == 5000
    assert len(scene.rates) == 0


async def test_users_who_stay_away_are_forgotten() -> None:
    scene = Scene(sends="5/minute")
    for _ in range(500):
        await scene.rates.hit(RateKind.SEND, uuid7())
    scene.now += 100
    await scene.hits(1)
    assert len(scene.rates) == 501
    scene.now += 60
    await scene.hits(1)
    assert len(scene.rates) == 1
