"""A PostgreSQL server that restarts, crashes and stays away, while clients send all the time.

It brings a server of its own, and so runs with the tests on SQLite.
"""

import asyncio
from collections.abc import Iterator

import pytest

from tests.faults.invariants import assert_settled, texts
from tests.faults.load import READ, Load, assert_retryable
from tests.faults.postgres_cluster import PostgresCluster, ShutdownMode, postgres_cluster
from tests.faults.process import parley_process
from tests.scripted_model import ScriptedModel
from tests.served import Client

RECOVERY_SECONDS = 5
USER_MESSAGES = "SELECT content FROM messages WHERE role = 'USER'"


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresCluster]:
    """A server of our own."""
    with postgres_cluster() as made:
        yield made


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_in_mid_load_loses_nothing_and_doubles_nothing(
    cluster: PostgresCluster, model: ScriptedModel, mode: ShutdownMode
) -> None:
    url = await cluster.create_database(f"restarted_{mode}")
    async with parley_process(url, model.url) as parley:
        async with Load(parley.client).going_on() as load:
            await load.until_done_more(24)
            await asyncio.to_thread(cluster.restart, mode)
            await assert_recovers(parley.client)
            await load.until_done_more(24)
        await assert_settled(url)
    assert await texts(url, USER_MESSAGES) == sorted([*load.done, "recovered"])


async def test_an_outage_refuses_everything_for_now_and_ends_with_the_server_s_return(
    cluster: PostgresCluster, model: ScriptedModel
) -> None:
    url = await cluster.create_database("away")
    async with parley_process(url, model.url) as parley:
        async with Load(parley.client).going_on() as load:
            await load.until_done_more(12)
            await asyncio.to_thread(cluster.stop, "immediate")
            for _ in range(20):
                assert_retryable(await parley.client(READ))
                assert_retryable(await parley.client.try_send(None, "never"))
            await asyncio.to_thread(cluster.start)
            await assert_recovers(parley.client)
        await assert_settled(url)
    assert await texts(url, USER_MESSAGES) == sorted([*load.done, "recovered"])


async def assert_recovers(client: Client) -> None:
    """A new send succeeds soon, however often it has to be tried."""
    async with asyncio.timeout(RECOVERY_SECONDS):
        while True:
            answer = await client.try_send(None, "recovered", idempotencyKey="recovered")
            if "errors" not in answer.body:
                return
            assert_retryable(answer)
            await asyncio.sleep(0.05)
