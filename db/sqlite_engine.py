"""The SQLite engine that Parley's connections use, in place of Tortoise's own.

Tortoise finds `client_class` by name. Three things differ from its engine:

- Transactions begin with BEGIN IMMEDIATE. A deferred one that reads and then writes fails at once
  with "database is locked" when another process wrote in between, whatever the busy timeout.
- Entering and leaving a transaction gives the connection back even when the task is cancelled
  there. Tortoise's own context keeps the lock for good (its issue 1152).
- LOWER knows all of Unicode, as PostgreSQL's does; SQLite's own knows ASCII.
"""

import asyncio
import sqlite3
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that takes the write lock when it begins."""

    async def begin(self) -> None:
        """Take the write lock, waiting for it as long as the busy timeout says."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class CancellationSafeContext(TransactionContext):
    """Enters and leaves a transaction; whatever is cancelled, the connection is left free."""

    def __init__(self, transaction: ImmediateTransaction, lock: asyncio.Lock) -> None:
        """`lock` guards the one connection that all tasks of the process share."""
        self._transaction = transaction
        self._lock = lock

    async def __aenter__(self) -> TransactionalDBClient:
        """Wait for the connection and begin."""
        await self._lock.acquire()
        try:
            await self._begin()
        except BaseException:
            await _to_the_end(self._roll_back_if_begun())
            self._lock.release()
            raise
        connections = get_connections()
        self._token = connections.set(self._transaction.connection_name, self._transaction)
        return self._transaction

    async def _begin(self) -> None:
        parent = self._transaction._parent  # noqa: SLF001  the engine's own wrapper
        if parent._connection is None:  # noqa: SLF001
            await parent.create_connection(with_db=True)
        connection: Any = parent._connection  # noqa: SLF001
        self._transaction._connection = connection  # noqa: SLF001
        await self._transaction.begin()

    async def __aexit__(self, error_type: type[BaseException] | None, *_: object) -> None:
        """Commit, or roll back after an error, and give the connection back."""
        try:
            await _to_the_end(self._finish(failed=error_type is not None))
        finally:
            get_connections().reset(self._token)
            self._lock.release()

    async def _finish(self, *, failed: bool) -> None:
        if failed:
            await self._roll_back_if_begun()
            return
        try:
            await self._transaction.commit()
        except BaseException as error:
            await self._roll_back_if_begun()
            if isinstance(error, sqlite3.OperationalError):
                raise OperationalError(error) from error
            raise

    async def _roll_back_if_begun(self) -> None:
        # None until the first connection is opened.
        connection: Any = self._transaction._connection  # noqa: SLF001
        if connection is not None and connection.in_transaction:
            await connection.rollback()


class ParleySqliteClient(SqliteClient):
    """Tortoise's SQLite client with the transactions above."""

    async def create_connection(self, with_db: bool) -> None:
        """Open the file. Raises sqlite3.Error.

        The file is tried first because aiosqlite, when it cannot open one, leaves its thread with
        a last answer that nobody awaits: given after the loop has closed, it ends in a traceback.
        """
        if self._connection is None:
            await asyncio.to_thread(probe, self.filename)
        await super().create_connection(with_db)

    async def _post_connect(self) -> None:
        await super()._post_connect()
        if self._connection is not None:
            await self._connection.create_function("LOWER", 1, _lower, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        return CancellationSafeContext(ImmediateTransaction(self), self._lock)


def probe(path: str | Path) -> None:
    """Raise sqlite3.Error when `path` cannot be opened or is no database. Blocks."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA schema_version")
    finally:
        connection.close()


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end even when the waiting task is cancelled, and then re-raise that."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:  # noqa: BLE001  raised again by result() below
            break
    if cancelled is not None:
        raise cancelled
    task.result()


client_class = ParleySqliteClient
