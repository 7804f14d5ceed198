"""Where Parley is measured: on SQLite in a folder, and on a PostgreSQL started for this."""

import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import pytest

from bench.processes import Server, started_in_silence
from db.migrate import migrate
from tests.faults.postgres_cluster import PostgresCluster, postgres_cluster

# High enough to let everything through; counted all the same, as in production.
_RATE = "100000000/minute"


class Place:
    """A kind of database, in which each part of the benchmark has one of its own."""

    def __init__(self, name: str, *, folder: Path, cluster: PostgresCluster | None = None) -> None:
        """Without a `cluster`, databases are files in the folder."""
        self.name = name
        self._folder = folder
        self._cluster = cluster

    @property
    def is_postgres(self) -> bool:
        """Whether its databases are PostgreSQL's."""
        return self._cluster is not None

    async def database(self, name: str) -> str:
        """The URL of a new database with all tables."""
        if self._cluster is None:
            url = f"sqlite://{self._folder}/{name}.sqlite3"
        else:
            url = await self._cluster.create_database(name)
        await migrate(url)
        return url

    async def analyze(self, url: str) -> None:
        """Let PostgreSQL look at what a database holds, as it does by itself within a minute."""
        if self.is_postgres:
            connection = await asyncpg.connect(url)
            try:
                await connection.execute("ANALYZE")
            finally:
                await connection.close()

    async def version(self) -> str:
        """What is measured on, for the report."""
        if self._cluster is None:
            return f"SQLite {sqlite3.sqlite_version}"
        connection = await asyncpg.connect(await self._cluster.create_database("version"))
        try:
            return f"PostgreSQL {str(await connection.fetchval('SHOW server_version')).split()[0]}"
        finally:
            await connection.close()


@contextmanager
def places() -> Iterator[tuple[Place, ...]]:
    """SQLite, and PostgreSQL where its programs are installed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = [Place("SQLite", folder=folder)]
        try:
            cluster = stack.enter_context(postgres_cluster())
        except pytest.skip.Exception as error:
            print(f"PostgreSQL is left out: {error}")
        else:
            found.append(Place("PostgreSQL", folder=folder, cluster=cluster))
        yield tuple(found)


@asynccontextmanager
async def parley(url: str, *, model: str, **environment: str) -> AsyncIterator[Server]:
    """Parley in one process, as in production, with rates that refuse nobody."""
    settings = {
        "DATABASE_URL": url,
        "OPENAI_BASE_URL": model,
        "PARLEY_PORT": "0",
        "PARLEY_WORKERS": "1",
        "PARLEY_LOG_FORMAT": "json",
        "PARLEY_RATE_LIMIT": _RATE,
        "PARLEY_SEND_RATE_LIMIT": _RATE,
    }
    async with started_in_silence("command_line", "serve", **settings | environment) as server:
        yield server


@asynccontextmanager
async def model_server(*, pause_milliseconds: float = 0) -> AsyncIterator[Server]:
    """The stand-in model, which answers at once, or with a pause after each piece."""
    options = ("--port", "0", "--delay-ms", str(pause_milliseconds))
    async with started_in_silence("adapters.stand_in", *options) as server:
        yield server
