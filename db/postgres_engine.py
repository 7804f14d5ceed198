"""The PostgreSQL engine that Parley's connections use, in place of Tortoise's own.

Tortoise finds `client_class` by name. These things differ from its engine:

- A connection is had soon, or TimeoutError is raised (`ImpatientPool`). Tortoise waits for a free
  one for as long as it takes, so one slow statement too many would hold up every request.
- A transaction that cannot begin gives its connection back. Tortoise loses it then, unless it is
  broken: a BEGIN that takes too long, or is refused, would make the pool smaller for good.
- What goes wrong when a connection is given back, after the work is done, is not told as a failure
  of that work. Otherwise a restart of the server makes transactions look failed that are stored.
- A server that does not answer is not asked to roll back, which would take as long again.
- When a server only reads, the next transactions get new connections: after a failover the old
  ones may lead to what is now a standby, and would do so for as long as they are in use.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from db.postgres_pool import BROKEN, ImpatientPool, PoolFigures
from db.postgres_times import are_iso, read_as_text

Result = TypeVar("Result")


class InTransaction:
    """Statements on a connection on which a transaction is open."""

    def __init__(self, connection: PoolConnectionProxy, log: logging.Logger) -> None:
        """Statements are told to `log`, as Tortoise does."""
        self._connection = connection
        self._log = log

    async def execute_query_dict(self, query: str, values: list[Any]) -> list[Any]:
        """The rows of a statement; asyncpg's errors come as they are."""
        self._log.debug("%s: %s", query, values)
        found: list[Any] = await self._connection.fetch(query, *values)
        return found

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run a statement for each set of values; asyncpg's errors come as they are."""
        self._log.debug("%s: %s", query, values)
        await self._connection.executemany(query, values)


class ParleyPostgresClient(AsyncpgDBClient):
    """Tortoise's asyncpg client with the pool and the transactions above."""

    @property
    def figures(self) -> PoolFigures:
        """How its pool goes; zeros when it is closed."""
        pool = self._pool
        return pool.figures if isinstance(pool, ImpatientPool) else PoolFigures()

    async def read(self, statement: str, values: list[object]) -> list[Any]:
        """The rows of a statement outside of transactions; asyncpg's errors come as they are.

        Tortoise's own way gives the connection to the pool each time.
        """
        opened: Any = self._pool
        pool: ImpatientPool = opened or await self._opened_pool()
        self.log.debug("%s: %s", statement, values)
        connection = pool.ready() or await pool.acquire()
        try:
            found: list[Any] = await connection.fetch(statement, *values)
        except BaseException:
            await pool.release(connection)
            raise
        if not pool.kept(connection):
            await pool.release(connection)
        return found

    async def run(self, body: Callable[[InTransaction], Awaitable[Result]]) -> Result:
        """Run a body in a transaction and commit.

        Raises what the body raises, after rolling back, and asyncpg's errors as they are.
        """
        pool = await self._opened_pool()
        connection = pool.ready() or await pool.acquire()
        try:
            await connection.execute("BEGIN;")
            result = await body(InTransaction(connection, self.log))
            await connection.execute("COMMIT;")
        except BaseException as error:
            try:
                await _abandon(connection, error)
            finally:  # it goes back even when this is cancelled
                await pool.release(connection)
            if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
                await pool.expire_connections()
            raise
        if not pool.kept(connection):
            await pool.release(connection)
        return result

    async def _opened_pool(self) -> ImpatientPool:
        pool: Any = self._pool
        if pool is None:  # it has been closed; this opens it again
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
            pool = self._pool
        opened: ImpatientPool = pool
        return opened

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Open the pool. Raises what asyncpg raises when the server cannot be reached."""
        init = read_as_text if are_iso(options.get("server_settings") or {}) else None
        return await ImpatientPool(init=init, **options)


async def _abandon(connection: PoolConnectionProxy, error: BaseException) -> None:
    """Roll back, unless there is nobody to answer."""
    if isinstance(error, TimeoutError):
        connection.terminate()
        return
    # The error says more than that there is nothing to roll back on any more.
    with suppress(*BROKEN):
        await connection.execute("ROLLBACK;")


client_class = ParleyPostgresClient
