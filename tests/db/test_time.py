"""The time of the database, in the words of `db.sql`."""

import re
from datetime import UTC, datetime, timedelta

from db import rows, sql
from db.database import Database

TOLERANCE = timedelta(seconds=5)  # between the clocks of two machines, in a test


async def test_the_time_of_the_database_is_the_time(database: Database) -> None:
    for now in ("clock_timestamp()", "statement_timestamp()"):
        found = await database.row(f"SELECT {now} AS now")
        assert found is not None
        assert abs(rows.time(found["now"]) - datetime.now(UTC)) < TOLERANCE


async def test_seconds_are_added_to_it_and_nothing_makes_nothing(database: Database) -> None:
    later = "SELECT clock_timestamp() + :seconds * interval '1 second' AS later"
    for seconds in (-0.5, 0, 15, 90_000.25):
        found = await database.row(later, seconds=seconds)
        assert found is not None
        passed = rows.time(found["later"]) - datetime.now(UTC)
        assert abs(passed - timedelta(seconds=seconds)) < TOLERANCE
    nothing = await database.row(later, seconds=None)
    assert nothing is not None
    assert nothing["later"] is None


async def test_sqlite_writes_it_as_times_are_stored_so_that_both_can_be_compared(
    database: Database,
) -> None:
    if database.dialect == "postgres":
        return  # times have a type there
    [stored] = sql.values({"time": datetime(2026, 11, 23, 12, tzinfo=UTC)}, "sqlite")
    found = await database.row("SELECT clock_timestamp() AS now")
    assert found is not None
    assert shape(found["now"]) == shape(stored)


def shape(text: object) -> str:
    """The text with every digit as a zero."""
    return re.sub(r"\d", "0", str(text))
