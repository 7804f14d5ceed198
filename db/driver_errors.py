"""What the drivers raise, and what it tells: nothing here raises anything.

SQLite's errors come as Tortoise's, with those of the driver in them; asyncpg's come as they are.
"""

import sqlite3

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError

# What a driver raises when the database cannot be reached or used for the time being.
UNREACHABLE = (
    OSError,
    sqlite3.Error,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
_SQLITE_UNAVAILABLE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_CANT",
    "SQLITE_READONLY",
)


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five letters for what is wrong; None where it did not say."""
    return error.sqlstate if isinstance(error, asyncpg.PostgresError) else None


def is_unavailable(error: Exception) -> bool:
    """Whether the error will pass; a statement that is wrong is a mistake in the program."""
    if isinstance(error, OperationalError):
        cause = error.args[0] if error.args else None
        return str(getattr(cause, "sqlite_errorname", "")).startswith(_SQLITE_UNAVAILABLE)
    # asyncpg tells of arguments that do not fit by errors that are ValueErrors too.
    return isinstance(error, UNREACHABLE) and not isinstance(error, ValueError)


def is_unique_violation(error: Exception) -> bool:
    """Whether a row with this key is there already."""
    is_told_so = isinstance(error, IntegrityError) and "UNIQUE constraint failed" in str(error)
    return is_told_so or sqlstate(error) == "23505"


def is_foreign_key_violation(error: Exception) -> bool:
    """Whether a row that this one belongs to is not there."""
    is_told_so = isinstance(error, IntegrityError) and "FOREIGN KEY constraint failed" in str(error)
    return is_told_so or sqlstate(error) == "23503"


def reason(error: BaseException) -> str:
    """One line that says why a database cannot be reached."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
