"""Fixtures of all tests.

Tests that need a database are marked `database`. They run on SQLite; with
PARLEY_TEST_DATABASE_URL set, they run on that PostgreSQL server instead. Tests that need a Redis
are marked `redis`, and run on the one that PARLEY_TEST_REDIS_URL names: beside others, since every
name that Parley uses there has an id in it, or in a database of their own.

PARLEY_TEST_EXECUTOR=graphql-core has operations run by graphql-core's executor, not by plans.

With `--processes 2` only tests that talk to a served Parley run, and two processes serve it, on
that PostgreSQL server and on that Redis.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from settings import Settings
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.faults.missing import missing
from tests.scaled.forks import Forks, fork_server
from tests.scaled.served_twice import PROCESSES, serve_twice
from tests.scripted_model import ScriptedModel
from tests.served import Client, Served, serve
from web.limits import EdgeLimits
from web.pages import Pages

REDIS_VARIABLE = "PARLEY_TEST_REDIS_URL"
EXECUTOR_VARIABLE = "PARLEY_TEST_EXECUTOR"
REDIS_FIXTURES = {"redis_url"}
SERVED_FIXTURES = {"parley", "start_parley", "alice", "bob"}
DATABASE_FIXTURES = {"database_url", "databases", *SERVED_FIXTURES}
SETTINGS = ("PARLEY_", "OPENAI_", "DATABASE_", "REDIS_", "OTEL_")
BROWSER = Path(__file__).parent / "browser"
CLIENTS = {Path(__file__).parent / room for room in ("clients", "examples", "operations")}
_UNBEGUN = r"coroutine '.*_async_resolver' was never awaited"
SCALED_NEEDS = ("PARLEY_TEST_DATABASE_URL", REDIS_VARIABLE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the run be chosen."""
    parser.addoption(
        "--processes",
        type=int,
        choices=(1, PROCESSES),
        default=1,
        help="how many processes serve Parley, with PostgreSQL and Redis; 1: the tests' own",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a run on two processes without what they share, rather than leave all out.

    graphql-core does not put away the fields that it has not begun when its task is cancelled, as
    that of a reader who leaves: Python warns of each.
    """
    if os.environ.get(EXECUTOR_VARIABLE) == "graphql-core":
        config.addinivalue_line("filterwarnings", f"ignore:{_UNBEGUN}:RuntimeWarning")
    missing = [name for name in SCALED_NEEDS if not os.environ.get(name)]
    if scaled(config) and missing:
        raise pytest.UsageError(f"--processes {PROCESSES} needs {' and '.join(missing)}")


def scaled(config: pytest.Config) -> bool:
    """Whether several processes serve."""
    return bool(config.getoption("--processes") == PROCESSES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test that asks for a database, but for those in a browser, or for a Redis.

    Those that talk to a served Parley as clients do, and do not look into its process, are marked
    `scaled` too, and only these run on two processes.
    """
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if DATABASE_FIXTURES & fixtures and BROWSER not in item.path.parents:
            item.add_marker(pytest.mark.database)
        one_process = item.get_closest_marker("one_process")
        if SERVED_FIXTURES & fixtures and CLIENTS & {*item.path.parents} and not one_process:
            item.add_marker(pytest.mark.scaled)
        if REDIS_FIXTURES & fixtures:
            item.add_marker(pytest.mark.redis)
        runs = not scaled(config) or item.get_closest_marker("scaled") is not None
        (kept if runs else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


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
    return os.environ.get(REDIS_VARIABLE) or missing(f"needs a Redis: set {REDIS_VARIABLE}")


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    """A model server on a port of its own, with its address in `url`."""
    scripted = ScriptedModel()
    async with TestServer(scripted.application()) as server:
        scripted.url = str(server.make_url("/v1"))
        yield scripted


StartParley = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Where the processes come from that serve, when there are several."""
    with fork_server() as made:
        yield made


@pytest.fixture
def start_parley(
    database_url: str, model: ScriptedModel, tmp_path: Path, request: pytest.FixtureRequest
) -> StartParley:
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
            "executor": os.environ.get(EXECUTOR_VARIABLE, "compiled"),
            **changes,
        }
        if not scaled(request.config):
            return serve(Settings.model_validate(values), limits=limits, pages=pages)
        assert pages is None, "pages cannot be handed to another process"
        shared = {"redis_url": os.environ["PARLEY_TEST_REDIS_URL"], **values}
        forks: Forks = request.getfixturevalue("forks")
        return serve_twice(forks, shared, limits=limits, folder=tmp_path)

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
