"""Transactions that another one came between: run again as a whole, and never for ever."""

import asyncio

import pytest

from chat.errors import StoreUnavailableError
from chat.identifiers import uuid7
from db.database import Database, Transaction
from db.urls import connections_config
from tests.db.users import NOW, InsertUser

NAME = "SELECT name FROM users WHERE id = :id"
RENAME = "UPDATE users SET name = name || :more WHERE id = :id"


class RenameBoth:
    """Appends to two names, and on its first run waits for another transaction in between."""

    def __init__(self, first: InsertUser, second: InsertUser, meeting: asyncio.Barrier) -> None:
        self._first, self._second = first, second
        self._meeting = meeting
        self.runs = 0

    async def __call__(self, transaction: Transaction) -> None:
        """The body."""
        self.runs += 1
        await transaction.rows(RENAME, id=self._first.id, more="+")
        if self.runs == 1:
            await self._meeting.wait()
        await transaction.rows(RENAME, id=self._second.id, more="+")


async def test_of_two_transactions_in_a_deadlock_one_is_run_again_as_a_whole(
    postgres: Database,
) -> None:
    one, other = InsertUser(), InsertUser()
    for user in (one, other):
        await postgres.write(user)
    meeting = asyncio.Barrier(2)
    bodies = [RenameBoth(one, other, meeting), RenameBoth(other, one, meeting)]
    await asyncio.wait_for(asyncio.gather(*(postgres.write(body) for body in bodies)), 20)
    # Where one comes back before the other has been woken, they meet once more.
    assert 3 <= sum(body.runs for body in bodies) <= 4
    assert await names(postgres, one, other) == ["n++", "n++"]


async def names(database: Database, *users: InsertUser) -> list[object]:
    """What the users are called."""
    found = [await database.row(NAME, id=user.id) for user in users]
    return [row and row["name"] for row in found]


class RenameAfterAnother:
    """Sees a state that another transaction then changes, on its first `overtaken` runs."""

    def __init__(self, database: Database, user: InsertUser, *, overtaken: int) -> None:
        self._database, self._user, self._overtaken = database, user, overtaken
        self.runs = 0

    async def __call__(self, transaction: Transaction) -> None:
        """The body."""
        self.runs += 1
        await transaction.rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await transaction.rows(NAME, id=self._user.id)
        if self.runs <= self._overtaken:
            await self._database.write(self._rename)
        await self._rename(transaction)

    async def _rename(self, transaction: Transaction) -> None:
        await transaction.rows(RENAME, id=self._user.id, more="+")


@pytest.mark.parametrize("overtaken", [1, 2])
async def test_a_serialization_failure_runs_the_whole_body_again(
    postgres: Database, overtaken: int
) -> None:
    user = InsertUser()
    await postgres.write(user)
    body = RenameAfterAnother(postgres, user, overtaken=overtaken)
    await postgres.write(body)
    assert body.runs == overtaken + 1
    assert await names(postgres, user) == ["n" + "+" * (overtaken + 1)]


async def test_the_third_serialization_failure_is_told_as_busy(postgres: Database) -> None:
    user = InsertUser()
    await postgres.write(user)
    body = RenameAfterAnother(postgres, user, overtaken=3)
    with pytest.raises(StoreUnavailableError) as caught:
        await postgres.write(body)
    assert caught.value.retryable
    assert body.runs == 3
    assert await names(postgres, user) == ["n+++"]  # only what the others wrote


async def test_a_row_whose_owner_is_gone_is_told_as_busy_and_nothing_is_stored(
    database: Database,
) -> None:
    """Whoever tries again is told that the owner is gone."""
    user = InsertUser()

    async def body(transaction: Transaction) -> None:
        await user(transaction)
        await transaction.rows(
            "INSERT INTO api_tokens (id, user_id, name, token_hash, created_at) "
            "VALUES (:id, :gone, 'n', :hash, :now)",
            id=uuid7(),
            gone=uuid7(),
            hash=str(uuid7()),
            now=NOW,
        )

    with pytest.raises(StoreUnavailableError) as caught:
        await database.write(body)
    assert caught.value.retryable
    assert await names(database, user) == [None]
    await database.write(user)


async def test_a_server_that_only_reads_is_told_as_busy_and_not_asked_again(
    postgres: Database, database_url: str
) -> None:
    """Such as what was the primary before a failover, when its name leads to another server."""
    name = connections_config(database_url)[1]["default"]["credentials"]["database"]
    await postgres.rows(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    reading = await Database.open(database_url)
    with pytest.raises(StoreUnavailableError):
        await reading.write(InsertUser())
    await postgres.rows(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    user = InsertUser()
    await reading.write(user)  # over a new connection: the old one would only read for ever
    assert await names(reading, user) == ["n"]
    await reading.close()
