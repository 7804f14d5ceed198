"""Brings a database to the committed migrations. Safe to run in several processes at once.

The lock is held on PostgreSQL by an advisory lock, on SQLite by a transaction on a database of
its own beside the file (`<file>.lock`): both end with the process that holds them.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException
from tortoise.migrations.executor import MigrationExecutor

from db.database import DatabaseUnreachableError
from db.driver_errors import UNREACHABLE, reason
from db.sqlite_engine import probe
from db.urls import connections_config, sqlite_path

_LOCK_KEY = 0x7061726C6579  # "parley"
_LOCK_TIMEOUT_SECONDS = 60.0


async def migrate(url: str) -> list[str]:
    """Apply what is missing and return the names of what was applied, in order.

    Raises DatabaseUnreachableError.
    """
    try:
        return await _migrate(url)
    except (*UNREACHABLE, BaseORMException) as error:
        raise DatabaseUnreachableError(reason(error)) from error


async def _migrate(url: str) -> list[str]:
    _, connections = connections_config(url, migrating=True)
    app = {
        "models": ["db.models"],
        "migrations": "db.migrations",
        "default_connection": "default",
    }
    connections = {"default": connections["default"], "lock": connections["default"]}
    applied: list[str] = []
    async with TortoiseContext() as context:
        await context.init(config={"connections": connections, "apps": {"parley": app}})
        async with _lock(url, context):
            executor = MigrationExecutor(context.connections.get("default"), {"parley": app})
            await executor.migrate(
                progress=lambda event, _, name: (
                    applied.append(name) if event == "apply_done" else None
                )
            )
    return applied


@asynccontextmanager
async def _lock(url: str, context: TortoiseContext) -> AsyncIterator[None]:
    path = sqlite_path(url)
    if path is not None:
        async with _file_lock(path):
            yield
        return
    async with context.connections.get("lock")._in_transaction() as connection:  # noqa: SLF001
        await connection.execute_query_dict(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})")
        yield


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncIterator[None]:
    if not path.parent.is_dir():
        msg = f"the folder {path.parent} does not exist"
        raise DatabaseUnreachableError(msg)
    await asyncio.to_thread(probe, path)
    holder = await asyncio.to_thread(_take_file_lock, path.with_name(f"{path.name}.lock"))
    try:
        yield
    finally:
        holder.close()


def _take_file_lock(path: Path) -> sqlite3.Connection:
    holder = sqlite3.connect(
        path, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
    )
    holder.execute("BEGIN EXCLUSIVE")
    return holder
