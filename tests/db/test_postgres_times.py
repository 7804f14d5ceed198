"""Times come from PostgreSQL as they were stored, whatever way they are read by."""

from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest

from db.database import Database
from db.postgres_times import ISO_TIMES, are_iso, read_as_text

TIMES = (
    datetime(2026, 12, 1, 5, 12, 12, 123456, tzinfo=UTC),
    datetime(2026, 12, 1, 5, 12, 12, 120000, tzinfo=UTC),
    datetime(2026, 12, 1, 5, 12, 12, 1, tzinfo=UTC),
    datetime(2026, 12, 1, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1582, 10, 4, 23, 59, 59, tzinfo=UTC),
    datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
)


@pytest.fixture
def url(postgres: Database, database_url: str) -> str:
    """A database on PostgreSQL."""
    del postgres  # skips on SQLite
    return database_url


@pytest.mark.parametrize("options", ["", "?session_limits=off"])
async def test_a_time_comes_back_to_the_microsecond_and_in_utc(url: str, options: str) -> None:
    database = await Database.open(url + options)
    try:
        for time in TIMES:
            found = await database.row("SELECT :time::timestamptz AS time", time=time)
            assert found is not None
            assert found["time"] == time
            assert found["time"].tzinfo is UTC
    finally:
        await database.close()


async def test_a_time_of_another_zone_is_the_same_moment(url: str) -> None:
    database = await Database.open(url)
    there = datetime(2026, 12, 1, 5, 12, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    try:
        found = await database.row("SELECT :time::timestamptz AS time", time=there)
        assert found is not None
        assert found["time"] == there
        found = await database.row("SELECT :times::timestamptz[] AS times", times=[there, None])
        assert found is not None
        assert found["times"] == [there, None]
        found = await database.row("SELECT NULL::timestamptz AS time")
        assert found is not None
        assert found["time"] is None
    finally:
        await database.close()


async def test_they_are_read_as_text_however_the_database_is_set_up(url: str) -> None:
    name = url.rpartition("/")[2]
    plain = await asyncpg.connect(url)
    try:
        await plain.execute(f"ALTER DATABASE {name} SET DateStyle = 'SQL, DMY'")
        await plain.execute(f"ALTER DATABASE {name} SET TimeZone = 'Asia/Kolkata'")
    finally:
        await plain.close()
    database = await Database.open(url)
    try:
        found = await database.row("SELECT :time::timestamptz AS time", time=TIMES[0])
        assert found is not None
        assert (found["time"], found["time"].tzinfo) == (TIMES[0], UTC)
    finally:
        await database.close()


async def test_asyncpg_reads_the_same(url: str) -> None:
    theirs = await asyncpg.connect(url)
    ours = await asyncpg.connect(url, server_settings=dict(ISO_TIMES))
    try:
        await read_as_text(ours)
        for time in TIMES:
            of_both = [await one.fetchval("SELECT $1::timestamptz", time) for one in (theirs, ours)]
            assert of_both == [time, time]
    finally:
        await theirs.close()
        await ours.close()


def test_only_a_session_that_writes_times_by_iso_is_read_so() -> None:
    assert are_iso({"statement_timeout": "0", **ISO_TIMES})
    assert not are_iso({"statement_timeout": "0"})
    assert not are_iso({**ISO_TIMES, "DateStyle": "SQL"})
