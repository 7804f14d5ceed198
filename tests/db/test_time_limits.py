"""How long PostgreSQL may take, and how long it waits for a process that stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chat.errors import StoreUnavailableError
from db.database import Database, Row, Transaction
from db.postgres_options import PostgresOptions
from db.urls import DatabaseUrlError, check_url, connections_config
from tests.db.users import InsertUser, stored

RENAME = "UPDATE users SET name = 'renamed' WHERE id = :id"


@pytest.fixture
def url(postgres: Database, database_url: str) -> str:
    """A database on PostgreSQL."""
    del postgres  # skips on SQLite
    return database_url


@asynccontextmanager
async def opened(url: str, **limits: float) -> AsyncIterator[Database]:
    """The database with other limits."""
    database = await Database.open(url, postgres=PostgresOptions(**limits))  # type: ignore[arg-type]
    try:
        yield database
    finally:
        await database.close()


async def test_a_statement_that_takes_too_long_is_ended_by_the_server_and_may_be_repeated(
    url: str,
) -> None:
    body = InsertUser()

    async def too_long(transaction: Transaction) -> None:
        await body(transaction)
        await transaction.rows("SELECT pg_sleep(60)")

    async with opened(url, statement_seconds=0.3, max_connections=1) as database:
        for _ in range(3):
            with pytest.raises(StoreUnavailableError) as caught:
                await asyncio.wait_for(database.write(too_long), 10)
            assert caught.value.retryable
            with pytest.raises(StoreUnavailableError):
                await asyncio.wait_for(database.rows("SELECT pg_sleep(60)"), 10)
        assert await still_sleeping(database) == []
        assert not await stored(database, body.id)
        await database.write(body)
        assert await stored(database, body.id)


async def still_sleeping(database: Database) -> list[Row]:
    """Statements that the server still works at though nobody waits for them."""
    return await database.rows(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND state = 'active' AND query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()"
    )


@pytest.mark.parametrize("wakes_before", ["a statement", "the commit"])
async def test_a_transaction_of_a_process_that_stands_still_loses_its_locks_and_writes_nothing(
    url: str, wakes_before: str
) -> None:
    user, never = InsertUser(), InsertUser()
    stands_still, goes_on = asyncio.Event(), asyncio.Event()

    async def body(transaction: Transaction) -> None:
        await never(transaction)
        await transaction.rows(RENAME, id=user.id)
        stands_still.set()
        await goes_on.wait()
        if wakes_before == "a statement":
            await transaction.rows(RENAME, id=user.id)

    async def rename(transaction: Transaction) -> None:
        await transaction.rows(RENAME, id=user.id)

    async with opened(url, idle_transaction_seconds=0.3) as frozen, opened(url) as other:
        await other.write(user)
        writing = asyncio.create_task(frozen.write(body))
        await stands_still.wait()
        await asyncio.wait_for(other.write(rename), 20)  # once the server has ended the first
        goes_on.set()
        with pytest.raises(StoreUnavailableError) as caught:
            await writing
        assert caught.value.retryable
        assert not await stored(other, never.id)
        await frozen.write(never)


async def limits_of(database: Database) -> list[object]:
    """What the server says about this session."""
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    found = [await database.row(f"SELECT current_setting('{name}') AS value") for name in names]
    return [row and row["value"] for row in found]


async def test_the_server_knows_the_limits_unless_the_address_leaves_them_to_the_role(
    url: str,
) -> None:
    async with opened(url, statement_seconds=2.5) as database:
        assert await limits_of(database) == ["2500ms", "15s"]
    name = connections_config(url)[1]["default"]["credentials"]["database"]
    async with opened(f"{url}?session_limits=off") as database:
        assert await limits_of(database) == ["0", "0"]
        await database.rows(f"ALTER DATABASE {name} SET statement_timeout = '7s'")
    async with opened(f"{url}?session_limits=off") as database:
        assert await limits_of(database) == ["7s", "0"]


def test_migrations_have_no_limits_of_time() -> None:
    url = "postgres://postgres@127.0.0.1/test"
    credentials = connections_config(url, migrating=True)[1]["default"]["credentials"]
    assert credentials["command_timeout"] is None
    settings = credentials["server_settings"]
    assert {settings[name] for name in settings if name.endswith("timeout")} == {"0"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("statement_cache_size=none", "must have a number as its statement_cache_size"),
        ("session_limits=30", "must have on or off as its session_limits"),
    ],
)
def test_an_option_that_cannot_be_read_is_refused(options: str, problem: str) -> None:
    with pytest.raises(DatabaseUrlError, match=problem):
        check_url(f"postgres://user:secret@127.0.0.1/test?{options}")


async def test_a_database_without_kept_statements_works_as_any(url: str) -> None:
    async with opened(f"{url}?statement_cache_size=0") as database:
        body = InsertUser()
        await database.write(body)
        assert await stored(database, body.id)
        assert await database.rows("SELECT name FROM pg_prepared_statements") == []
