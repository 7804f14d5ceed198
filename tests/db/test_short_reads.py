"""Reads of SQLite in the loop's own thread: only short ones, and nobody is held up by them."""

import asyncio
import sqlite3
from collections.abc import Coroutine, Iterator
from pathlib import Path

import pytest

from db import sqlite_reads
from db.database import Database
from db.sqlite_reads import SHORT_SECONDS, ShortReads, opened
from db.urls import sqlite_path
from tests.db.users import InsertUser, stored

COUNT = (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
    "SELECT count(*) AS count FROM n"
)
LONG = 10_000_000
NAMES = "SELECT name FROM people"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a table."""
    found = tmp_path / "some.sqlite3"
    with sqlite3.connect(found) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
        connection.execute("INSERT INTO people VALUES ('Ada')")
    connection.close()
    return found


@pytest.fixture
def reads(path: Path) -> Iterator[ShortReads]:
    """Reads of the file."""
    made = ShortReads(opened(path))
    yield made
    made.close()


def read(reads: ShortReads, query: str, values: list[object]) -> list[dict[str, object]] | None:
    """The rows as they are compared."""
    found = reads.rows(query, values)
    return None if found is None else [dict(row) for row in found]


def test_a_statement_is_read_here_once_another_thread_needed_little_for_it(
    reads: ShortReads,
) -> None:
    assert reads.rows(NAMES, []) is None
    reads.learn(NAMES, 0.0)
    assert read(reads, NAMES, []) == [{"name": "Ada"}]
    reads.learn(COUNT, 2 * SHORT_SECONDS)
    assert reads.rows(COUNT, [1]) is None


def test_what_turns_out_as_long_is_broken_off_and_tried_again_later(reads: ShortReads) -> None:
    reads.learn(COUNT, 0.0)
    assert read(reads, COUNT, [9]) == [{"count": 9}]
    assert reads.rows(COUNT, [LONG]) is None
    assert reads.rows(COUNT, [9]) is None
    assert reads.rows(NAMES, []) is None
    reads.learn(NAMES, 0.0)
    assert read(reads, NAMES, []) == [{"name": "Ada"}]  # others are not meant
    while reads.rows(COUNT, [9]) is None:
        pass
    assert read(reads, COUNT, [9]) == [{"count": 9}]


def test_rows_that_take_long_to_fetch_are_broken_off_between_one_another(
    reads: ShortReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = COUNT.replace("count(*) AS count", "i")
    reads.learn(numbers, 0.0)
    assert len(reads.rows(numbers, [20]) or ()) == 20
    monkeypatch.setattr(sqlite_reads, "_LONGEST_SECONDS", 0.0)
    assert reads.rows(numbers, [20]) is None


def test_a_locked_file_and_a_wrong_statement_are_left_to_the_other_thread(
    reads: ShortReads, path: Path
) -> None:
    reads.learn(NAMES, 0.0)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert reads.rows(NAMES, []) is None
    holder.execute("ROLLBACK")
    holder.close()
    reads.learn("SELECT nonsense", 0.0)
    assert reads.rows("SELECT nonsense", []) is None


def test_the_search_and_what_is_as_long_as_a_page_of_statements_are_left_to_it(
    reads: ShortReads,
) -> None:
    for statement in ("SELECT * FROM words WHERE words MATCH 'a'", f"{NAMES}{' ' * 9000}"):
        reads.learn(statement, 0.0)
        assert reads.rows(statement, []) is None


def test_nothing_is_written(reads: ShortReads) -> None:
    insert = "INSERT INTO people VALUES ('Eve') RETURNING name"
    reads.learn(insert, 0.0)
    assert reads.rows(insert, []) is None
    reads.learn(NAMES, 0.0)
    assert read(reads, NAMES, []) == [{"name": "Ada"}]


def test_not_more_statements_are_known_than_there_is_room_for(reads: ShortReads) -> None:
    for number in range(2000):
        reads.learn(f"SELECT {number} AS number", 0.0)
    assert reads.rows("SELECT 0 AS number", []) is None
    assert read(reads, "SELECT 1999 AS number", []) == [{"number": 1999}]


@pytest.fixture
def embedded(database: Database) -> Database:
    """An open database on SQLite."""
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL is asked over a socket")
    return database


async def test_each_read_sees_what_was_committed_before_by_whomever(
    embedded: Database, database_url: str
) -> None:
    other = await Database.open(database_url)
    for number in range(50):
        user = InsertUser()
        await (other if number % 2 else embedded).write(user)
        assert await stored(embedded, user.id)
    await other.close()


async def test_a_short_read_is_made_without_a_turn_of_the_loop(embedded: Database) -> None:
    user = InsertUser()
    await embedded.write(user)
    assert await stored(embedded, user.id)  # now it is known
    # Now and then others get a turn after it, and a machine that stands still makes it long.
    assert any(is_done_at_once(stored(embedded, user.id)) for _ in range(10))


def is_done_at_once(reading: Coroutine[None, None, bool]) -> bool:
    """Whether it waits for nothing."""
    try:
        reading.send(None)
    except StopIteration as stop:
        return bool(stop.value)
    reading.close()
    return False


async def test_it_keeps_nothing_open_that_a_checkpoint_would_wait_for(
    embedded: Database, database_url: str
) -> None:
    user = InsertUser()
    await embedded.write(user)
    for _ in range(3):
        assert await stored(embedded, user.id)
    path = sqlite_path(database_url)
    assert path is not None
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    busy, *_ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    other.close()
    assert not busy


async def test_letters_of_all_languages_are_lowered_there_too(embedded: Database) -> None:
    for _ in range(3):
        assert [*map(dict, await embedded.rows("SELECT LOWER('Ä') AS lower"))] == [{"lower": "ä"}]


async def test_it_goes_on_when_the_database_was_closed_and_is_opened_again(
    embedded: Database,
) -> None:
    user = InsertUser()
    await embedded.write(user)
    for _ in range(2):
        assert await stored(embedded, user.id)
        await embedded.close()
    assert await stored(embedded, user.id)


async def test_who_reads_while_another_opens_it_again_waits_until_it_is_open(
    embedded: Database,
) -> None:
    await embedded.close()
    reads = [asyncio.create_task(embedded.row("SELECT LOWER('Ä') AS lower"))]
    while not reads[0].done():
        await asyncio.sleep(0)
        reads.append(asyncio.create_task(embedded.row("SELECT LOWER('Ä') AS lower")))
    assert {row["lower"] for row in await asyncio.gather(*reads) if row} == {"ä"}


async def test_who_reads_on_and_on_holds_up_nobody_and_can_be_cancelled(
    embedded: Database,
) -> None:
    user = InsertUser()
    await embedded.write(user)

    async def read_for_ever() -> None:
        while True:
            await stored(embedded, user.id)

    reading = asyncio.create_task(read_for_ever())
    for _ in range(20):
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
