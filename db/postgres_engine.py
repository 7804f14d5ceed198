"""The PostgreSQL engine that Parley's connections use, in place of Tortoise's own.

Tortoise finds `client_class` by name. Two things differ from its engine:

- A connection is had within two seconds, or TimeoutError is raised. Tortoise waits for a free one
  for as long as it takes, so one slow statement too many would hold up every request.
- A transaction that cannot begin gives its connection back. Tortoise loses it then, unless it is
  broken: a BEGIN that takes too long, or is refused, would make the pool smaller for good.
- What goes wrong when a connection is given back, after the work is done, is not told as a failure
  of that work. Otherwise a restart of the server makes transactions look failed that are stored.
"""

from contextlib import suppress
from typing import Any

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

ACQUIRE_SECONDS = 2.0
_BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def _keep_session(connection: object) -> None:
    """Called instead of RESET ALL, a round trip: no statement of ours changes a session.

    An open transaction is rolled back all the same.
    """
    del connection


# What `asyncpg.create_pool` takes when it is not told; the class itself has no defaults.
_POOL_DEFAULTS: dict[str, Any] = {
    "max_queries": 50_000,
    "max_inactive_connection_lifetime": 300.0,
    "record_class": asyncpg.Record,
    "reset": _keep_session,
}


class ImpatientPool(asyncpg.Pool):
    """A pool that makes nobody wait longer than ACQUIRE_SECONDS.

    That is for a free connection, and for a new one when the server has to be asked for it. The
    same time is given to the cleaning of a connection that comes back.
    """

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """A connection, to be awaited or entered. Raises TimeoutError."""
        return super().acquire(timeout=ACQUIRE_SECONDS if timeout is None else timeout)

    async def release(
        self,
        connection: PoolConnectionProxy,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  asyncpg's signature
    ) -> None:
        """Take a connection back; one that is broken has been closed, and will be replaced."""
        with suppress(*_BROKEN):
            await super().release(connection, timeout=timeout)


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

    async def __aexit__(self, error_type: type[BaseException] | None, *_: object) -> None:
        """Commit, or roll back after an error, and give the connection back."""
        pool: ImpatientPool = self.client._parent._pool  # noqa: SLF001
        try:
            if error_type is None:
                await self.client.commit()
            else:
                # The error says more than that there is nothing to roll back on any more.
                with suppress(*_BROKEN):
                    await self.client.rollback()
        finally:
            await pool.release(self.client._connection)  # noqa: SLF001
            get_connections().reset(self.token)


class ParleyPostgresClient(AsyncpgDBClient):
    """Tortoise's asyncpg client with the pool and the transactions above."""

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Open the pool. Raises what asyncpg raises when the server cannot be reached."""
        return await ImpatientPool(**_POOL_DEFAULTS, **options)

    def _in_transaction(self) -> TransactionContext:
        return ReleasingContext(TransactionWrapper(self), self._pool_init_lock)


client_class = ParleyPostgresClient
