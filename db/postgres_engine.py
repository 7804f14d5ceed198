"""The PostgreSQL engine that Parley's connections use, in place of Tortoise's own.

Tortoise finds `client_class` by name. Two things differ from its engine:

- A connection is had within two seconds, or TimeoutError is raised. Tortoise waits for a free one
  for as long as it takes, so one slow statement too many would hold up every request.
- A transaction that cannot begin gives its connection back. Tortoise loses it then, unless it is
  broken: a BEGIN that takes too long, or is refused, would make the pool smaller for good.
"""

from typing import Any

import asyncpg
from asyncpg.pool import PoolAcquireContext
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

ACQUIRE_SECONDS = 2.0
# What `asyncpg.create_pool` takes when it is not told; the class itself has no defaults.
_POOL_DEFAULTS: dict[str, Any] = {
    "max_queries": 50_000,
    "max_inactive_connection_lifetime": 300.0,
    "record_class": asyncpg.Record,
}


class ImpatientPool(asyncpg.Pool):
    """A pool that makes nobody wait longer than ACQUIRE_SECONDS.

    That is for a free connection, and for a new one when the server has to be asked for it. The
    same time is given to the cleaning of a connection that comes back.
    """

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """A connection, to be awaited or entered. Raises TimeoutError."""
        return super().acquire(timeout=ACQUIRE_SECONDS if timeout is None else timeout)


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


class ParleyPostgresClient(AsyncpgDBClient):
    """Tortoise's asyncpg client with the pool and the transactions above."""

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Open the pool. Raises what asyncpg raises when the server cannot be reached."""
        return await ImpatientPool(**_POOL_DEFAULTS, **options)

    def _in_transaction(self) -> TransactionContext:
        return ReleasingContext(TransactionWrapper(self), self._pool_init_lock)


client_class = ParleyPostgresClient
