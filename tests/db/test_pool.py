"""PostgreSQL's pool when all of its connections are in use."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chat.errors import StoreUnavailableError
from db.database import Database, Row
from db.postgres_options import PostgresOptions
from db.postgres_pool import PoolFigures
from tests.db.users import InsertUser, stored

CONNECTIONS = 3


@pytest.fixture
async def pooled(postgres: Database, database_url: str) -> AsyncIterator[Database]:
    """A database with a small pool."""
    del postgres  # skips on SQLite
    options = PostgresOptions(min_connections=2, max_connections=CONNECTIONS, acquire_seconds=0.5)
    opened = await Database.open(database_url, postgres=options)
    yield opened
    await opened.close()


@asynccontextmanager
async def exhausted(database: Database) -> AsyncIterator[None]:
    """Keep a transaction open on every connection; entering takes all of them."""
    bodies = [InsertUser(held=True) for _ in range(CONNECTIONS)]
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
    pooled: Database,
) -> None:
    async with exhausted(pooled):
        refused = InsertUser()
        began = time.monotonic()
        tries = asyncio.gather(
            pooled.rows("SELECT 1 AS one"), pooled.write(refused), return_exceptions=True
        )
        for error in await asyncio.wait_for(tries, 10):
            assert isinstance(error, StoreUnavailableError)
            assert error.retryable
        assert time.monotonic() - began >= 0.4
        assert not refused.entered.is_set()
    await pooled.write(refused)
    assert await stored(pooled, refused.id)
    async with exhausted(pooled):
        pass  # none of them was lost


async def test_whoever_waits_gets_the_connection_that_comes_back(pooled: Database) -> None:
    async with exhausted(pooled):
        reading = asyncio.create_task(pooled.rows("SELECT 1 AS one"))
        await asyncio.sleep(0)
    assert [row["one"] for row in await reading] == [1]


async def test_waiters_that_are_cancelled_keep_no_connection(pooled: Database) -> None:
    async with exhausted(pooled):
        waiting = [asyncio.create_task(pooled.rows("SELECT 1 AS one")) for _ in range(5)]
        waiting += [asyncio.create_task(refused(pooled)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.wait_for(asyncio.wait(waiting), 10)
    async with exhausted(pooled):
        pass  # none of them was lost


async def test_each_of_those_who_wait_is_told_in_time_whoever_waited_before(
    pooled: Database,
) -> None:
    loop = asyncio.get_running_loop()

    async def waited() -> float:
        began = loop.time()
        with pytest.raises(StoreUnavailableError):
            await pooled.rows("SELECT 1 AS one")
        return loop.time() - began

    async with exhausted(pooled):
        waiting = []
        for _ in range(4):
            waiting.append(asyncio.create_task(waited()))
            await asyncio.sleep(0)
        waiting[0].cancel()
        assert min(await asyncio.wait_for(asyncio.gather(*waiting[1:]), 10)) >= 0.4
        assert figures(pooled).waiting == 0
    assert figures(pooled).failed_acquires == 3


async def refused(database: Database) -> list[Row]:
    """A write; typed as a read is."""
    await database.write(InsertUser())
    return []


async def test_reads_cancelled_at_any_moment_keep_no_connection(pooled: Database) -> None:
    for turns in range(40):
        reading = asyncio.create_task(pooled.rows("SELECT 1 AS one"))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
    async with exhausted(pooled):
        pass  # none of them was lost


async def test_the_pool_keeps_some_connections_and_never_has_more_than_allowed(
    pooled: Database,
) -> None:
    assert figures(pooled).open_connections == 2
    async with exhausted(pooled):
        assert figures(pooled).open_connections == CONNECTIONS
        assert figures(pooled).max_connections == CONNECTIONS


async def test_its_figures_tell_what_is_used_who_waits_and_who_got_none(pooled: Database) -> None:
    before = figures(pooled)
    assert (before.used_connections, before.waiting, before.failed_acquires) == (0, 0, 0)
    async with exhausted(pooled):
        reading = asyncio.create_task(pooled.rows("SELECT 1 AS one"))
        await asyncio.sleep(0)
        during = figures(pooled)
        assert (during.used_connections, during.waiting) == (CONNECTIONS, 1)
        with pytest.raises(StoreUnavailableError):
            await reading
    after = figures(pooled)
    assert (after.used_connections, after.waiting, after.failed_acquires) == (0, 0, 1)
    assert after.acquires > before.acquires + CONNECTIONS
    assert after.acquire_seconds >= 0.4


async def test_a_closed_pool_has_none_and_sqlite_no_pool(pooled: Database, tmp_path: Path) -> None:
    await pooled.close()
    assert figures(pooled) == PoolFigures()
    sqlite = await Database.open(f"sqlite://{tmp_path / 'parley.sqlite3'}")
    assert sqlite.pool is None
    await sqlite.close()


def figures(database: Database) -> PoolFigures:
    """How the pool goes."""
    assert database.pool is not None
    return database.pool
