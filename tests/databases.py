"""Migrated databases for tests: copies of a template, made in milliseconds."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from db.migrate import migrate


class SqliteDatabases:
    """Copies of a migrated file."""

    def __init__(self, folder: Path) -> None:
        """Make the template."""
        self._folder = folder
        self._template = folder / "template.sqlite3"
        asyncio.run(migrate(f"sqlite://{self._template}"))

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        """The URL of a new database."""
        path = self._folder / f"{uuid4().hex}.sqlite3"
        shutil.copy(self._template, path)
        yield f"sqlite://{path}"

    def close(self) -> None:
        """Nothing: pytest removes the folder."""


class PostgresDatabases:
    """Databases made from a migrated template on a real server."""

    def __init__(self, url: str) -> None:
        """`url` names a database whose owner may create others."""
        self._url = url
        self._template = f"parley_template_{uuid4().hex[:12]}"
        asyncio.run(self._execute(f"CREATE DATABASE {self._template}"))
        asyncio.run(migrate(self._named(self._template)))

    def fresh(self) -> AbstractAsyncContextManager[str]:
        """The URL of a new, migrated database, which is dropped afterwards."""
        return self._made(self._template)

    def empty(self) -> AbstractAsyncContextManager[str]:
        """The URL of a new database without a table."""
        return self._made("template1")

    @asynccontextmanager
    async def _made(self, template: str) -> AsyncIterator[str]:
        name = f"parley_test_{uuid4().hex[:12]}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._named(name)
        finally:
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Drop the template."""
        asyncio.run(self._execute(f"DROP DATABASE {self._template} WITH (FORCE)"))

    def _named(self, name: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
