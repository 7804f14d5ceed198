"""What a database tells of itself for metrics. Nothing here asks the database anything."""

from collections.abc import Callable, Mapping

from chat.metrics import Count, Level
from db.database import Database
from db.postgres_pool import PoolFigures

_NO_POOL = PoolFigures()


def levels(database: Database) -> Mapping[Level, Callable[[], float]]:
    """What can be read off: the pool of connections to PostgreSQL. SQLite has none."""
    if database.pool is None:
        return {}
    return {
        Level.CONNECTIONS_OPEN: lambda: _pool(database).open_connections,
        Level.CONNECTIONS_IN_USE: lambda: _pool(database).used_connections,
        Level.CONNECTIONS_MOST: lambda: _pool(database).max_connections,
        Level.CONNECTIONS_AWAITED: lambda: _pool(database).waiting,
    }


def counts(database: Database) -> Mapping[Count, Callable[[], int]]:
    """What was counted since the start."""
    retried: dict[Count, Callable[[], int]] = {
        Count.TRANSACTIONS_RETRIED: lambda: database.transactions_retried
    }
    if database.pool is None:
        return retried
    return {**retried, Count.CONNECTIONS_NOT_HAD: lambda: _pool(database).failed_acquires}


def _pool(database: Database) -> PoolFigures:
    return database.pool or _NO_POOL
