"""PostgreSQL's pool when all of its connections are in use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chat.errors import StoreUnavailableError
from db.database import Database
from db.urls import POOL_CONNECTIONS
from tests.db.users import InsertUser, stored


@asynccontextmanager
async def exhausted(database: Database) -> AsyncIterator[None]:
    """Keep a transaction open on every connection; entering takes all of them."""
    bodies = [InsertUser(held=True) for _ in range(POOL_CONNECTIONS)]
    writing = [asyncio.create_task(database.write(body)) for body in bodies]
    try:
        await asyncio.wait_for(asyncio.gather(*(body.entered.wait() for body in bodies)), 10)
        yield
    finally:
        for body in bodies:
            body.go_on.set()
        await asyncio.gather(*writing)
    assert all([await stored(database, body.id) for body in bodies])


async def test_reads_and_writes_that_find_no_connection_fail_soon_and_may_be_repeated(
    postgres: Database,
) -> None:
    async with exhausted(postgres):
        refused = InsertUser()
        tries = asyncio.gather(
            postgres.rows("SELECT 1 AS one"), postgres.write(refused), return_exceptions=True
        )
        for error in await asyncio.wait_for(tries, 10):
            assert isinstance(error, StoreUnavailableError)
            assert error.retryable
        assert not refused.entered.is_set()
    await postgres.write(refused)
    assert await stored(postgres, refused.id)
    async with exhausted(postgres):
        pass  # none of them was lost


async def test_whoever_waits_gets_the_connection_that_comes_back(postgres: Database) -> None:
    async with exhausted(postgres):
        reading = asyncio.create_task(postgres.rows("SELECT 1 AS one"))
        await asyncio.sleep(0)
    assert await reading == [{"one": 1}]


async def test_waiters_that_are_cancelled_keep_no_connection(postgres: Database) -> None:
    async with exhausted(postgres):
        waiting = [asyncio.create_task(postgres.rows("SELECT 1 AS one")) for _ in range(5)]
        waiting += [asyncio.create_task(refused(postgres)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.wait_for(asyncio.wait(waiting), 10)
    async with exhausted(postgres):
        pass  # none of them was lost


async def refused(database: Database) -> list[dict[str, object]]:
    """A write; typed as a read is."""
    await database.write(InsertUser())
    return []


async def test_reads_cancelled_at_any_moment_keep_no_connection(postgres: Database) -> None:
    for turns in range(40):
        reading = asyncio.create_task(postgres.rows("SELECT 1 AS one"))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
    async with exhausted(postgres):
        pass  # none of them was lost
