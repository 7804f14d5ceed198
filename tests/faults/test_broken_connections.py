"""Connections to PostgreSQL that break at the worst moments, each made exactly."""

from collections.abc import AsyncIterator

import pytest

from chat.errors import StoreUnavailableError
from db.database import Database
from db.postgres_options import PostgresOptions
from db.runs import SqlRunStore
from tests.contracts.stage import Stage, staged
from tests.db.users import InsertUser, stored
from tests.faults.breaking_proxy import BreakingProxy, breaking_proxy

POOL_CONNECTIONS = PostgresOptions().max_connections


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[BreakingProxy]:
    """A proxy before the database."""
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no connections that break")
    async with breaking_proxy(database_url) as made:
        yield made


@pytest.fixture
async def database(proxy: BreakingProxy) -> AsyncIterator[Database]:
    """The database through the proxy."""
    opened = await Database.open(proxy.url)
    yield opened
    await opened.close()


async def test_transactions_that_the_server_does_not_begin_keep_no_connection(
    database: Database, proxy: BreakingProxy
) -> None:
    proxy.garbled = (b"BEGIN;", b"BEGUN;")
    body = InsertUser()
    for _ in range(POOL_CONNECTIONS + 1):
        with pytest.raises(Exception, match="BEGUN"):
            await database.write(body)
    proxy.garbled = (b"", b"")
    await database.write(body)
    assert await stored(database, body.id)


async def test_connections_that_break_when_a_transaction_begins_are_replaced(
    database: Database, proxy: BreakingProxy
) -> None:
    proxy.before = b"BEGIN"
    body = InsertUser()
    for _ in range(POOL_CONNECTIONS + 1):
        with pytest.raises(StoreUnavailableError):
            await database.write(body)
    proxy.before = None
    await database.write(body)
    assert await stored(database, body.id)


async def test_a_transaction_that_breaks_in_the_middle_leaves_nothing_and_may_be_repeated(
    database: Database, proxy: BreakingProxy
) -> None:
    proxy.after = b"INSERT INTO users"
    body = InsertUser()
    for _ in range(POOL_CONNECTIONS + 1):
        with pytest.raises(StoreUnavailableError):
            await database.write(body)
    proxy.after = None
    assert not await stored(database, body.id)
    await database.write(body)
    assert await stored(database, body.id)


async def test_nothing_is_sent_after_the_commit_that_could_make_it_look_failed(
    database: Database, proxy: BreakingProxy
) -> None:
    """By default asyncpg resets a session whenever its connection is given back."""
    proxy.before = b"RESET ALL"
    body = InsertUser()
    await database.write(body)
    assert await stored(database, body.id)


async def test_a_read_that_breaks_may_be_repeated(database: Database, proxy: BreakingProxy) -> None:
    proxy.after = b"SELECT 2 AS two"
    for _ in range(POOL_CONNECTIONS + 1):
        with pytest.raises(StoreUnavailableError):
            await database.rows("SELECT 2 AS two")
    proxy.after = None
    assert [row["two"] for row in await database.rows("SELECT 2 AS two")] == [2]


async def test_a_send_whose_commit_got_no_answer_is_found_by_its_key(
    database: Database, proxy: BreakingProxy, database_url: str
) -> None:
    async with staged(database_url) as stage:
        conversation_id = await stage.conversation()
        runs, draft = SqlRunStore(database), stage.draft(conversation_id, idempotency_key="key")
        proxy.after = b"COMMIT"
        with pytest.raises(StoreUnavailableError):
            await runs.open(draft)
        proxy.after = None
        found = await runs.open(draft)
        assert found.repeated
        assert await count(stage, "messages") == 2
        assert await count(stage, "runs") == 1


async def test_a_send_whose_commit_never_arrived_is_made_by_its_repeat(
    database: Database, proxy: BreakingProxy, database_url: str
) -> None:
    async with staged(database_url) as stage:
        conversation_id = await stage.conversation()
        runs, draft = SqlRunStore(database), stage.draft(conversation_id, idempotency_key="key")
        proxy.before = b"COMMIT"
        with pytest.raises(StoreUnavailableError):
            await runs.open(draft)
        assert await count(stage, "messages") == 0
        proxy.before = None
        assert not (await runs.open(draft)).repeated
        assert await count(stage, "messages") == 2


async def count(stage: Stage, table: str) -> int:
    """How many rows of the user there are."""
    row = await stage.database.row(f"SELECT count(*) AS n FROM {table}")
    assert row is not None
    return int(row["n"])
