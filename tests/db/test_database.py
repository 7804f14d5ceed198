"""The two ways to the data: cancellation, concurrency, and what is told when it is not there."""

import asyncio
import sqlite3

import pytest

from chat.errors import StoreUnavailableError
from chat.identifiers import uuid7
from db.database import Database, DatabaseUnreachableError, Transaction, UniqueViolationError
from db.urls import sqlite_path
from tests.db.users import INSERT, NOW, InsertUser, stored


async def test_a_cancelled_write_runs_to_its_end_and_the_next_one_works(
    database: Database,
) -> None:
    body = InsertUser(held=True)
    writing = asyncio.create_task(database.write(body))
    await body.entered.wait()
    writing.cancel()
    await asyncio.sleep(0)
    writing.cancel()
    body.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await stored(database, body.id)
    after = InsertUser()
    await database.write(after)
    assert await stored(database, after.id)


async def test_writes_cancelled_at_any_moment_never_wedge_the_database(database: Database) -> None:
    for turns in range(60):
        writing = asyncio.create_task(database.write(InsertUser()))
        for _ in range(turns):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait([writing])
    after = InsertUser()
    await asyncio.wait_for(database.write(after), 10)
    assert await stored(database, after.id)


async def test_reads_do_not_wait_for_an_open_transaction(database: Database) -> None:
    body = InsertUser(held=True)
    writing = asyncio.create_task(database.write(body))
    await body.entered.wait()
    assert not await asyncio.wait_for(stored(database, body.id), 5)
    body.go_on.set()
    await writing
    assert await stored(database, body.id)


async def test_a_failed_body_leaves_nothing_behind(database: Database) -> None:
    id_ = uuid7()

    async def body(transaction: Transaction) -> None:
        await transaction.rows(INSERT, id=id_, email="e", now=NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(body)
    assert not await stored(database, id_)


async def test_a_key_that_is_taken_is_told_as_such(database: Database) -> None:
    body = InsertUser()
    await database.write(body)
    with pytest.raises(UniqueViolationError):
        await database.write(body)


async def test_a_wrong_statement_is_a_mistake_and_not_an_outage(database: Database) -> None:
    with pytest.raises(Exception, match="nonsense") as caught:
        await database.rows("SELECT nonsense FROM users")
    assert not isinstance(caught.value, StoreUnavailableError)


async def test_two_processes_that_read_and_then_write_do_not_lock_each_other_out(
    database_url: str,
) -> None:
    """Two connections stand for the two processes: each reads, and writes what it read plus one."""
    databases = [await Database.open(database_url) for _ in range(2)]
    body = InsertUser()
    await databases[0].write(body)

    async def count_up(transaction: Transaction) -> None:
        row = await transaction.row(
            "SELECT token_limit FROM users WHERE id = :id FOR UPDATE", id=body.id
        )
        assert row is not None
        more = (row["token_limit"] or 0) + 1
        await transaction.rows(
            "UPDATE users SET token_limit = :more WHERE id = :id", more=more, id=body.id
        )

    await asyncio.gather(*(databases[n % 2].write(count_up) for n in range(100)))
    row = await databases[0].row("SELECT token_limit FROM users WHERE id = :id", id=body.id)
    assert row is not None
    assert row["token_limit"] == 100
    for one in databases:
        await one.close()


async def test_a_locked_sqlite_file_is_told_as_busy(database_url: str, database: Database) -> None:
    path = sqlite_path(database_url)
    if path is None:
        return  # PostgreSQL has no such lock
    await database.write(_set_busy_timeout)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError):
        await database.write(InsertUser())
    holder.execute("ROLLBACK")
    holder.close()
    await database.write(InsertUser())


async def _set_busy_timeout(transaction: Transaction) -> None:
    """Five seconds are too long for a test."""
    await transaction.rows("PRAGMA busy_timeout = 50")


@pytest.mark.parametrize(
    "url",
    [
        "postgres://postgres@127.0.0.1:1/test",
        "sqlite:///nowhere/at/all.sqlite3",
    ],
)
async def test_an_unreachable_database_is_told_in_one_line(url: str) -> None:
    with pytest.raises(DatabaseUnreachableError) as caught:
        await Database.open(url)
    assert str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_body_that_waits_for_something_else_is_told_so_on_sqlite(
    database: Database,
) -> None:
    if database.dialect != "sqlite":
        return  # there it only keeps a connection

    async def body(transaction: Transaction) -> None:
        await transaction.rows(INSERT, id=waiting.id, email="e", now=NOW)
        await asyncio.sleep(0)

    waiting = InsertUser()
    with pytest.raises(RuntimeError, match="something else"):
        await database.write(body)
    assert not await stored(database, waiting.id)
    await database.write(waiting)
    assert await stored(database, waiting.id)
