"""What a database tells of itself."""

from chat.metrics import Count, Level
from db import measures
from db.database import Database
from tests.db.test_retries import RenameAfterAnother
from tests.db.users import InsertUser


async def test_transactions_that_were_run_again_are_counted(postgres: Database) -> None:
    user = InsertUser()
    await postgres.write(user)
    counts = measures.counts(postgres)
    assert counts[Count.TRANSACTIONS_RETRIED]() == 0
    await postgres.write(RenameAfterAnother(postgres, user, overtaken=2))
    assert counts[Count.TRANSACTIONS_RETRIED]() == 2
    assert counts[Count.CONNECTIONS_NOT_HAD]() == 0


async def test_the_pool_of_postgresql_can_be_read_off(postgres: Database) -> None:
    levels = {level: value() for level, value in measures.levels(postgres).items()}
    assert levels[Level.CONNECTIONS_OPEN] >= 1
    assert levels[Level.CONNECTIONS_MOST] >= levels[Level.CONNECTIONS_OPEN]
    assert (levels[Level.CONNECTIONS_IN_USE], levels[Level.CONNECTIONS_AWAITED]) == (0, 0)
    await postgres.close()
    assert [value() for value in measures.levels(postgres).values()] in ([], [0, 0, 0, 0])


async def test_sqlite_has_no_pool(database: Database) -> None:
    if database.dialect == "sqlite":
        assert measures.levels(database) == {}
        assert set(measures.counts(database)) == {Count.TRANSACTIONS_RETRIED}
