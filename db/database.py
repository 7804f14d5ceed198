"""The connections of one process, and the only two ways to the data: `rows` and `write`.

On SQLite reads go over a connection of their own, so that an open transaction, which occupies the
writing connection, never keeps a reader waiting (WAL gives each its snapshot). On PostgreSQL both
use one pool.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import structlog
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import BaseORMException

from chat.errors import StoreUnavailableError
from db import sql
from db.driver_errors import (
    UNREACHABLE,
    is_foreign_key_violation,
    is_unavailable,
    is_unique_violation,
    reason,
    sqlstate,
)
from db.postgres_engine import ParleyPostgresClient
from db.postgres_options import PostgresOptions
from db.postgres_pool import PoolFigures
from db.sqlite_engine import ParleySqliteClient
from db.urls import Synchronous, connections_config

Result = TypeVar("Result")
_Client: TypeAlias = ParleyPostgresClient | ParleySqliteClient

_log = structlog.get_logger()
_TRIES = 3
_LONGEST_PAUSE_SECONDS = 0.1
# Serialization failure, deadlock, foreign key violation: another transaction came between, and
# the whole of this one is right again when it is run once more.
_RUN_AGAIN = frozenset({"40001", "40P01", "23503"})


class Row(Protocol):
    """A row: `row["name"]`, `row[0]`, `row[1:]` as a tuple, and `dict(row)` for what needs more.

    It is the driver's own: sqlite3's or asyncpg's, which are made quicker than a dictionary.
    """

    def __getitem__(self, column: Any, /) -> Any:  # noqa: ANN401  the column knows
        """The value of a column, by its name or its place; a tuple of several."""
        ...

    def keys(self) -> Iterable[str]:
        """The names of the columns."""
        ...


class UniqueViolationError(Exception):
    """A row with this unique key is there already; nothing was written."""


class DatabaseUnreachableError(Exception):
    """The database cannot be opened; the text says why in one line and holds no password."""


class Statements(Protocol):
    """What a transaction's statements are run by."""

    async def execute_query_dict(self, query: str, values: list[Any], /) -> list[Row]:
        """The rows of a statement."""
        ...

    async def execute_many(self, query: str, values: list[list[Any]], /) -> None:
        """Run a statement for each set of values."""
        ...


class Transaction:
    """An open transaction, handed to the body of `Database.write`."""

    def __init__(self, connection: Statements, dialect: sql.Dialect) -> None:
        """Made by `Database.write` only."""
        self._connection = connection
        self.dialect: sql.Dialect = dialect

    async def rows(self, text: str, /, **parameters: object) -> list[Row]:
        """Run one statement; a write gives the rows that its RETURNING names."""
        statement, values = sql.render(text, parameters, self.dialect)
        return await self._connection.execute_query_dict(statement, values)

    async def many(self, text: str, sets: Sequence[Mapping[str, object]], /) -> None:
        """Run one write for each set of parameters. Each must be named once, in the same order."""
        if sets:
            statement, _ = sql.render(text, sets[0], self.dialect)
            values = [sql.values(one, self.dialect) for one in sets]
            await self._connection.execute_many(statement, values)

    async def row(self, text: str, /, **parameters: object) -> Row | None:
        """The first row, or None."""
        found = await self.rows(text, **parameters)
        return found[0] if found else None


