"""What is counted in memory, beyond what every kind of rate limits promises."""

import pytest
from limits import parse_many

from adapters.memory_rates import MemoryRates
from chat.identifiers import uuid7
from chat.rates import RateKind

ALICE = uuid7()


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

    async def hits(self, count: int) -> list[float | None]:
        """So many sends of Alice, at once."""
        return [await self.rates.hit(RateKind.SEND, ALICE) for _ in range(count)]

    async def allowed(self, count: int) -> int:
        """How many of so many sends at once are allowed."""
        return (await self.hits(count)).count(None)


async def test_the_wait_that_is_told_is_right_to_the_hundredth_of_a_second() -> None:
    scene = Scene(sends="7/minute")
    for spent in (0.0, 12.3, 3.1, 40.0, 59.9, 0.0, 7.7):
        scene.now += spent
        wait = (await scene.hits(8))[-1]
        assert wait is not None
        scene.now += wait - 0.01
        assert await scene.allowed(1) == 0
        scene.now += 0.01
        assert await scene.allowed(1) == 1


async def test_who_has_used_up_a_window_waits_until_its_first_hit_has_slid_out() -> None:
    *_, wait = await Scene(sends="3/minute").hits(4)
    assert wait == pytest.approx(80)


async def test_what_has_no_limit_is_not_remembered() -> None:
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
