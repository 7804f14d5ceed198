"""What must hold in a database when nothing is going on any more, whatever happened before."""

from db.database import Database


async def assert_settled(url: str) -> None:
    """No run is open, nothing is reserved, every turn is whole, and each token is booked once."""
    database = await Database.open(url)
    try:
        for text, expected in _EXPECTED.items():
            row = await database.row(text)
            assert row is not None
            assert dict(row) == expected, text
    finally:
        await database.close()


async def texts(url: str, statement: str) -> list[str]:
    """The one column of what is found, sorted."""
    database = await Database.open(url)
    try:
        found = await database.rows(statement)
    finally:
        await database.close()
    return sorted(value for row in found for value in dict(row).values())


_EXPECTED: dict[str, dict[str, object]] = {
    "SELECT count(*) AS open FROM runs WHERE status = 'RUNNING'": {"open": 0},
    "SELECT count(*) AS busy FROM conversations WHERE active_run_id IS NOT NULL": {"busy": 0},
    "SELECT count(*) AS streaming FROM messages WHERE status = 'STREAMING'": {"streaming": 0},
    "SELECT COALESCE(sum(reserved), 0) AS reserved FROM monthly_usage": {"reserved": 0},
    "SELECT count(*) AS unanswered FROM messages m WHERE role = 'USER' AND NOT EXISTS "
    "(SELECT 1 FROM runs r WHERE r.user_message_id = m.id)": {"unanswered": 0},
    "SELECT (SELECT COALESCE(sum(used), 0) FROM monthly_usage) - (SELECT "
    "COALESCE(sum(tokens_used), 0) FROM conversations) AS unbooked": {"unbooked": 0},
}
