"""A PostgreSQL server that only reads for a while, or stands still, while clients send.

It brings a server of its own, and so runs with the tests on SQLite.
"""

import asyncio
from collections.abc import Iterator

import pytest

from tests.faults.invariants import assert_settled, texts
from tests.faults.load import READ, Load, assert_retryable
from tests.faults.postgres_cluster import PostgresCluster, postgres_cluster
from tests.faults.process import ParleyProcess, parley_process
from tests.faults.test_postgres_restart import USER_MESSAGES, assert_recovers
from tests.scripted_model import ScriptedModel

# Two for a connection, two for a statement, two for the connection to be cleaned, and much reserve.
LONGEST_REFUSAL_SECONDS = 15


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresCluster]:
    """A server of our own."""
    with postgres_cluster() as made:
        yield made


async def test_a_server_that_only_reads_answers_queries_refuses_sends_and_takes_them_again(
    cluster: PostgresCluster, model: ScriptedModel
) -> None:
    url = await cluster.create_database("failed_over")
    async with parley_process(url, model.url) as parley:
        async with Load(parley.client).going_on() as load:
            await load.until_done_more(12)
            await asyncio.to_thread(cluster.demote)
            for _ in range(10):
                assert_retryable(await parley.client.try_send(None, "never"))
            assert (await parley.client(READ)).data["conversations"]["nodes"]
            await asyncio.to_thread(cluster.promote)
            await assert_recovers(parley.client)
            await load.until_done_more(12)
        await assert_settled(url)
    assert await texts(url, USER_MESSAGES) == sorted([*load.done, "recovered"])


async def test_a_server_that_stands_still_holds_nobody_up_for_long(
    cluster: PostgresCluster, model: ScriptedModel
) -> None:
    url = await cluster.create_database("frozen")
    impatient = {"PARLEY_POSTGRES_STATEMENT_SECONDS": "1"}
    async with parley_process(url, model.url, **impatient) as parley:
        async with Load(parley.client).going_on() as load:
            await load.until_done_more(12)
            with cluster.frozen():
                await asyncio.gather(*(assert_refused_in_time(parley) for _ in range(20)))
            await assert_recovers(parley.client)
            await load.until_done_more(12)
        await assert_settled(url)
    assert await texts(url, USER_MESSAGES) == sorted([*load.done, "recovered"])


async def assert_refused_in_time(parley: ParleyProcess) -> None:
    """Neither reads nor sends wait for the server, and both may be repeated."""
    async with asyncio.timeout(LONGEST_REFUSAL_SECONDS):
        assert_retryable(await parley.client(READ))
    async with asyncio.timeout(LONGEST_REFUSAL_SECONDS):
        assert_retryable(await parley.client.try_send(None, "never"))
