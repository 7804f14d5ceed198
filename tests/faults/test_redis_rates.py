"""Rate limits while their Redis is away, stands still, or comes back."""

import asyncio
import logging
from collections.abc import AsyncIterator
from time import monotonic

import pytest
from limits import parse_many

from adapters.redis_client import open_client
from adapters.redis_rates import RedisRates
from chat.identifiers import uuid7
from chat.rates import RateKind
from tests.faults.redis_server import RedisServer

LIMITS = {RateKind.SEND: parse_many("5/minute")}
# Longer than a busy machine takes for an answer, shorter than a test may take.
PATIENCE_SECONDS = 1.0
PASSWORD = "a-password-of-redis"


class Process:
    """Rates of one process, with a clock that the test sets."""

    def __init__(self, rates: RedisRates) -> None:
        """Use `process`."""
        self.rates = rates
        self.user = uuid7()

    async def allowed(self, count: int) -> int:
        """How many of so many hits at once are allowed."""
        hits = (self.rates.hit(RateKind.SEND, self.user) for _ in range(count))
        async with asyncio.timeout(20):
            return (await asyncio.gather(*hits)).count(None)


class Time:
    """A clock by hand."""

    def __init__(self) -> None:
        """It begins somewhere."""
        self.seconds = 1000.0

    def now(self) -> float:
        """What it shows."""
        return self.seconds


@pytest.fixture
def redis() -> RedisServer:
    """A server that is not started yet."""
    return RedisServer(password=PASSWORD)


@pytest.fixture
def time() -> Time:
    """The time of the process."""
    return Time()


@pytest.fixture
async def process(redis: RedisServer, time: Time) -> AsyncIterator[Process]:
    """A process that uses the server."""
    async with open_client(redis.url) as client:
        rates = RedisRates(LIMITS, client, patience_seconds=PATIENCE_SECONDS, now=time.now)
        yield Process(rates)
        redis.stop()


def told(caplog: pytest.LogCaptureFixture) -> list[int]:
    """The levels of what was logged, none of which tells the password or what was sent."""
    records = [one for one in caplog.records if one.name == "adapters.redis_rates"]
    for record in records:
        shown = str(vars(record))
        assert PASSWORD not in shown
        assert "parley:rates" not in shown
    return [record.levelno for record in records]


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


async def test_without_redis_each_process_counts_for_itself_and_says_so_once(
    process: Process, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    assert await process.allowed(40) == 5
    for _ in range(5):
        time.seconds += 2
        assert await process.allowed(3) == 0
    assert told(caplog) == [logging.WARNING]


async def test_when_redis_comes_back_it_counts_again(
    process: Process, redis: RedisServer, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    assert await process.allowed(40) == 5
    await redis.start()
    assert await process.allowed(1) == 0  # it is left alone for a while
    time.seconds += 2
    assert await process.allowed(1) == 1  # it has counted nothing yet
    assert await process.allowed(40) == 4
    assert told(caplog) == [logging.WARNING, logging.INFO]


async def test_a_redis_that_goes_away_gives_nobody_more_than_the_process_had_let_through(
    process: Process, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    await redis.start()
    assert await process.allowed(4) == 4
    redis.stop()
    assert await process.allowed(40) == 1
    assert told(caplog) == [logging.WARNING]


async def test_a_redis_that_stands_still_holds_everybody_up_once_and_then_one_in_a_while(
    process: Process, redis: RedisServer, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    await redis.start()
    assert await process.allowed(2) == 2
    redis.pause()
    began = monotonic()
    assert await process.allowed(300) == 3
    assert monotonic() - began < 10  # not as often as they fit into the connections
    time.seconds += 2
    asking = asyncio.create_task(process.allowed(1))
    await asyncio.sleep(0)
    assert await process.allowed(200) == 0
    assert not asking.done()  # only this one asks, the others did not wait for it
    assert await asking == 0
    redis.resume()
    time.seconds += 2
    await process.allowed(1)  # what it was asked in the meantime it may have counted, or not
    assert told(caplog) == [logging.WARNING, logging.INFO]


async def test_a_redis_that_forgot_its_scripts_is_told_them_again(
    process: Process, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    await redis.start()
    assert await process.allowed(1) == 1
    async with open_client(redis.url) as client:
        await client.script_flush()
    assert await process.allowed(9) == 4
    assert told(caplog) == []
