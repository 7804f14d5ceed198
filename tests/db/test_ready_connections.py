"""Connections that PostgreSQL's pool keeps ready: used again at once, and looked after too."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from db import postgres_pool
from db.database import Database
from db.postgres_pool import ImpatientPool
from tests.faults.eventually import eventually

ACQUIRE_SECONDS = 2


@pytest.fixture
async def pool(postgres: Database, database_url: str) -> AsyncIterator[ImpatientPool]:
    """A pool of one connection."""
    del postgres  # skips on SQLite
    made = ImpatientPool(
        dsn=database_url,
        min_size=1,
        max_size=1,
        acquire_seconds=ACQUIRE_SECONDS,
        connection_class=asyncpg.Connection,
        loop=None,
    )
    await made
    yield made
    await made.close()


async def used_once(pool: ImpatientPool) -> PoolConnectionProxy:
    """A connection that was given back after all went well."""
    connection = await pool.acquire()
    await pool.give_back(connection)
    return connection


def in_the_pool(pool: ImpatientPool) -> int:
    """How many open connections the pool itself has to look after."""
    return pool.get_idle_size()


async def test_it_is_the_next_that_is_used_and_counts_as_free(pool: ImpatientPool) -> None:
    connection = await used_once(pool)
    assert in_the_pool(pool) == 0
    before = pool.figures
    assert (before.open_connections, before.used_connections) == (1, 0)
    assert await pool.acquire() is connection
    assert pool.figures == replace(before, used_connections=1, acquires=before.acquires + 1)
    await pool.give_back(connection)


async def test_it_goes_to_the_pool_when_it_was_idle(
    pool: ImpatientPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_pool, "_IDLE_SECONDS", 0.05)
    await used_once(pool)

    async def is_back() -> bool:
        return in_the_pool(pool) == 1

    await eventually(is_back)
    assert pool.figures.open_connections == 1


async def test_it_goes_to_the_pool_when_it_was_used_for_long(
    pool: ImpatientPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_pool, "_READY_SECONDS", -1)
    await used_once(pool)
    assert in_the_pool(pool) == 1


async def test_one_that_broke_is_replaced(pool: ImpatientPool) -> None:
    broken = await used_once(pool)
    broken.terminate()
    connection = await pool.acquire()
    assert await connection.fetchval("SELECT 1") == 1
    await pool.give_back(connection)


async def test_one_that_expired_is_replaced(pool: ImpatientPool) -> None:
    before = (await used_once(pool)).get_server_pid()
    await pool.expire_connections()
    connection = await pool.acquire()
    assert connection.get_server_pid() != before
    await pool.give_back(connection)


async def use(pool: ImpatientPool, turns: int = 1) -> int:
    """Have a connection for so many turns of the loop."""
    connection = await pool.acquire()
    try:
        for _ in range(turns):
            await asyncio.sleep(0)
    except BaseException:
        await pool.release(connection)
        raise
    await pool.give_back(connection)
    return 1


async def test_it_goes_from_hand_to_hand_when_many_want_it(pool: ImpatientPool) -> None:
    before = pool.figures.acquires
    assert sum(await asyncio.gather(*(use(pool) for _ in range(50)))) == 50
    after = pool.figures
    assert (after.used_connections, after.waiting, after.failed_acquires) == (0, 0, 0)
    assert after.acquires == before + 50


async def test_whoever_is_cancelled_while_it_is_handed_over_does_not_keep_it(
    pool: ImpatientPool,
) -> None:
    for turns in range(20):
        users = [asyncio.create_task(use(pool, 3)) for _ in range(5)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for one in users[::2]:
            one.cancel()
        await asyncio.wait(users)
        for one in users[1::2]:
            assert one.result() == 1
        connection = await pool.acquire()
        await pool.release(connection)
    assert pool.figures.used_connections == 0


async def test_whoever_waits_gets_one_after_the_last_one_broke(pool: ImpatientPool) -> None:
    broken = await pool.acquire()
    waiting = asyncio.create_task(use(pool))
    await asyncio.sleep(0)
    broken.terminate()
    await pool.release(broken)
    assert await waiting == 1


async def test_one_that_expired_while_it_was_used_is_replaced(pool: ImpatientPool) -> None:
    connection = await pool.acquire()
    before = connection.get_server_pid()
    await pool.expire_connections()
    await pool.give_back(connection)
    connection = await pool.acquire()
    assert connection.get_server_pid() != before
    await pool.give_back(connection)


async def test_whoever_waits_gets_one_also_when_giving_it_to_the_pool_is_cancelled(
    pool: ImpatientPool,
) -> None:
    connection = await pool.acquire()
    waiting = asyncio.create_task(use(pool))
    await asyncio.sleep(0)
    releasing = asyncio.create_task(pool.release(connection))
    await asyncio.sleep(0)
    releasing.cancel()
    assert await waiting == 1


async def test_no_one_waits_for_a_connection_when_none_can_be_opened(
    pool: ImpatientPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> object:
        raise ConnectionRefusedError

    connection = await pool.acquire()
    waiting = [asyncio.create_task(use(pool)) for _ in range(3)]
    await asyncio.sleep(0)
    monkeypatch.setattr(pool, "_get_new_connection", refused)
    connection.terminate()
    await pool.release(connection)
    began = asyncio.get_running_loop().time()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in found] == [ConnectionRefusedError] * 3
    assert asyncio.get_running_loop().time() - began < ACQUIRE_SECONDS
    monkeypatch.undo()
    assert await use(pool) == 1
