"""An open database, and on PostgreSQL only."""

from collections.abc import AsyncIterator

import pytest

from db.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def postgres(database: Database) -> Database:
    """The same, for what SQLite does not have."""
    if database.dialect != "postgres":
        pytest.skip("SQLite has no pool, and one writer at a time")
    return database
