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

from contextlib import suppress
from types import TracebackType
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

from db.postgres_pool import BROKEN, ImpatientPool, PoolFigures


class ReleasingContext(TransactionContextPooled):
    """Enters and leaves a transaction; whatever fails, the connection goes back to the pool."""

    async def __aenter__(self) -> TransactionalDBClient:
        """Take a connection and begin."""
        await self.ensure_connection()
        pool: ImpatientPool = self.client._parent._pool  # noqa: SLF001  the engine's own wrapper
        connection = await pool.acquire()
        self.client._connection = connection  # noqa: SLF001
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Commit, or roll back after an error, and give the connection back."""
        pool: ImpatientPool = self.client._parent._pool  # noqa: SLF001
        connection: PoolConnectionProxy = self.client._connection  # noqa: SLF001
        committed = False
        try:
            if error is None:
                await self.client.commit()
                committed = True
            elif isinstance(error, TimeoutError):
                connection.terminate()
            else:
                # The error says more than that there is nothing to roll back on any more.
                with suppress(*BROKEN):
                    await self.client.rollback()
        finally:
            await (pool.give_back(connection) if committed else pool.release(connection))
            if _tells_of_a_standby(error):
                await pool.expire_connections()
            get_connections().reset(self.token)


def _tells_of_a_standby(error: BaseException | None) -> bool:
    """Whether the server only reads; Tortoise wraps what it says."""
    standby = asyncpg.ReadOnlySQLTransactionError
    return error is not None and isinstance(error.__cause__ or error, standby)


class ParleyPostgresClient(AsyncpgDBClient):
    """Tortoise's asyncpg client with the pool and the transactions above."""

    @property
    def figures(self) -> PoolFigures:
        """How its pool goes; zeros when it is closed."""
        pool = self._pool
        return pool.figures if isinstance(pool, ImpatientPool) else PoolFigures()

    async def read(self, statement: str, values: list[object]) -> list[dict[str, Any]]:
        """The rows of a statement outside of transactions; asyncpg's errors come as they are.

        Tortoise's own way gives the connection to the pool each time.
        """
        pool = self._pool
        if not isinstance(pool, ImpatientPool):  # it has been closed; this opens it again
            rows: list[dict[str, Any]] = await self.execute_query_dict(statement, values)
            return rows
        self.log.debug("%s: %s", statement, values)
        connection = await pool.acquire()
        try:
            found: list[asyncpg.Record] = await connection.fetch(statement, *values)
        except BaseException:
            await pool.release(connection)
            raise
        await pool.give_back(connection)
        return [dict(one) for one in found]

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Open the pool. Raises what asyncpg raises when the server cannot be reached."""
        return await ImpatientPool(**options)

    def _in_transaction(self) -> TransactionContext:
        return ReleasingContext(TransactionWrapper(self), self._pool_init_lock)


client_class = ParleyPostgresClient
