"""Migrations: on an empty database, on a populated one, in two processes at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from chat.drafts import ConversationDraft
from chat.errors import StoreUnavailableError
from chat.identifiers import uuid7
from chat.records import User, UserRole
from chat.search import parse
from db.conversations import SqlConversationStore
from db.database import Database, DatabaseUnreachableError, Transaction
from db.migrate import migrate
from db.search import SqlSearchStore
from db.urls import connections_config
from db.users import SqlUserStore
from tests.databases import PostgresDatabases, SqliteDatabases

APP = {"models": ["db.models"], "migrations": "db.migrations", "default_connection": "default"}
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
async def empty_url(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> AsyncIterator[str]:
    """A database without a table."""
    if isinstance(databases, SqliteDatabases):
        yield f"sqlite://{tmp_path / 'empty.sqlite3'}"
        return
    async with databases.empty() as url:
        yield url


async def names_of_tables(database: Database) -> set[str]:
    """The tables that are there."""
    statement = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if database.dialect == "sqlite"
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    return {row["name"] for row in await database.rows(statement)}


async def test_an_empty_database_gets_every_table_once_however_many_start_at_once(
    empty_url: str,
) -> None:
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(3)))
    assert sorted(map(len, applied))[:2] == [0, 0]
    assert max(applied, key=len)[0] == "0001_initial"
    database = await Database.open(empty_url)
    assert {
        "users", "api_tokens", "conversations", "messages", "segments", "runs", "monthly_usage",
    } <= await names_of_tables(database)  # fmt: skip
    await database.close()


async def test_every_later_migration_keeps_the_rows_of_a_populated_database(
    empty_url: str,
) -> None:
    await migrate_to(empty_url, "0001_initial")
    database = await Database.open(empty_url)
    user = User(uuid7(), "U", f"{uuid4()}@x", UserRole.MEMBER, None, NOW)
    await SqlUserStore(database).add_user(user)
    store = SqlConversationStore(database)
    for number in range(3):
        draft = ConversationDraft(f"C{number}", "m", system_prompt="P")
        await store.create(user.id, draft, now=NOW)
    before = await all_rows(database)
    await database.close()
    assert "0001_initial" not in await migrate(empty_url)
    database = await Database.open(empty_url)
    after = await all_rows(database)
    await database.close()
    assert {table: as_before(before[table], rows) for table, rows in after.items()} == before


async def test_subjects_are_unique_in_a_database_that_had_users_before(empty_url: str) -> None:
    await migrate_to(empty_url, "0003_open_runs")
    database = await Database.open(empty_url)
    store = SqlUserStore(database)
    users = [User(uuid7(), "U", f"{uuid4()}@x", UserRole.MEMBER, None, NOW) for _ in range(4)]
    await asyncio.gather(*(store.add_user(user) for user in users[:2]))
    await database.close()
    assert await migrate(empty_url) == ["0004_subjects", "0005_search", "0006_run_origins"]
    database = await Database.open(empty_url)
    store = SqlUserStore(database)
    assert await store.user_by_email(users[1].email) == users[1]
    assert await store.add_user(users[2], subject="issuer subject") == users[2]
    assert await store.add_user(users[3], subject="issuer subject") is None
    await database.close()


async def test_what_was_said_before_there_was_a_search_is_found(empty_url: str) -> None:
    await migrate_to(empty_url, "0004_subjects")
    database = await Database.open(empty_url)
    user = User(uuid7(), "U", f"{uuid4()}@x", UserRole.MEMBER, None, NOW)
    await SqlUserStore(database).add_user(user)
    made, _ = await SqlConversationStore(database).create(
        user.id, ConversationDraft("C", "m"), now=NOW
    )
    spoken = [("SYSTEM", "COMPLETE"), ("USER", "COMPLETE"), ("ASSISTANT", "FAILED"),
              ("USER", "COMPLETE"), ("ASSISTANT", "STREAMING")]  # fmt: skip
    for index, (role, status) in enumerate(spoken):
        await database.write(partial(old_message, user.id, made.id, index, role, status))
    before = await all_rows(database)
    await database.close()
    assert await migrate(empty_url) == ["0005_search", "0006_run_origins"]
    assert await migrate(empty_url) == []
    database = await Database.open(empty_url)
    assert await all_rows(database) == before
    store, after = SqlSearchStore(database), None
    while (after := await store.index_missing(after, limit=2)) is not None:
        pass
    page = await store.search(user.id, parse("pear"), offset=0, limit=9)
    assert sorted(message.index for message in page.messages) == [1, 2, 3]
    await database.close()


async def old_message(
    user_id: UUID, conversation_id: UUID, index: int, role: str, status: str, to: Transaction
) -> None:
    """A message as Parley stored it before there was a search."""
    await to.rows(
        "INSERT INTO messages (id, user_id, conversation_id, idx, role, content, status, "
        "created_at) VALUES (:id, :user_id, :conversation_id, :idx, :role, 'A pear', :status, "
        ":now)",
        id=uuid7(),
        user_id=user_id,
        conversation_id=conversation_id,
        idx=index,
        role=role,
        status=status,
        now=NOW,
    )


async def migrate_to(url: str, name: str) -> None:
    """Bring an empty database to an old state."""
    _, connections = connections_config(url, migrating=True)
    config = {"connections": {"default": connections["default"]}, "apps": {"parley": APP}}
    async with TortoiseContext() as context:
        await context.init(config=config)
        executor = MigrationExecutor(context.connections.get("default"), {"parley": APP})
        await executor.migrate([MigrationTarget(app_label="parley", name=name)])


def as_before(
    before: list[dict[str, object]], after: list[dict[str, object]]
) -> list[dict[str, object]]:
    """The rows without the columns that came later."""
    return [{name: row[name] for name in before[0]} for row in after]


async def all_rows(database: Database) -> dict[str, list[dict[str, object]]]:
    """Everything that is stored."""
    return {
        table: [dict(row) for row in await database.rows(f"SELECT * FROM {table} ORDER BY id")]
        for table in ("users", "conversations", "messages", "segments")
    }


async def test_the_committed_migrations_lead_to_the_models(empty_url: str) -> None:
    """Run Tortoise's `makemigrations` after a change of the models."""
    _, connections = connections_config(empty_url, migrating=True)
    config = {"connections": {"default": connections["default"]}, "apps": {"parley": APP}}
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        detector = MigrationAutodetector(context.apps, {"parley": APP})
        assert await detector.changes() == []


async def test_both_databases_hold_unique_keys_and_foreign_keys(empty_url: str) -> None:
    await migrate(empty_url)
    database = await Database.open(empty_url)
    if database.dialect == "sqlite":
        assert (await database.rows("PRAGMA journal_mode"))[0][0] == "wal"
        assert (await database.rows("PRAGMA foreign_keys"))[0][0] == 1
        assert (await database.rows("PRAGMA busy_timeout"))[0][0] == 5000

    async def orphan(transaction: object) -> None:
        await transaction.rows(  # type: ignore[attr-defined]
            "INSERT INTO segments (id, user_id, conversation_id, position, source_id, from_index) "
            "VALUES (:id, :id, :id, 0, :id, 0)",
            id=uuid7(),
        )

    with pytest.raises(StoreUnavailableError) as caught:
        await database.write(orphan)
    assert "foreign key" in str(caught.value.__cause__).lower()
    await database.close()


async def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachableError, match="does not exist"):
        await migrate(f"sqlite://{tmp_path / 'nowhere' / 'x.sqlite3'}")
