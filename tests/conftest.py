"""Fixtures of all tests.

Tests that need a database are marked `database`. They run on SQLite; with
PARLEY_TEST_DATABASE_URL set, they run on that PostgreSQL server instead. Tests that need a Redis
are marked `redis`, and run on the one that PARLEY_TEST_REDIS_URL names: beside others, since every
name that Parley uses there has an id in it, or in a database of their own.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from settings import Settings
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.scripted_model import ScriptedModel
from tests.served import Client, Served, serve
from web.limits import EdgeLimits
from web.pages import Pages

REDIS_VARIABLE = "PARLEY_TEST_REDIS_URL"
REDIS_FIXTURES = {"redis_url"}
DATABASE_FIXTURES = {"database_url", "databases", "parley", "start_parley", "alice", "bob"}
SETTINGS = ("PARLEY_", "OPENAI_", "DATABASE_", "REDIS_", "OTEL_")
BROWSER = Path(__file__).parent / "browser"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known."""
    config.addinivalue_line("markers", "database: needs a database; runs on PostgreSQL too")
    config.addinivalue_line("markers", f"redis: needs the Redis that {REDIS_VARIABLE} names")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for a database, but for those in a browser, or for a Redis."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if DATABASE_FIXTURES & fixtures and BROWSER not in item.path.parents:
            item.add_marker(pytest.mark.database)
        if REDIS_FIXTURES & fixtures:
            item.add_marker(pytest.mark.redis)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests see no setting of the machine they run on, and no .env file."""
    for name in list(os.environ):
        if (
            name.startswith(("PARLEY_", "OPENAI_", "DATABASE_", "REDIS_", "OTEL_"))
            and "TEST" not in name
        ):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def databases(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SqliteDatabases | PostgresDatabases]:
    """Where fresh databases come from."""
    url = os.environ.get("PARLEY_TEST_DATABASE_URL")
    made = PostgresDatabases(url) if url else SqliteDatabases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture
async def database_url(databases: SqliteDatabases | PostgresDatabases) -> AsyncIterator[str]:
    """A fresh, migrated database."""
    async with databases.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The address of a Redis. Where none is named the test is skipped, but never in CI."""
    url = os.environ.get(REDIS_VARIABLE)
    if url:
        return url
    if os.environ.get("CI") == "true":
        pytest.fail(f"{REDIS_VARIABLE} is not set")
    pytest.skip(f"needs a Redis: set {REDIS_VARIABLE}")


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    """A model server on a port of its own, with its address in `url`."""
    scripted = ScriptedModel()
    async with TestServer(scripted.application()) as server:
        scripted.url = str(server.make_url("/v1"))
        yield scripted


StartParley = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def start_parley(database_url: str, model: ScriptedModel) -> StartParley:
    """Serve Parley with the scripted model, and with other settings or limits, where given."""

    def start(
        *, limits: EdgeLimits | None = None, pages: Pages | None = None, **changes: object
    ) -> AbstractAsyncContextManager[Served]:
        values = {
            "database_url": database_url,
            "openai_base_url": model.url,
            "openai_api_key": "sk-test",
            "default_model": "test-model",
            "allowed_models": ("other-model",),
            "grace_seconds": 0,
            **changes,
        }
        return serve(Settings.model_validate(values), limits=limits, pages=pages)

    return start


@pytest.fixture
async def parley(start_parley: StartParley) -> AsyncIterator[Served]:
    """A served Parley."""
    async with start_parley() as served:
        yield served


@pytest.fixture
async def alice(parley: Served) -> Client:
    """A member."""
    return await parley.client()


@pytest.fixture
async def bob(parley: Served) -> Client:
    """Another member, who must see nothing of Alice's."""
    return await parley.client()
