"""The bed of the tests on two processes: both serve, both end, and nothing they log is lost."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from tests.scaled.forks import Forks, fork_server
from tests.scaled.logs import is_crash, is_error
from tests.scaled.served_twice import serve_twice
from tests.scripted_model import ScriptedModel
from web.limits import EdgeLimits


@pytest.fixture
def values(database_url: str, model: ScriptedModel) -> Mapping[str, object]:
    """Settings without Redis, which the bed itself does not need."""
    return {"database_url": database_url, "openai_base_url": model.url, "grace_seconds": 0}


async def test_requests_of_one_client_are_served_by_both_processes(
    forks: Forks, values: Mapping[str, object], tmp_path: Path
) -> None:
    async with serve_twice(forks, values, limits=None, folder=tmp_path) as parley:
        alice = await parley.client()
        for _ in range(4):
            assert (await alice("query Twice { viewer { name } }")).status == 200
        logs = [log.text() for log in parley.logs]
    assert parley.processes == 2
    assert [text.count('"Twice"') for text in logs] == [2, 2]


async def test_both_obey_the_limits_that_a_test_gives(
    forks: Forks, values: Mapping[str, object], tmp_path: Path
) -> None:
    limits = EdgeLimits(body_bytes=50)
    async with serve_twice(forks, values, limits=limits, folder=tmp_path) as parley:
        alice = await parley.client()
        for _ in parley.logs:
            assert (await alice(f"{{ viewer {{ name }} }} # {'long ' * 20}")).status == 413


async def test_a_parley_that_cannot_start_says_why(forks: Forks, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(ExceptionGroup) as raised:
        async with forks.parleys({"port": "nonsense"}, limits=None, logs=[log]):
            pass
    assert "ValidationError" in str(raised.value.exceptions[0])


async def test_no_parley_outlives_the_fork_server(
    values: Mapping[str, object], tmp_path: Path
) -> None:
    with fork_server() as forks:
        ordered = forks.parleys(values, limits=None, logs=[tmp_path / "one", tmp_path / "two"])
        ports = await ordered.__aenter__()
    async with asyncio.timeout(10):
        for port in ports:
            await until_refused(port)
    await ordered.__aexit__(None, None, None)


async def until_refused(port: int) -> None:
    """Try until nobody listens."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz"):
                    pass
            except aiohttp.ClientError:
                return


@pytest.mark.parametrize(
    ("line", "error", "crash"),
    [
        ('{"event": "operation", "level": "info"}', False, False),
        ('{"event": "the key is refused", "level": "error"}', True, False),
        ('{"event": "failed", "level": "error", "exception": []}', True, True),
        ("Traceback (most recent call last):", True, True),
    ],
)
def test_errors_and_crashes_are_known_by_their_lines(line: str, error: bool, crash: bool) -> None:
    assert (is_error(line), is_crash(line)) == (error, crash)