class Database:
    """Open it with `open`, close it with `close`."""

    def __init__(self, context: TortoiseContext, dialect: sql.Dialect) -> None:
        """Use `open`."""
        self._context = context
        reader = "reader" if dialect == "sqlite" else "default"
        self._writer = cast("_Client", context.connections.get("default"))
        self._reader = cast("_Client", context.connections.get(reader))
        self.dialect: sql.Dialect = dialect
        self._transactions_retried = 0

    @property
    def transactions_retried(self) -> int:
        """How many times a transaction was run again, since another one came between."""
        return self._transactions_retried

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        sqlite_synchronous: Synchronous = "NORMAL",
        postgres: PostgresOptions | None = None,
    ) -> "Database":
        """Connect to `sqlite://path` or `postgres://…`. Raises DatabaseUnreachableError."""
        dialect, connections = connections_config(
            url, sqlite_synchronous=sqlite_synchronous, postgres=postgres
        )
        context = TortoiseContext()
        apps = {"parley": {"models": ["db.models"], "default_connection": "default"}}
        with _active(context):
            await context.init(config={"connections": connections, "apps": apps})
        database = cls(context, dialect)
        try:
            await database.connect()
            await database.ping()
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def pool(self) -> PoolFigures | None:
        """How PostgreSQL's pool of connections goes; SQLite has none."""
        writer = self._writer
        return writer.figures if isinstance(writer, ParleyPostgresClient) else None

    async def connect(self) -> None:
        """Open both connections. Left to Tortoise, a failure here would keep its lock for good."""
        try:
            for connection in {self._writer, self._reader}:
                await connection.create_connection(with_db=True)
        except (*UNREACHABLE, BaseORMException) as error:
            raise DatabaseUnreachableError(reason(error)) from error

    async def ping(self) -> None:
        """Ask both connections for an answer; DatabaseUnreachableError when one gives none."""
        try:
            for connection in (self._writer, self._reader):
                await connection.execute_query_dict("SELECT 1 AS one")
        except (*UNREACHABLE, BaseORMException) as error:
            raise DatabaseUnreachableError(reason(error)) from error

    async def close(self) -> None:
        """Close every connection."""
        for connection in {self._writer, self._reader}:
            await connection.close()

    async def rows(self, text: str, /, **parameters: object) -> list[Row]:
        """Read outside a transaction. Raises StoreUnavailableError."""
        statement, values = sql.render(text, parameters, self.dialect)
        try:
            return await self._reader.read(statement, values)
        except Exception as error:
            _raise_translated(error)
            raise

    async def row(self, text: str, /, **parameters: object) -> Row | None:
        """The first row of a read, or None."""
        found = await self.rows(text, **parameters)
        return found[0] if found else None

    async def write(self, body: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """Run `body` in one transaction and commit.

        `body` must await nothing but its transaction, and may be run again when another
        transaction came between. When the caller is cancelled the transaction still runs to its
        end, and only then is the cancellation raised: so nobody can know whether it committed
        without looking. The same holds for StoreUnavailableError when the connection broke during
        the commit. Raises UniqueViolationError, StoreUnavailableError and whatever `body` raises,
        after rolling back.
        """
        task = asyncio.ensure_future(self._with_retries(body))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await _outlive_cancellation(task)
            raise

    async def _with_retries(self, body: Callable[[Transaction], Awaitable[Result]]) -> Result:
        tries_left = _TRIES
        while True:
            tries_left -= 1
            try:
                return await self._once(body)
            except Exception as error:
                if not tries_left or sqlstate(error) not in _RUN_AGAIN:
                    _raise_translated(error)
                    raise
            self._transactions_retried += 1
            # The connection is given back, and those that met do not meet again at once.
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))  # noqa: S311

    async def _once(self, body: Callable[[Transaction], Awaitable[Result]]) -> Result:
        async def with_statements(statements: Statements) -> Result:
            return await body(Transaction(statements, self.dialect))

        return await self._writer.run(with_statements)


@contextmanager
def _active(context: TortoiseContext) -> Iterator[None]:
    """Tortoise finds the connections of the running task by this variable."""
    token = _current_context.set(context)
    try:
        yield
    finally:
        _current_context.reset(token)


def _raise_translated(error: Exception) -> None:
    """Raise a driver's error as ours; do nothing for ours, and for mistakes in the program."""
    if is_unique_violation(error):
        raise UniqueViolationError from error
    # What the row belongs to was deleted meanwhile, so the next try will find it gone.
    if is_unavailable(error) or is_foreign_key_violation(error):
        _log.warning("database unavailable", error=reason(error))
        raise StoreUnavailableError from error


async def _outlive_cancellation(task: asyncio.Future[Any]) -> None:
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
