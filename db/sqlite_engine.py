"""The SQLite engine that Parley's connections use, in place of Tortoise's own.

Tortoise finds `client_class` by name. These things differ from its engine:

- A whole transaction runs in the connection's thread at once (`run`). Statement by statement, each
  goes over to that thread and back, which takes several times as long as SQLite itself does.
  Whoever is cancelled meanwhile, the connection is left free: Tortoise's own contexts, which only
  migrations use here, keep the lock for good then (its issue 1152).
- Transactions begin with BEGIN IMMEDIATE. A deferred one that reads and then writes fails at once
  with "database is locked" when another process wrote in between, whatever the busy timeout.
- Reads outside of transactions are made in the loop's own thread where they are short
  (`db.sqlite_reads`).
- LOWER knows all of Unicode, as PostgreSQL's does; SQLite's own knows ASCII.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.exceptions import IntegrityError, OperationalError

from db.sqlite_reads import ShortReads, opened, rows_of

Result = TypeVar("Result")


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction, of a migration, that takes the write lock when it begins."""

    async def begin(self) -> None:
        """Take the write lock, waiting for it as long as the busy timeout says."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class InThread:
    """Statements in the thread of their connection, where they need not be waited for."""

    def __init__(self, connection: sqlite3.Connection, log: logging.Logger) -> None:
        """`connection` belongs to this thread; statements are told to `log`, as Tortoise does."""
        self._connection = connection
        self._log = log

    async def execute_query_dict(self, query: str, values: list[Any]) -> list[Any]:
        """The rows of a statement. Raises Tortoise's errors."""
        with _told_as_tortoise_does():
            self._log.debug("%s: %s", query, values)
            return rows_of(self._connection, query, values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run a statement for each set of values. Raises Tortoise's errors."""
        with _told_as_tortoise_does():
            self._log.debug("%s: %s", query, values)
            self._connection.executemany(query, values)


class ParleySqliteClient(SqliteClient):
    """Tortoise's SQLite client with the transactions and reads above."""

    _short: ShortReads | None = None
    _is_opening = False

    async def read(self, query: str, values: list[object]) -> list[Any]:
        """The rows of a statement outside of transactions. Raises Tortoise's errors.

        Tortoise takes a lock first; the connection's thread does one thing after the other anyway.
        """
        if self._connection is None or self._is_opening:  # it has been closed
            async with self._lock:
                await self.create_connection(with_db=True)
        connection: Any = self._connection
        self.log.debug("%s: %s", query, values)
        short = self._short
        at_once = short.rows(query, values) if short else None
        if short and at_once is not None:
            if short.turn_is_due():
                await asyncio.sleep(0)
            return at_once
        work = partial(_measured_rows, connection._conn, query, values)  # noqa: SLF001
        with _told_as_tortoise_does():
            measured: tuple[list[sqlite3.Row], float] = await connection._execute(work)  # noqa: SLF001
        found, cpu_seconds = measured
        if short:
            short.learn(query, cpu_seconds)
        return found

    async def run(self, body: Callable[[InThread], Coroutine[Any, Any, Result]]) -> Result:
        """Run a body in a transaction and commit; it must await nothing but its statements.

        Cancelled or not, it runs to its end. Raises what the body raises, after rolling back.
        """
        await self._lock.acquire()
        try:
            if self._connection is None:
                await self.create_connection(with_db=True)
            connection: Any = self._connection  # aiosqlite's; all of it is made of `_execute`
            context = copy_context()

            def work() -> Result:
                return context.run(lambda: self._transact(connection._conn, body))  # noqa: SLF001

            return await _to_the_end(connection._execute(work))  # noqa: SLF001
        finally:
            self._lock.release()

    def _transact(
        self,
        connection: sqlite3.Connection,
        body: Callable[[InThread], Coroutine[Any, Any, Result]],
    ) -> Result:
        """In the connection's thread."""
        with _told_as_tortoise_does():
            connection.execute("BEGIN IMMEDIATE")
        try:
            result = _driven(body(InThread(connection, self.log)))
            with _told_as_tortoise_does():
                connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    async def create_connection(self, with_db: bool) -> None:
        """Open the file. Raises sqlite3.Error.

        The file is tried first because aiosqlite, when it cannot open one, leaves its thread with
        a last answer that nobody awaits: given after the loop has closed, it ends in a traceback.
        """
        self._is_opening = True  # until then, what there is has not all of its settings
        try:
            if self._connection is None:
                await asyncio.to_thread(probe, self.filename)
            await super().create_connection(with_db)
            if self._short is None and "query_only" in self.pragmas:
                connection = await asyncio.to_thread(opened, self.filename)
                connection.create_function("LOWER", 1, _lower, deterministic=True)
                self._short = ShortReads(connection)
        finally:
            self._is_opening = False

    async def close(self) -> None:
        """Close the file."""
        if self._short is not None:
            self._short.close()  # not the last one, so it takes no time
            self._short = None
        await super().close()

    async def _post_connect(self) -> None:
        await super()._post_connect()
        if self._connection is not None:
            await self._connection.create_function("LOWER", 1, _lower, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(ImmediateTransaction(self), self._lock)


def probe(path: str | Path) -> None:
    """Raise sqlite3.Error when `path` cannot be opened or is no database. Blocks."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA schema_version")
    finally:
        connection.close()


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


async def _to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
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
    return task.result()


def _measured_rows(
    connection: sqlite3.Connection, query: str, values: list[Any]
) -> tuple[list[sqlite3.Row], float]:
    """The rows of a statement, and the seconds of CPU that its thread took for them."""
    began = time.thread_time()
    found = rows_of(connection, query, values)
    return found, time.thread_time() - began


def _driven(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine returns that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return cast("Result", stop.value)
    coroutine.close()
    msg = "the body of a transaction awaited something else than its statements"
    raise RuntimeError(msg)


@contextmanager
def _told_as_tortoise_does() -> Iterator[None]:
    """Raise the driver's errors as Tortoise raises them."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error


client_class = ParleySqliteClient
